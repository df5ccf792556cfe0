"""Comparing what the ledger stores with itself: rows, payloads, tiles, heads, and the copy.

One pass over the rows, oldest first: each entry against its payload, each filled bundle and tile
against what is stored, the root at each signed size against the head that was signed there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from pakta.core import ledgerentry, merkle, tiles
from pakta.core.errors import Refusal
from pakta.ledger import heads, storedtiles
from pakta.ledger.copy import LogCopy
from pakta.ledger.models import Absence, Checkpoint, Entry, Payload

ENTRIES, PAYLOADS = cast(Table, Entry.__table__), cast(Table, Payload.__table__)
KINDS = {int(kind): kind for kind in ledgerentry.EntryKind}
CHUNK = 4096  # rows read at once


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree.  where: which row or file, in words; what: how it differs."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def check(session: Session, *, verifier_key: str, copy: Path | None) -> Iterator[Finding]:
    """Yield everything in the stored ledger that does not agree; to be run in one snapshot."""
    walk = _Walk(session, verifier_key=verifier_key)
    yield from walk.rows()
    yield from walk.rest()
    yield from _payloads_without_entry(session)
    yield from _unknown_tiles(session, size=walk.signed)
    if copy is not None:
        yield from _copy(session, copy, size=walk.size)


class _Walk:
    """The pass over the rows; holds the open edge of the tree and of the tiles, never the whole."""

    def __init__(self, session: Session, *, verifier_key: str) -> None:
        self.session = session
        self.verifier_key = verifier_key
        newest = heads.newest(session)
        self.signed = newest.size if newest else 0
        self.size = 0
        self.broken = False
        self.number = 1  # of the ledger's name, which only grows
        self.heads = iter(session.execute(select(Checkpoint).order_by(Checkpoint.size)).scalars())
        self.head = next(self.heads, None)
        self.excused = set(session.execute(select(Absence.index)).scalars())
        self.bundle: list[bytes] = []
        self.levels: list[list[bytes]] = [[]]  # the open tile of each level
        self.counts: list[int] = [0]  # hashes so far on each level
        self.edge: list[tuple[int, bytes]] = []  # full subtrees from the left: height and hash

    def rows(self) -> Iterator[Finding]:
        """Compare entry by entry."""
        joined = (
            select(ENTRIES.c.index, ENTRIES.c.entry, PAYLOADS.c.kind, PAYLOADS.c.payload)
            .outerjoin(PAYLOADS, PAYLOADS.c.index == ENTRIES.c.index)
            .order_by(ENTRIES.c.index)
            .execution_options(yield_per=CHUNK)
        )
        for row in self.session.execute(joined):
            if row[0] != self.size:
                yield Finding(f"entry {self.size}", f"missing, the next one is {row[0]}")
                self.broken = True  # all that follows stands elsewhere
                return
            yield from self._payload(row[0], row[1], row[2], row[3])
            yield from self._entry(row[1])

    def rest(self) -> Iterator[Finding]:
        """Compare the tiles that are not full, and the heads that go beyond the rows."""
        if self.broken:
            return
        if self.size < self.signed:
            yield from self._partial_tiles()
        while self.head is not None:
            yield Finding(f"checkpoint {self.head.size}", f"only {self.size} entries are stored")
            self.head = next(self.heads, None)

    def _entry(self, entry: bytes) -> Iterator[Finding]:
        self._add(merkle.leaf_hash(entry))
        self.size += 1
        if self.size > self.signed:
            return
        self.bundle.append(entry)
        yield from self._full_tiles()
        if self.head is not None and self.head.size == self.size:
            yield from self._checkpoint(self.head)
            self.head = next(self.heads, None)
        if self.size == self.signed:
            yield from self._partial_tiles()

    def _payload(self, index: int, entry: bytes, kind: int | None, payload: bytes | None) -> Iterator[Finding]:
        if len(entry) != ledgerentry.LENGTH or entry[0] != ledgerentry.VERSION or entry[1] not in KINDS:
            yield Finding(f"entry {index}", "malformed")
        elif payload is None or kind is None:
            if index not in self.excused:
                yield Finding(f"payload {index}", "missing")
        elif index in self.excused:
            yield Finding(f"payload {index}", "is here, but ledger_absences says that it is not")
        elif kind != entry[1]:
            yield Finding(f"payload {index}", f"of kind {kind}, its entry is of kind {entry[1]}")
        elif ledgerentry.entry(KINDS[kind], payload) != entry:
            yield Finding(f"payload {index}", "is not what its entry is the hash of")

    def _add(self, leaf: bytes) -> None:
        height, node = 0, leaf
        self._put(0, leaf)
        while self.edge and self.edge[-1][0] == height:
            node = merkle.node_hash(self.edge.pop()[1], node)
            height += 1
            if height % tiles.TILE_HEIGHT == 0:
                self._put(height // tiles.TILE_HEIGHT, node)
        self.edge.append((height, node))

    def _put(self, level: int, node: bytes) -> None:
        if self.size >= self.signed:
            return
        if level == len(self.levels):
            self.levels.append([])
            self.counts.append(0)
        self.levels[level].append(node)
        self.counts[level] += 1

    def _full_tiles(self) -> Iterator[Finding]:
        if len(self.bundle) == tiles.WIDTH:
            at = self.size // tiles.WIDTH - 1
            yield from self._compare(tiles.ENTRIES, at, tiles.entry_bundle(self.bundle))
            self.bundle.clear()
        for level, hashes in enumerate(self.levels):
            if len(hashes) < tiles.WIDTH:
                return
            yield from self._compare(level, self.counts[level] // tiles.WIDTH - 1, b"".join(hashes))
            hashes.clear()

    def _partial_tiles(self) -> Iterator[Finding]:
        if self.bundle:
            yield from self._compare(tiles.ENTRIES, self.size // tiles.WIDTH, tiles.entry_bundle(self.bundle))
            self.bundle.clear()
        for level, hashes in enumerate(self.levels):
            if hashes:
                yield from self._compare(level, self.counts[level] // tiles.WIDTH, b"".join(hashes))

    def _compare(self, level: int, index: int, made: bytes) -> Iterator[Finding]:
        name = f"tile {tiles.tile_path(level, index, tiles.WIDTH)}"
        stored = storedtiles.whole(self.session, level=level, index=index)
        if stored is None:
            yield Finding(name, "missing")
        elif stored != made:
            yield Finding(name, "differs from the entries")

    def _checkpoint(self, row: Checkpoint) -> Iterator[Finding]:
        where = f"checkpoint {row.size}"
        number = heads.number_of(heads.name_of(row.note))
        if number < self.number:
            yield Finding(where, "is of an earlier name than a head before it")
        self.number = max(self.number, number)
        root = self.edge[-1][1]
        for _, left in reversed(self.edge[:-1]):
            root = merkle.node_hash(left, root)
        if row.root != root:
            yield Finding(where, "its root is not that of the entries")
        try:
            heads.verify(row, verifier_key=self.verifier_key)
        except Refusal as refusal:
            yield Finding(where, f"its signed text is not to be trusted ({refusal.reason})")


def _payloads_without_entry(session: Session) -> Iterator[Finding]:
    alone = (
        select(PAYLOADS.c.index)
        .outerjoin(ENTRIES, ENTRIES.c.index == PAYLOADS.c.index)
        .where(ENTRIES.c.index.is_(None))
    )
    for index in session.execute(alone.order_by(PAYLOADS.c.index)).scalars():
        yield Finding(f"payload {index}", "has no entry")


def _unknown_tiles(session: Session, *, size: int) -> Iterator[Finding]:
    for level, index in storedtiles.places(session):
        hashes = size >> (tiles.TILE_HEIGHT * max(level, 0))
        if level < tiles.ENTRIES or index < 0 or index * tiles.WIDTH >= hashes:
            yield Finding(f"tile level {level} number {index}", "lies outside the signed tree")


def _copy(session: Session, path: Path, *, size: int) -> Iterator[Finding]:
    where, held = f"copy {path.name}", LogCopy(path)
    rows = select(ENTRIES.c.index, ENTRIES.c.entry).order_by(ENTRIES.c.index)
    stored = iter(session.execute(rows.execution_options(yield_per=CHUNK)))
    count = 0
    try:
        for group in held.groups():
            for line in group:
                row = next(stored, None)
                if row is not None and (line.index, line.entry) != tuple(row):
                    yield Finding(where, f"entry {row[0]} differs")
            count += len(group)
        last = held.last_group()
    except (OSError, ValueError) as error:
        yield Finding(where, f"cannot be read ({type(error).__name__})")
        return
    if count < size:
        yield Finding(where, f"holds {count} entries, {size} are stored")
    if last and last[0].index > size:  # the last group alone may be that of a commit that was broken off
        yield Finding(where, f"holds {count} entries, only {size} are stored")
