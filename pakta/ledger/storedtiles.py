"""Tiles as they are stored: read at any width that they have had, and grown over new entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from sqlalchemy import Table, and_, bindparam, delete, or_, select
from sqlalchemy.orm import Session

from pakta.core import ledgerentry, merkle, tiles
from pakta.core.errors import Reason, Refusal
from pakta.ledger import heads, rows, service
from pakta.ledger.models import Tile

TABLE = cast(Table, Tile.__table__)
BUNDLED = ledgerentry.LENGTH + 2  # bytes of an entry in a bundle, with its length before it
MOST_AT_ONCE = 65_536  # entries grown over in one step: bounds the memory of a first run over a large log
AHEAD = 64  # tiles read at once by who reads them all: half a megabyte of a level
HIGHEST = 7  # the highest level of tiles that 2**63 entries can have

_ONE = select(TABLE.c.data).where(TABLE.c.level == bindparam("level"), TABLE.c.index == bindparam("index"))
_SOME = select(TABLE.c.index, TABLE.c.data).where(
    TABLE.c.level == bindparam("level"), TABLE.c.index >= bindparam("first"), TABLE.c.index < bindparam("last")
)
_GONE = delete(TABLE).where(TABLE.c.level == bindparam("at_level"), TABLE.c.index == bindparam("at_index"))

Made = dict[tuple[int, int], bytes]  # level and index of a tile to its bytes


def stored(session: Session, *, level: int, index: int, width: int) -> bytes | None:
    """Return the first `width` hashes (or entries) of a tile, or None where fewer are stored."""
    data = session.execute(_ONE, {"level": level, "index": index}).scalar_one_or_none()
    length = width * (BUNDLED if level == tiles.ENTRIES else merkle.HASH_LENGTH)
    return data[:length] if data is not None and len(data) >= length else None


def served(session: Session, *, level: int, index: int, width: int) -> bytes | None:
    """Return a tile under the rules of tlog-tiles, or None.

    A partial tile is served only at a width that it had under a signed head.
    """
    under = 1 << (tiles.TILE_HEIGHT * max(level, 0))  # entries below one hash of the tile
    filled = (index * tiles.WIDTH + width) * under
    last = filled + under - 1 if width < tiles.WIDTH else (1 << 62)
    if filled > 1 << 62 or not heads.any_between(session, first=filled, last=last):
        return None
    return stored(session, level=level, index=index, width=width)


def reader(session: Session, made: Made | None = None) -> tiles.ReadTile:
    """Return what reads hash tiles for the core, first from `made`; it refuses with TILE_MISSING."""
    known: Made = {}

    def read(level: int, index: int, width: int) -> bytes:
        data = (made or {}).get((level, index)) or known.get((level, index), b"")
        length = width * merkle.HASH_LENGTH
        if len(data) < length:
            found = stored(session, level=level, index=index, width=width)
            if found is None:
                raise Refusal(Reason.TILE_MISSING, tiles.tile_path(level, index, width))
            data = known[level, index] = found
        return data[:length]

    return read


def grow(session: Session, *, old: int, size: int) -> None:
    """Store every bundle and tile that the growth of the ledger from `old` to `size` entries adds or widens.

    Refuses with LEDGER_CHANGED where an entry is missing, and with TILE_MISSING.
    """
    while old < size:
        step = min(size, old + MOST_AT_ONCE)
        _store(session, _grown(session, old, step), old=old)
        old = step


def bundle_leaves(session: Session, *, first: int, count: int) -> tuple[bytes, bytes]:
    """Return the bundle and the leaf hashes of `count` recorded entries; refuses with LEDGER_CHANGED."""
    entries = service.entries(session, first=first, last=first + count)
    if len(entries) != count:
        raise Refusal(Reason.LEDGER_CHANGED, str(first))
    return tiles.entry_bundle(entries), b"".join(merkle.leaf_hash(each) for each in entries)


def _grown(session: Session, old: int, size: int) -> Made:
    made: Made = {}
    for index, width in tiles.bundles_for(old, size):
        # The whole bundle is made from the rows, also what was signed before: a changed row shows there.
        bundle, leaves = bundle_leaves(session, first=index * tiles.WIDTH, count=width)
        made[tiles.ENTRIES, index], made[0, index] = bundle, leaves
    read = reader(session, made)
    for level, index, width in tiles.tiles_for(old, size):
        if level > 0:
            made[level, index] = _higher(read, level, index, width, old=old)
    return made


def _higher(read: tiles.ReadTile, level: int, index: int, width: int, *, old: int) -> bytes:
    """Return a tile above the lowest: what it was at size `old`, and the roots of the tiles filled since."""
    first = index * tiles.WIDTH
    had = max(0, (old >> (tiles.TILE_HEIGHT * level)) - first)
    parts = [read(level, index, had)] if had else []
    for at in range(first + had, first + width):
        parts.append(merkle.root(tiles.hashes_of(read(level - 1, at, tiles.WIDTH))))
    return b"".join(parts)


def _store(session: Session, made: Made, *, old: int) -> None:
    widened = [
        {"at_level": level, "at_index": index}
        for level, index in made
        if (index * tiles.WIDTH) << (tiles.TILE_HEIGHT * max(level, 0)) < old
    ]
    connection = session.connection()
    if widened:
        connection.execute(_GONE, widened)
    made_rows = [{"level": level, "index": index, "data": data} for (level, index), data in made.items()]
    rows.enter(connection, TABLE, made_rows)


class Ahead:
    """Reads tiles of each level in their order, however wide they are, some at once; holds no more than these."""

    def __init__(self, session: Session) -> None:
        """Read in the one snapshot of `session`."""
        self._session = session
        self._read: dict[int, tuple[int, dict[int, bytes]]] = {}

    def whole(self, *, level: int, index: int) -> bytes | None:
        """Return a tile as it is stored, or None."""
        first, found = self._read.get(level, (-AHEAD, {}))
        if not first <= index < first + AHEAD:
            values = {"level": level, "first": index, "last": index + AHEAD}
            found = {row[0]: row[1] for row in self._session.execute(_SOME, values)}
            self._read[level] = index, found
        return found.get(index)


def outside(session: Session, *, size: int) -> Iterator[tuple[int, int]]:
    """Yield level and index of every stored tile that a tree of `size` entries does not have."""
    level, index = TABLE.c.level, TABLE.c.index
    unknown = [level < tiles.ENTRIES, level > HIGHEST, index < 0]
    for known in range(tiles.ENTRIES, HIGHEST + 1):
        hashes = size >> (tiles.TILE_HEIGHT * max(known, 0))
        unknown.append(and_(level == known, index >= -(-hashes // tiles.WIDTH)))
    found = select(level, index).where(or_(*unknown)).order_by(level, index)
    for row in session.execute(found.execution_options(yield_per=MOST_AT_ONCE)):
        yield row[0], row[1]
