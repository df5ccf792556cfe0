"""A ledger of millions of entries: how it is filled, and what is measured in it on the way.

Every measured append stands beside a bare insert of the same bytes into a plain table of the same database, in
turns, each in a transaction of its own with its own sync to the disk.
"""

from __future__ import annotations

import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, insert, select, text

from pakta.core import merkle
from pakta.database import UTCDateTime, db, transaction
from pakta.ledger import heads, proofs, sequencer, service
from pakta.ledger.models import Checkpoint
from pakta.signing.queue import Queue
from pakta.web import Wired, clock
from tests.bench.ledgerchild import KIND

BULK = 1000  # entries a transaction while filling
EACH_HEAD = 65_536  # entries between two heads while filling
PAYLOAD = 320  # bytes, about what is signed of a credential
SINGLES, GROUPS, GROUP = 400, 100, 50
SECONDS, SECOND = 30, 200  # how often, and how many entries, the sequencer finds new
PROOFS, CONSISTENCIES = 2000, 400
WRITERS = 8
WRITTEN = 1600  # entries of one run of writers
RUNS = 3

BARE = Table(
    "bench_rows",
    MetaData(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("content", LargeBinary),
    Column("at", UTCDateTime),
)


@dataclass(frozen=True, slots=True)
class Beside:
    """Milliseconds (medians) of an act of ours, and of a bare insert of as many rows in turns with it."""

    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        """Return how many times as long ours takes."""
        return self.ours / self.bare


@dataclass(frozen=True, slots=True)
class Appends:
    """What one append, a group of them, and a new head take at one size."""

    size: int
    one: Beside
    group: Beside
    head: Beside


@dataclass(frozen=True, slots=True)
class Proofs:
    """Milliseconds of proofs: median, 99th of a hundred, and the same 99th of our own processor time."""

    inclusion: tuple[float, float, float]
    consistency: tuple[float, float, float]


class Scale:
    """The ledger of an app that grows while it is measured."""

    def __init__(self, app: Flask) -> None:
        """Begin with the empty ledger of `app`; its context is open."""
        self.wired: Wired = app.extensions["pakta"]
        self.app = app
        self.random = random.Random(3)
        self.bare = 0
        BARE.metadata.create_all(db.engine)

    @property
    def size(self) -> int:
        """Return how many entries there are."""
        found = service.size(db.session())
        db.session.rollback()
        return found

    def fill(self, size: int) -> float:
        """Append until there are `size` entries, signing heads on the way; return the seconds."""
        begun, at = time.monotonic(), self.size
        while at < size:
            count = min(BULK, size - at)
            self.append(count)
            at += count
            if at % EACH_HEAD < BULK or at == size:
                self.sign()
                told(f"{at:,} entries, {time.monotonic() - begun:.0f} s")
        return time.monotonic() - begun

    def append(self, count: int) -> None:
        """Append `count` entries in one transaction."""
        payloads = [self.random.randbytes(PAYLOAD) for _ in range(count)]
        with transaction() as session:
            service.append_all(session, kind=KIND, payloads=payloads, now=clock.now())

    def insert(self, count: int) -> None:
        """Insert as many bare rows of the same bytes in one transaction."""
        rows = [
            {"id": at, "content": self.random.randbytes(34 + PAYLOAD), "at": clock.now()}
            for at in range(self.bare, self.bare + count)
        ]
        self.bare += count
        with transaction() as session:
            session.execute(insert(BARE), rows)

    def sign(self) -> Checkpoint | None:
        """Let the sequencer run once."""
        with transaction() as session:
            return sequencer.sequence(session, keyring=self.wired.keyring, config=self.wired.config, now=clock.now())

    def appends(self) -> Appends:
        """Measure appending and sequencing at the present size."""
        at = self.size
        told(f"measuring appends at {at:,}")
        one = in_turns(SINGLES, lambda: self.append(1), lambda: self.insert(1))
        group = in_turns(GROUPS, lambda: self.append(GROUP), lambda: self.insert(GROUP))
        self.sign()
        head = in_turns(SECONDS, self.sign, lambda: self.insert(SECOND), before=lambda: self.append(SECOND))
        return Appends(at, one, group, head)

    def proofs(self) -> Proofs:
        """Measure proofs at random places, each by a reader that knows no tile yet; one in ten is verified."""
        told("measuring proofs")
        session = db.session()
        newest = heads.newest(session)
        assert newest is not None
        inclusion = [self._inclusion(self.random.randrange(newest.size), newest) for _ in range(PROOFS)]
        signed = session.execute(select(Checkpoint).order_by(Checkpoint.size)).scalars().all()
        pairs = [sorted(self.random.sample(signed, 2), key=lambda each: each.size) for _ in range(CONSISTENCIES)]
        consistency = [
            both_times(lambda old=old, new=new: proofs.consistency(session, old=old, new=new)) for old, new in pairs
        ]
        for old, new in pairs[::10]:
            path = proofs.consistency(session, old=old, new=new)
            merkle.verify_consistency(
                old_size=old.size, new_size=new.size, old_root=old.root, new_root=new.root, path=path
            )
        session.rollback()
        return Proofs(middle_and_slow(inclusion), middle_and_slow(consistency))

    def _inclusion(self, index: int, head: Checkpoint) -> tuple[float, float]:
        session, path = db.session(), []
        took = both_times(lambda: path.extend(proofs.inclusion(session, index=index, checkpoint=head)))
        if index % 10 == 0:
            entry = service.entry_at(session, index=index)
            assert entry is not None
            leaf = merkle.leaf_hash(entry)
            merkle.verify_inclusion(leaf_hash=leaf, index=index, size=head.size, path=path, root=head.root)
        return took

    def writers(self, count: int, *, grouped: bool) -> float:
        """Let `count` threads append entry by entry; return the appends a second, median of some runs."""
        told(f"measuring {count} writers, {'grouped' if grouped else 'each alone'}")
        return statistics.median(self._written(count, grouped=grouped) for _ in range(RUNS))

    def _written(self, count: int, *, grouped: bool) -> float:
        queue = Grouped(keyring=self.wired.keyring, config=self.wired.config, clock=clock.now)
        before, shares = self.size, WRITTEN // count

        def write() -> None:
            own = random.Random(count)
            with self.app.app_context():
                for _ in range(shares):
                    payload = own.randbytes(PAYLOAD)
                    if grouped:
                        queue.append(payload)
                    else:
                        with transaction() as session:
                            service.append(session, kind=KIND, payload=payload, now=clock.now())
                db.session.remove()

        threads = [threading.Thread(target=write) for _ in range(count)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - begun
        assert self.size - before == shares * count
        return shares * count / took


class Grouped(Queue):
    """The queue of signatures, with nothing but an entry where a signature would be."""

    def append(self, payload: bytes) -> None:
        """Wait until the entry stands: with all who wait in this process, or alone."""
        self._together(payload)  # type: ignore[arg-type]

    def _write(self, places: Sequence) -> None:  # type: ignore[type-arg]
        with transaction() as session:
            payloads = [place.checked for place in places]
            service.append_all(session, kind=KIND, payloads=payloads, now=self._clock())


def in_turns(
    count: int, ours: Callable[[], object], bare: Callable[[], object], *, before: Callable[[], object] = lambda: None
) -> Beside:
    """Let two acts take turns, so that a slow second falls on both; what comes `before` ours is not measured."""
    pairs = []
    for _ in range(count):
        before()
        pairs.append((milliseconds(ours), milliseconds(bare)))
    return Beside(*(statistics.median(times) for times in zip(*pairs, strict=True)))


def milliseconds(act: Callable[[], object]) -> float:
    """Return how long an act took."""
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def settle() -> None:
    """Let PostgreSQL end what the filling has left it to do, which would else fall into some measurement."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for work in ("VACUUM ANALYZE", "CHECKPOINT"):
                connection.execute(text(work))


def both_times(act: Callable[[], object]) -> tuple[float, float]:
    """Return how long an act took, and how long this process's processor was busy with it; milliseconds."""
    busy = time.process_time()
    took = milliseconds(act)
    return took, (time.process_time() - busy) * 1000


def middle_and_slow(times: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Return the median and the 99th of a hundred, and that of the processor's time."""
    took, busy = [each[0] for each in times], [each[1] for each in times]
    return statistics.median(took), statistics.quantiles(took, n=100)[98], statistics.quantiles(busy, n=100)[98]


def told(line: str) -> None:
    """Say on stderr how far it is."""
    print(f"{datetime.now():%H:%M:%S} {line}", file=sys.stderr, flush=True)  # noqa: DTZ005 for who looks on
