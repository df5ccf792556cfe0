"""Tiles of C2SP tlog-tiles: their addresses, their bundles, and proofs that are read from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core import merkle, tiles
from pakta.core.errors import Reason, Refusal
from tests.core.refusing import refused

SIZE = 70_000  # the example of C2SP tlog-tiles
LEAVES = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(SIZE)]


def tree(size: int) -> dict[tuple[int, int], bytes]:
    """Return every tile of the tree of `size` leaves, each made from the hashes below it as the text says."""
    level, hashes, made = 0, LEAVES[:size], {}
    while hashes:
        groups = [hashes[at : at + 256] for at in range(0, len(hashes), 256)]
        made.update({(level, at): b"".join(group) for at, group in enumerate(groups)})
        level, hashes = level + 1, [merkle.root(group) for group in groups if len(group) == 256]
    return made


WHOLE = tree(SIZE)


def read_whole(level: int, index: int, width: int) -> bytes:
    """Give the beginning of a tile of the whole tree, as a log does that keeps only its widest form."""
    return WHOLE[level, index][: width * 32]


def test_the_example_of_the_specification_has_its_277_tiles() -> None:
    found = list(tiles.tiles_for(0, SIZE))
    widths = {level: [width for at, _, width in found if at == level] for level in (0, 1, 2)}
    assert widths[0] == [256] * 273 + [112]
    assert widths[1] == [256, 17]
    assert widths[2] == [1]
    assert len(found) == 277
    assert list(tiles.tiles_for(0, 256)) == [(0, 0, 256), (1, 0, 1)]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("0/000", (0, 0, 256)),
        ("0/x001/x234/067", (0, 1234067, 256)),
        ("1/000.p/17", (1, 0, 17)),
        ("63/999.p/255", (63, 999, 255)),
        ("entries/x001/000.p/1", (tiles.ENTRIES, 1000, 1)),
        ("0/x999/x999/x999/x999/x999/999", (0, 10**18 - 1, 256)),
    ],
)
def test_an_address_has_one_form_and_back(path: str, place: tuple[int, int, int]) -> None:
    assert tiles.parse_tile_path(path) == place
    assert tiles.tile_path(*place) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/",
        "0/0",
        "0/00",
        "0/0000",
        "00/000",
        "01/000",
        "64/000",
        "99/000",
        "100/000",
        "-1/000",
        "entries",
        "data/000",
        "0/001/234",
        "0/x001/x234",
        "0/x000/001",
        "0/X001/234",
        "0/000.p/0",
        "0/000.p/01",
        "0/000.p/256",
        "0/000.p/999",
        "0/000.p/",
        "0/000.p",
        "0/000/",
        " 0/000",
        "0/000\n",
        "0/..",
        "0/٠٠٠",
        "1٣/000",
        "0/000.p/1٣",
        "0/" + "x999/" * 6 + "999",
        "0/" + "x999/" * 2000 + "999",
    ],
)
def test_every_other_form_of_an_address_is_refused(path: str) -> None:
    with refused(Reason.TILE_PATH):
        tiles.parse_tile_path(path)


@given(st.text(alphabet="0123456789x/.pentris", max_size=24))
def test_whatever_is_read_as_an_address_is_written_the_same(path: str) -> None:
    try:
        place = tiles.parse_tile_path(path)
    except Refusal:
        return
    assert tiles.tile_path(*place) == path


def test_a_bundle_gives_back_its_entries() -> None:
    entries = [b"", b"a", bytes(34), bytes(65535)]
    assert tiles.parse_entry_bundle(tiles.entry_bundle(entries)) == entries
    assert tiles.parse_entry_bundle(b"") == []


@pytest.mark.parametrize("bundle", [b"\0", b"\0\1", b"\0\0\0", b"\0\2a", b"\xff\xff" + bytes(65534)])
def test_a_bundle_that_ends_too_early_is_refused(bundle: bytes) -> None:
    with refused(Reason.BUNDLE_MALFORMED):
        tiles.parse_entry_bundle(bundle)


def test_an_entry_too_long_for_its_length_is_never_bundled() -> None:
    with refused(Reason.BUNDLE_MALFORMED):
        tiles.entry_bundle([bytes(65536)])


@pytest.mark.parametrize("length", [0, 1, 31, 33, 8193, 8224])
def test_a_tile_holds_1_to_256_whole_hashes(length: int) -> None:
    assert len(tiles.hashes_of(bytes(32))) == 1
    assert len(tiles.hashes_of(bytes(8192))) == 256
    with refused(Reason.TILE_MALFORMED):
        tiles.hashes_of(bytes(length))


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537, 69999, 70000])
def test_roots_and_paths_from_tiles_are_those_of_the_whole_tree(size: int) -> None:
    """Read from the widest tiles, of which a smaller tree's are the beginnings."""
    root = merkle.root(LEAVES[:size])
    assert tiles.root_from_tiles(size, read_whole) == root
    for index in {0, size // 2, size - 1}:
        path = tiles.inclusion_path_from_tiles(index, size, read_whole)
        assert path == merkle.inclusion_path(LEAVES[:size], index)
        merkle.verify_inclusion(leaf_hash=LEAVES[index], index=index, size=size, path=path, root=root)


@pytest.mark.parametrize("new", [1, 2, 7, 256, 300, 513])
def test_consistency_from_tiles_is_that_of_the_whole_tree(new: int) -> None:
    for old in range(1, new + 1):
        path = tiles.consistency_path_from_tiles(old, new, read_whole)
        assert path == merkle.consistency_path(LEAVES[:new], old)
    assert tiles.consistency_path_from_tiles(0, new, read_whole) == []


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_536, 65_537, SIZE - 1, SIZE])
def test_an_earlier_root_is_read_from_the_tiles_of_the_present_tree(size: int) -> None:
    def read_exact(level: int, index: int, width: int) -> bytes:
        assert len(WHOLE[level, index]) == width * 32  # only the widest form is had
        return WHOLE[level, index]

    assert tiles.root_from_tiles(size, tiles.of_earlier(SIZE, read_exact)) == merkle.root(LEAVES[:size])


def test_an_empty_tree_has_the_empty_root_and_no_tiles() -> None:
    assert tiles.root_from_tiles(0, read_whole) == merkle.EMPTY_ROOT
    assert list(tiles.tiles_for(0, 0)) == list(tiles.bundles_for(0, 0)) == []


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_there_is_no_path_from_outside_the_tree(index: int, size: int) -> None:
    with refused(Reason.INDEX_OUTSIDE):
        tiles.inclusion_path_from_tiles(index, size, read_whole)


@pytest.mark.parametrize(("old", "new"), [(-1, 4), (5, 4)])
def test_there_is_no_consistency_with_a_tree_that_shrank(old: int, new: int) -> None:
    with refused(Reason.SIZE_OUTSIDE):
        tiles.consistency_path_from_tiles(old, new, read_whole)


def test_a_tile_that_is_too_narrow_is_refused() -> None:
    assert tiles.node(0, 9, 10, lambda *_: bytes(320)) == bytes(32)
    with refused(Reason.TILE_MALFORMED):
        tiles.node(0, 9, 10, lambda *_: bytes(288))


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_growing_makes_exactly_the_tiles_that_changed(old: int, more: int) -> None:
    new = old + more
    before, after = tree(old), tree(new)
    changed = {(*place, len(tile) // 32) for place, tile in after.items() if before.get(place) != tile}
    assert set(tiles.tiles_for(old, new)) == changed
    bundles = {(at, width) for level, at, width in changed if level == 0}
    assert set(tiles.bundles_for(old, new)) == bundles
