"""Tiles of the ledger's tree (C2SP tlog-tiles): addresses, bundles of entries, and proofs read from tiles.

A tile of level L holds up to 256 hashes of the tree's level 8·L.  A hash of the tree at level k and
index i stands in tile level k // 8, built up from the tile's hashes where k is no multiple of 8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from pakta.core import merkle
from pakta.core.errors import Reason, Refusal

TILE_HEIGHT = 8
WIDTH = 256  # hashes in a full tile
ENTRIES = -1  # the level of entry bundles
LONGEST_ENTRY = 65_535  # bytes, by its length in two bytes
PATH = re.compile(r"(entries|0|[1-9]\d?)/((?:x\d{3}/){0,5}\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)

# Reads a tile of at least this width: (level, index, width) -> its hashes, 32 bytes each
ReadTile = Callable[[int, int, int], bytes]


def tile_path(level: int, index: int, width: int) -> str:
    """Return a tile's address below `tile/`: `0/x001/234`, `entries/000.p/17`."""
    parts = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        parts.append(f"x{index % 1000:03}")
    name = "entries" if level == ENTRIES else str(level)
    partial = "" if width == WIDTH else f".p/{width}"
    return f"{name}/{'/'.join(reversed(parts))}{partial}"


def parse_tile_path(path: str) -> tuple[int, int, int]:
    """Return (level, index, width) of an address below `tile/`; refuses with TILE_PATH any but its one form."""
    found = PATH.fullmatch(path)
    if found is None:
        raise Refusal(Reason.TILE_PATH)
    level = ENTRIES if found[1] == "entries" else int(found[1])
    index = int(found[2].replace("x", "").replace("/", ""))
    width = int(found[3]) if found[3] else WIDTH
    if level > 63 or (found[3] and width >= WIDTH) or tile_path(level, index, width) != path:
        raise Refusal(Reason.TILE_PATH)
    return level, index, width


def tiles_for(old_size: int, new_size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (level, index, width) of every tile of hashes that a growth from old to new size adds or widens.

    Level by level from 0 up, so that each tile can be made from the ones below it.
    """
    level, old, new = 0, old_size, new_size
    while new > 0:
        for index in range(old // WIDTH, -(-new // WIDTH)):
            width = min(WIDTH, new - index * WIDTH)
            if index * WIDTH + width > old:
                yield level, index, width
        level, old, new = level + 1, old // WIDTH, new // WIDTH


def bundles_for(old_size: int, new_size: int) -> Iterator[tuple[int, int]]:
    """Yield (index, width) of every bundle of entries that a growth from old to new size adds or widens."""
    for index in range(old_size // WIDTH, -(-new_size // WIDTH)):
        width = min(WIDTH, new_size - index * WIDTH)
        if index * WIDTH + width > old_size:
            yield index, width


def entry_bundle(entries: Sequence[bytes]) -> bytes:
    """Return a bundle: each entry behind its length as two bytes, big-endian; refuses with BUNDLE_MALFORMED."""
    if any(len(each) > LONGEST_ENTRY for each in entries):
        raise Refusal(Reason.BUNDLE_MALFORMED)
    return b"".join(len(each).to_bytes(2, "big") + each for each in entries)


def parse_entry_bundle(bundle: bytes) -> list[bytes]:
    """Return the entries of a bundle; refuses with BUNDLE_MALFORMED."""
    entries, at = [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2], "big")
        entry = bundle[at + 2 : at + 2 + length]
        if at + 2 > len(bundle) or len(entry) != length:
            raise Refusal(Reason.BUNDLE_MALFORMED)
        entries.append(entry)
        at += 2 + length
    return entries


def hashes_of(tile: bytes) -> list[bytes]:
    """Return the hashes in a tile; refuses with TILE_MALFORMED."""
    if not tile or len(tile) % merkle.HASH_LENGTH or len(tile) > WIDTH * merkle.HASH_LENGTH:
        raise Refusal(Reason.TILE_MALFORMED)
    return [tile[at : at + 32] for at in range(0, len(tile), 32)]


def node(level: int, index: int, size: int, read_tile: ReadTile) -> bytes:
    """Return the hash of the full subtree of 2**level leaves number `index`, in a tree of `size` leaves."""
    tile_level = level // TILE_HEIGHT
    below = 1 << (level % TILE_HEIGHT)  # hashes of the tile under the wanted one
    first = index * below
    at = first // WIDTH
    width = min(WIDTH, (size >> (TILE_HEIGHT * tile_level)) - at * WIDTH)
    hashes = hashes_of(read_tile(tile_level, at, width))
    start = first % WIDTH
    if len(hashes) < start + below:
        raise Refusal(Reason.TILE_MALFORMED)
    return merkle.root(hashes[start : start + below])


def root_from_tiles(size: int, read_tile: ReadTile) -> bytes:
    """Return the root of the tree of `size` leaves."""
    return merkle.EMPTY_ROOT if size == 0 else _range(0, size, size, read_tile)


def of_earlier(size: int, read_tile: ReadTile) -> ReadTile:
    """Return what reads tiles of earlier trees out of those of the tree of `size` leaves, which hold them.

    A server keeps the widest form of a tile; that of an earlier tree is its beginning.
    """

    def read(level: int, index: int, width: int) -> bytes:
        widest = min(WIDTH, (size >> TILE_HEIGHT * level) - index * WIDTH)
        return read_tile(level, index, widest)[: width * merkle.HASH_LENGTH]

    return read


def inclusion_path_from_tiles(index: int, size: int, read_tile: ReadTile) -> list[bytes]:
    """Return the sibling hashes from leaf `index` up; refuses with INDEX_OUTSIDE."""
    if not 0 <= index < size:
        raise Refusal(Reason.INDEX_OUTSIDE)
    path: list[bytes] = []
    first, last = 0, size
    while last - first > 1:
        at = first + merkle.split(last - first)
        if index < at:
            path.append(_range(at, last, size, read_tile))
            last = at
        else:
            path.append(_range(first, at, size, read_tile))
            first = at
    return path[::-1]


def consistency_path_from_tiles(old_size: int, new_size: int, read_tile: ReadTile) -> list[bytes]:
    """Return the hashes that lead from the old tree to the new one; refuses with SIZE_OUTSIDE."""
    if not 0 <= old_size <= new_size:
        raise Refusal(Reason.SIZE_OUTSIDE)
    if old_size in (0, new_size):
        return []
    path: list[bytes] = []
    first, last, whole = 0, new_size, True
    while old_size != last:
        at = first + merkle.split(last - first)
        if old_size <= at:
            path.append(_range(at, last, new_size, read_tile))
            last = at
        else:
            path.append(_range(first, at, new_size, read_tile))
            first, whole = at, False
    if not whole:
        path.append(_range(first, last, new_size, read_tile))
    return path[::-1]


def _range(first: int, last: int, size: int, read_tile: ReadTile) -> bytes:
    """Return the hash over leaves first to last of a tree of `size` leaves; first lies where a split is."""
    count = last - first
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, first >> level, size, read_tile)
    at = first + merkle.split(count)
    return merkle.node_hash(_range(first, at, size, read_tile), _range(at, last, size, read_tile))
