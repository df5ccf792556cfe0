"""The Merkle tree of RFC 6962: hashes, roots, and the checks of inclusion and consistency.

A leaf is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right); a tree of n leaves
splits at the largest power of two below n.  Checks follow RFC 9162, 2.1.3.2 and 2.1.4.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pakta.core.errors import Reason, Refusal

HASH_LENGTH = 32  # bytes
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these leaf hashes, in order; the empty tree's is SHA-256 of nothing."""
    if not leaf_hashes:
        return EMPTY_ROOT
    level = list(leaf_hashes)
    while len(level) > 1:
        pairs = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def split(size: int) -> int:
    """Return the largest power of two below `size` (at least 2)."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the sibling hashes from leaf `index` up to the root."""
    size = len(leaf_hashes)
    if not 0 <= index < size:
        raise Refusal(Reason.INDEX_OUTSIDE)
    if size == 1:
        return []
    at = split(size)
    if index < at:
        return [*inclusion_path(leaf_hashes[:at], index), root(leaf_hashes[at:])]
    return [*inclusion_path(leaf_hashes[at:], index - at), root(leaf_hashes[:at])]


def consistency_path(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the hashes that lead from the tree of the first `old_size` leaves to the whole tree."""
    if not 0 < old_size <= len(leaf_hashes):
        raise Refusal(Reason.SIZE_OUTSIDE)
    return _subproof(leaf_hashes, old_size, whole=True)


def _subproof(leaf_hashes: Sequence[bytes], old_size: int, *, whole: bool) -> list[bytes]:
    size = len(leaf_hashes)
    if old_size == size:
        return [] if whole else [root(leaf_hashes)]
    at = split(size)
    if old_size <= at:
        return [*_subproof(leaf_hashes[:at], old_size, whole=whole), root(leaf_hashes[at:])]
    return [*_subproof(leaf_hashes[at:], old_size - at, whole=False), root(leaf_hashes[:at])]


def verify_inclusion(*, leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf_hash` stands at `index` in the tree of `size` leaves whose root is `root`.

    index  from 0, below size      path  sibling hashes from the leaf up, 32 bytes each

    Refuses with INDEX_OUTSIDE, HASH_LENGTH, PATH_LENGTH or ROOT_DIFFERS.
    Source: RFC 9162 section 2.1.3.2; docs/ledger.md.
    """
    if not 0 <= index < size:
        raise Refusal(Reason.INDEX_OUTSIDE)
    _check_hashes((leaf_hash, root, *path))
    node, last, found = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            raise Refusal(Reason.PATH_LENGTH)
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise Refusal(Reason.PATH_LENGTH)
    if found != root:
        raise Refusal(Reason.ROOT_DIFFERS)


def verify_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Check that the tree of `new_size` leaves begins with the tree of `old_size` leaves.

    An empty old tree is consistent with every tree and equal trees with each other; both take
    an empty path only.

    Refuses with SIZE_OUTSIDE, HASH_LENGTH, PATH_LENGTH or ROOT_DIFFERS.
    Source: RFC 9162 section 2.1.4.2; docs/ledger.md.
    """
    if not 0 <= old_size <= new_size:
        raise Refusal(Reason.SIZE_OUTSIDE)
    _check_hashes((old_root, new_root, *path))
    if old_size == 0 or old_size == new_size:
        _check_trivial(old_size=old_size, old_root=old_root, new_root=new_root, new_size=new_size, path=path)
        return
    hashes = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not hashes:
        raise Refusal(Reason.PATH_LENGTH)
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old, new = _walk(hashes, node, last)
    if old != old_root or new != new_root:
        raise Refusal(Reason.ROOT_DIFFERS)


def _check_trivial(*, old_size: int, old_root: bytes, new_root: bytes, new_size: int, path: Sequence[bytes]) -> None:
    if path:
        raise Refusal(Reason.PATH_LENGTH)
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise Refusal(Reason.ROOT_DIFFERS)
    if old_size == new_size and old_root != new_root:
        raise Refusal(Reason.ROOT_DIFFERS)


def _walk(hashes: Sequence[bytes], node: int, last: int) -> tuple[bytes, bytes]:
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise Refusal(Reason.PATH_LENGTH)
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise Refusal(Reason.PATH_LENGTH)
    return old, new


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(each) != HASH_LENGTH for each in hashes):
        raise Refusal(Reason.HASH_LENGTH)
