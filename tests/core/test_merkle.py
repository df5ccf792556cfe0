"""The tree of RFC 6962 against a slow reference and against every wrong proof that we could think of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core import merkle
from pakta.core.errors import Reason
from tests.core import reference
from tests.core.refusing import flipped, refused

MOST = 70
ENTRIES = [b"entry %d" % number for number in range(MOST)]
LEAVES = [merkle.leaf_hash(each) for each in ENTRIES]
ROOTS = [reference.mth(ENTRIES[:size]) for size in range(MOST + 1)]


def test_roots_are_those_of_the_reference_at_every_size() -> None:
    assert [merkle.root(LEAVES[:size]) for size in range(MOST + 1)] == ROOTS


def test_paths_are_those_of_the_reference_and_verify_at_every_index() -> None:
    for size in range(1, 40):
        for index in range(size):
            path = merkle.inclusion_path(LEAVES[:size], index)
            assert path == reference.path(index, ENTRIES[:size])
            merkle.verify_inclusion(leaf_hash=LEAVES[index], index=index, size=size, path=path, root=ROOTS[size])


def test_consistency_paths_are_those_of_the_reference_and_verify_at_every_pair_of_sizes() -> None:
    for new in range(1, 40):
        for old in range(1, new + 1):
            path = merkle.consistency_path(LEAVES[:new], old)
            assert path == reference.proof(old, ENTRIES[:new])
            merkle.verify_consistency(old_size=old, new_size=new, old_root=ROOTS[old], new_root=ROOTS[new], path=path)


@pytest.mark.parametrize("index", [-1, 7, 8, 1 << 64])
def test_an_index_outside_the_tree_has_no_place(index: int) -> None:
    path = merkle.inclusion_path(LEAVES[:7], 6)
    merkle.verify_inclusion(leaf_hash=LEAVES[6], index=6, size=7, path=path, root=ROOTS[7])
    with refused(Reason.INDEX_OUTSIDE):
        merkle.verify_inclusion(leaf_hash=LEAVES[6], index=index, size=7, path=path, root=ROOTS[7])
    with refused(Reason.INDEX_OUTSIDE):
        merkle.inclusion_path(LEAVES[:7], index)


def test_nothing_stands_in_an_empty_tree() -> None:
    merkle.verify_inclusion(leaf_hash=LEAVES[0], index=0, size=1, path=[], root=LEAVES[0])
    with refused(Reason.INDEX_OUTSIDE):
        merkle.verify_inclusion(leaf_hash=LEAVES[0], index=0, size=0, path=[], root=merkle.EMPTY_ROOT)


def test_the_same_path_proves_no_other_place_and_no_other_size() -> None:
    """A proof is for one index of one size: most others have another length or another root."""
    for size in range(1, 24):
        for index in range(size):
            path = merkle.inclusion_path(LEAVES[:size], index)
            for other in range(size):
                if other != index:
                    with refused(Reason.ROOT_DIFFERS, Reason.PATH_LENGTH):
                        merkle.verify_inclusion(
                            leaf_hash=LEAVES[index], index=other, size=size, path=path, root=ROOTS[size]
                        )


@pytest.mark.parametrize("size", range(1, 34))
def test_a_path_that_is_longer_or_shorter_is_refused(size: int) -> None:
    for index in range(size):
        path = merkle.inclusion_path(LEAVES[:size], index)
        wrong = [[*path, LEAVES[0]], [LEAVES[0], *path], [*path, *[LEAVES[0]] * 70]]
        wrong += [path[1:], path[:-1]] if path else []
        for each in wrong:
            with refused(Reason.PATH_LENGTH, Reason.ROOT_DIFFERS):
                merkle.verify_inclusion(leaf_hash=LEAVES[index], index=index, size=size, path=each, root=ROOTS[size])


@pytest.mark.parametrize("length", [0, 31, 33])
def test_hashes_have_32_bytes(length: int) -> None:
    path, bad = merkle.inclusion_path(LEAVES[:2], 0), bytes(length)
    for leaf, each, root in [
        (bad, path, ROOTS[2]),
        (LEAVES[0], [bad], ROOTS[2]),
        (LEAVES[0], path, bad),
    ]:
        with refused(Reason.HASH_LENGTH):
            merkle.verify_inclusion(leaf_hash=leaf, index=0, size=2, path=each, root=root)
    with refused(Reason.HASH_LENGTH):
        merkle.verify_consistency(old_size=1, new_size=2, old_root=ROOTS[1], new_root=ROOTS[2], path=[bad])


@given(st.integers(1, MOST), st.data())
def test_no_flipped_bit_of_an_inclusion_proof_is_accepted(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(LEAVES[:size], index)
    parts = [LEAVES[index], ROOTS[size], *path]
    at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[at] = flipped(parts[at], bit)
    with refused(Reason.ROOT_DIFFERS):
        merkle.verify_inclusion(leaf_hash=parts[0], index=index, size=size, path=parts[2:], root=parts[1])


@given(st.integers(2, MOST), st.data())
def test_no_flipped_bit_of_a_consistency_proof_is_accepted(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    parts = [ROOTS[old], ROOTS[new], *merkle.consistency_path(LEAVES[:new], old)]
    at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[at] = flipped(parts[at], bit)
    with refused(Reason.ROOT_DIFFERS):
        merkle.verify_consistency(old_size=old, new_size=new, old_root=parts[0], new_root=parts[1], path=parts[2:])


@pytest.mark.parametrize("new", range(2, 34))
def test_a_consistency_proof_that_is_longer_or_shorter_is_refused(new: int) -> None:
    for old in range(1, new):
        path = merkle.consistency_path(LEAVES[:new], old)
        for wrong in [[*path, LEAVES[0]], path[:-1], path[1:], [], [*path, *[LEAVES[0]] * 70]]:
            with refused(Reason.PATH_LENGTH, Reason.ROOT_DIFFERS):
                merkle.verify_consistency(
                    old_size=old, new_size=new, old_root=ROOTS[old], new_root=ROOTS[new], path=wrong
                )


def test_a_consistency_proof_serves_no_other_pair_of_sizes() -> None:
    for new in range(2, 20):
        for old in range(1, new):
            path = merkle.consistency_path(LEAVES[:new], old)
            for other in range(1, new):
                if other != old:
                    with refused(Reason.PATH_LENGTH, Reason.ROOT_DIFFERS):
                        merkle.verify_consistency(
                            old_size=other, new_size=new, old_root=ROOTS[other], new_root=ROOTS[new], path=path
                        )


def test_an_empty_tree_is_the_beginning_of_every_tree() -> None:
    for new in (0, 1, 2, 7):
        merkle.verify_consistency(old_size=0, new_size=new, old_root=merkle.EMPTY_ROOT, new_root=ROOTS[new], path=[])
        with refused(Reason.ROOT_DIFFERS):
            merkle.verify_consistency(old_size=0, new_size=new, old_root=ROOTS[3], new_root=ROOTS[new], path=[])
        with refused(Reason.PATH_LENGTH):
            merkle.verify_consistency(
                old_size=0, new_size=new, old_root=merkle.EMPTY_ROOT, new_root=ROOTS[new], path=[LEAVES[0]]
            )


def test_a_tree_is_consistent_with_itself_by_an_empty_path_only() -> None:
    for size in (1, 2, 5, 8):
        merkle.verify_consistency(old_size=size, new_size=size, old_root=ROOTS[size], new_root=ROOTS[size], path=[])
        with refused(Reason.ROOT_DIFFERS):
            merkle.verify_consistency(old_size=size, new_size=size, old_root=ROOTS[size], new_root=ROOTS[9], path=[])
        with refused(Reason.PATH_LENGTH):
            merkle.verify_consistency(
                old_size=size, new_size=size, old_root=ROOTS[size], new_root=ROOTS[size], path=[ROOTS[size]]
            )


@pytest.mark.parametrize(("old", "new"), [(-1, 4), (5, 4), (1, 0), (-2, -1)])
def test_a_tree_never_shrinks(old: int, new: int) -> None:
    with refused(Reason.SIZE_OUTSIDE):
        merkle.verify_consistency(old_size=old, new_size=new, old_root=ROOTS[1], new_root=ROOTS[4], path=[])


@pytest.mark.parametrize("old", [-1, 0, 5])
def test_a_path_is_made_only_from_a_tree_that_is_there(old: int) -> None:
    assert merkle.consistency_path(LEAVES[:4], 4) == []
    with refused(Reason.SIZE_OUTSIDE):
        merkle.consistency_path(LEAVES[:4], old)


def test_a_leaf_is_never_taken_for_a_node() -> None:
    """The prefixes of RFC 6962: two leaves' hashes as an entry do not give their parent."""
    assert merkle.leaf_hash(LEAVES[0] + LEAVES[1]) != merkle.node_hash(LEAVES[0], LEAVES[1])
