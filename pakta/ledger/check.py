"""Comparing what the ledger stores with itself: rows, payloads, tiles, heads, and the copy.

One pass over the rows, oldest first: each entry against its payload, each filled bundle and tile
against what is stored, the root at each signed size against the head that was signed there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import Select, Table, func, select
from sqlalchemy.orm import Session

from pakta.core import ledgerentry, merkle, tiles
from pakta.core.errors import Refusal
from pakta.ledger import heads, kinds, storedtiles
from pakta.ledger.copyfile import LogCopy, parse
from pakta.ledger.models import Absence, Checkpoint, Entry, Payload

ENTRIES, PAYLOADS = cast(Table, Entry.__table__), cast(Table, Payload.__table__)
KINDS = {int(kind): kind for kind in ledgerentry.EntryKind}
CHUNK = 4096  # rows read at once
T = TypeVar("T")


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
    yield from _payloads_without_entry(session, known=walk.payloads)
    yield from _unknown_tiles(session, size=walk.signed)
    if copy is not None:
        yield from _copy(session, copy, size=walk.size)


class _Walk:
    """The pass over the rows; holds the open edge of the tree and of the tiles, never the whole.

    What costs time is done a bundle at a time: hashes are made where a bundle or a signed head ends.
    """

    def __init__(self, session: Session, *, verifier_key: str) -> None:
        self.session = session
        self.verifier_key = verifier_key
        newest = heads.newest(session)
        self.signed = newest.size if newest else 0
        self.size = 0
        self.payloads = 0
        self.broken = False
        self.kinds = Counter[int]()
        self.counts_stand = False  # once a head tells its counts, all later ones do
        self.number = 1  # of the ledger's name, which only grows
        self.tiles = storedtiles.Ahead(session)
        self.heads = _streamed(session, select(Checkpoint).order_by(Checkpoint.size))
        self.head: Checkpoint | None = next(self.heads, None)
        self.absences = _streamed(session, select(Absence.index).where(Absence.index >= 0).order_by(Absence.index))
        self.absent: int | None = next(self.absences, None)
        self.bundle: list[bytes] = []
        self.levels: list[list[bytes]] = [[]]  # the open tile of each level
        self.counts: list[int] = [0]  # hashes so far on each level
        self.edge: list[tuple[int, bytes]] = []  # full subtrees over filled tiles, from the left: height and hash

    def rows(self) -> Iterator[Finding]:
        """Compare entry by entry."""
        joined = (
            select(ENTRIES.c.index, ENTRIES.c.entry, PAYLOADS.c.kind, PAYLOADS.c.payload)
            .outerjoin(PAYLOADS, PAYLOADS.c.index == ENTRIES.c.index)
            .order_by(ENTRIES.c.index)
            .execution_options(yield_per=CHUNK)
        )
        stop = self._next_stop()
        for index, entry, kind, payload in chain.from_iterable(self.session.execute(joined).partitions()):
            if index != self.size:
                yield Finding(f"entry {self.size}", f"missing, the next one is {index}")
                self.broken = True  # all that follows stands elsewhere
                return
            if payload is None or index == self.absent or not _agrees(entry, kind, payload):
                yield from self._payload(index, entry, kind, payload)
            if payload is not None:
                self.payloads += 1
            self.bundle.append(entry)
            self.size += 1
            if self.size == stop:
                yield from self._stop()
                stop = self._next_stop()

    def rest(self) -> Iterator[Finding]:
        """Compare the tiles that are not full, and the heads that go beyond the rows."""
        if self.broken:
            return
        if self.size < self.signed:
            self._hash()
            yield from self._partial_tiles()
        while self.head is not None:
            yield Finding(f"checkpoint {self.head.size}", f"only {self.size} entries are stored")
            self.head = next(self.heads, None)

    def _next_stop(self) -> int:
        """Return at how many entries something is to be compared next."""
        stop = (self.size // tiles.WIDTH + 1) * tiles.WIDTH
        return stop if self.head is None else min(stop, self.head.size)

    def _stop(self) -> Iterator[Finding]:
        if self.size > self.signed:
            self.bundle.clear()
            return
        self._hash()
        yield from self._full_tiles()
        if self.head is not None and self.head.size == self.size:
            yield from self._checkpoint(self.head)
            self.head = next(self.heads, None)
        if self.size == self.signed:
            yield from self._partial_tiles()

    def _payload(self, index: int, entry: bytes, kind: int | None, payload: bytes | None) -> Iterator[Finding]:
        excused = index == self.absent
        if excused:
            self.absent = next(self.absences, None)
        if len(entry) != ledgerentry.LENGTH or entry[0] != ledgerentry.VERSION or entry[1] not in KINDS:
            yield Finding(f"entry {index}", "malformed")
        elif payload is None or kind is None:
            if not excused:
                yield Finding(f"payload {index}", "missing")
        elif excused:
            yield Finding(f"payload {index}", "is here, but ledger_absences says that it is not")
        elif kind != entry[1]:
            yield Finding(f"payload {index}", f"of kind {kind}, its entry is of kind {entry[1]}")
        elif not _agrees(entry, kind, payload):
            yield Finding(f"payload {index}", "is not what its entry is the hash of")

    def _hash(self) -> None:
        """Make the leaf hashes of what came into the open bundle since."""
        leaves = self.levels[0]
        new = self.bundle[len(leaves) :]
        leaves += map(merkle.leaf_hash, new)
        self.kinds.update(entry[1] for entry in new)
        self.counts[0] = self.size

    def _full_tiles(self) -> Iterator[Finding]:
        if len(self.bundle) < tiles.WIDTH:
            return
        at = self.size // tiles.WIDTH - 1
        yield from self._compare(tiles.ENTRIES, at, tiles.entry_bundle(self.bundle))
        self.bundle.clear()
        self._add(merkle.root(self.levels[0]))
        for level, hashes in enumerate(self.levels):
            if len(hashes) < tiles.WIDTH:
                return
            yield from self._compare(level, self.counts[level] // tiles.WIDTH - 1, b"".join(hashes))
            hashes.clear()

    def _add(self, node: bytes) -> None:
        """Put the root of a filled lowest tile into the tree, and where it fills a subtree, that one's too."""
        height = tiles.TILE_HEIGHT
        self._put(1, node)
        while self.edge and self.edge[-1][0] == height:
            node = merkle.node_hash(self.edge.pop()[1], node)
            height += 1
            if height % tiles.TILE_HEIGHT == 0:
                self._put(height // tiles.TILE_HEIGHT, node)
        self.edge.append((height, node))

    def _put(self, level: int, node: bytes) -> None:
        if level == len(self.levels):
            self.levels.append([])
            self.counts.append(0)
        self.levels[level].append(node)
        self.counts[level] += 1

    def _partial_tiles(self) -> Iterator[Finding]:
        if self.bundle:
            yield from self._compare(tiles.ENTRIES, self.size // tiles.WIDTH, tiles.entry_bundle(self.bundle))
        for level, hashes in enumerate(self.levels):
            if hashes:
                yield from self._compare(level, self.counts[level] // tiles.WIDTH, b"".join(hashes))
        self.bundle.clear()
        self.levels[0].clear()

    def _compare(self, level: int, index: int, made: bytes) -> Iterator[Finding]:
        name = f"tile {tiles.tile_path(level, index, tiles.WIDTH)}"
        stored = self.tiles.whole(level=level, index=index)
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
        if row.kinds != (kinds.text(self.kinds) if row.kinds or self.counts_stand else None):
            yield Finding(where, "its counts of kinds are not those of the entries")
        self.counts_stand |= row.kinds is not None
        nodes = [node for _, node in self.edge]
        if self.levels[0]:
            nodes.append(merkle.root(self.levels[0]))
        root = nodes.pop()
        while nodes:
            root = merkle.node_hash(nodes.pop(), root)
        if row.root != root:
            yield Finding(where, "its root is not that of the entries")
        try:
            heads.verify(row, verifier_key=self.verifier_key)
        except Refusal as refusal:
            yield Finding(where, f"its signed text is not to be trusted ({refusal.reason})")


def _streamed(session: Session, rows: Select[T]) -> Iterator[T]:
    return iter(session.execute(rows.execution_options(yield_per=CHUNK)).scalars())


def _agrees(entry: bytes, kind: int, payload: bytes) -> bool:
    return kind in KINDS and ledgerentry.entry(KINDS[kind], payload) == entry


def _payloads_without_entry(session: Session, *, known: int) -> Iterator[Finding]:
    """Name the payloads that no entry is the hash of; `known` have been seen with their entries."""
    if session.execute(select(func.count()).select_from(PAYLOADS)).scalar_one() == known:
        return
    alone = (
        select(PAYLOADS.c.index)
        .outerjoin(ENTRIES, ENTRIES.c.index == PAYLOADS.c.index)
        .where(ENTRIES.c.index.is_(None))
    )
    for index in _streamed(session, alone.order_by(PAYLOADS.c.index)):
        yield Finding(f"payload {index}", "has no entry")


def _unknown_tiles(session: Session, *, size: int) -> Iterator[Finding]:
    for level, index in storedtiles.outside(session, size=size):
        yield Finding(f"tile level {level} number {index}", "lies outside the signed tree")


def _copy(session: Session, path: Path, *, size: int) -> Iterator[Finding]:
    where, held = f"copy {path.name}", LogCopy(path)
    rows = select(ENTRIES.c.index, ENTRIES.c.entry).order_by(ENTRIES.c.index)
    stored = chain.from_iterable(session.execute(rows.execution_options(yield_per=CHUNK)).partitions())
    count = 0
    try:
        for group in held.texts():
            for text in group:
                row = next(stored, None)
                if row is not None and text == b"%d %b\n" % (row[0], row[1].hex().encode()):
                    continue
                line = parse(text)  # it has a payload, or it differs
                if row is not None and (line.index, line.entry) != tuple(row):
                    yield Finding(where, f"entry {row[0]} differs")
            count += len(group)
        sure = held.acknowledged()
    except (OSError, ValueError) as error:
        yield Finding(where, f"cannot be read ({type(error).__name__})")
        return
    if count < size:
        yield Finding(where, f"holds {count} entries, {size} are stored")
    if sure > size:  # what is beyond may be of a commit that was broken off
        yield Finding(where, f"holds {count} entries, only {size} are stored")
