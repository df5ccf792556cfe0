"""What must not grow with the ledger: statements of an append, tiles of a proof, memory of check and replay.

Times are measured by `make bench-ledger`; here only what makes them stay.
"""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pakta.core import merkle
from pakta.database import db, transaction
from pakta.ledger import check, heads, proofs, rows, service
from pakta.ledger.copyfile import CHUNK, Line, LogCopy
from pakta.ledger.models import Entry
from tests import databases
from tests.ledger.conftest import KINDS, NOW, Log

WHOLE_ON_POSTGRESQL = True

FEW, MANY = 500, 5_000  # entries; what is counted would grow between them
SMALL, LARGE = 10_000, 25_000  # entries, where memory is measured: the smaller fills what is read ahead
LEVELS = 2  # of tiles below 65,537 entries
STAYS = 1.25  # times the memory that more than twice the entries may take


def test_an_append_needs_as_many_statements_in_a_large_ledger_as_in_a_small_one(log: Log) -> None:
    needed = []
    for size in (10, MANY):
        log.grow_to(size)
        with databases.statements() as one:
            log.append(b"satu")
        with databases.statements() as group, transaction() as session:
            service.append_all(session, kind=KINDS[0], payloads=[b"%d" % at for at in range(50)], now=NOW)
        needed.append((len(one), len(group)))
    assert needed[0] == needed[1]
    assert needed[0][0] == needed[0][1] <= 5  # the lock, the head, two inserts, SQLite's BEGIN


def test_the_head_of_the_ledger_is_looked_up_and_not_searched_for(log: Log) -> None:
    log.grow_to(MANY)
    question = 'SELECT max("index") FROM ledger_entries'
    if db.engine.dialect.name == "sqlite":
        plan = [row[3] for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {question}"))]
        assert len(plan) == 1 and plan[0].startswith("SEARCH")
    else:
        db.session.execute(text("ANALYZE ledger_entries"))
        plan = [row[0] for row in db.session.execute(text(f"EXPLAIN {question}"))]
        assert any("Index Only Scan Backward" in line for line in plan)


def test_a_second_s_entries_are_signed_with_as_few_statements_in_a_large_ledger(log: Log) -> None:
    needed = []
    for size in (FEW, MANY):
        log.grow_to(size)
        log.sign()
        log.grow_to(size + 200)
        with databases.statements() as signing:
            log.sign()
        needed.append(len(signing))
    assert max(needed) <= 16


def test_a_proof_reads_a_tile_of_each_level_and_those_at_the_right_edge(log: Log) -> None:
    log.grow_to(MANY)
    old = log.sign()
    log.grow_to(MANY + 321)
    head = log.sign()
    assert old is not None and head is not None
    for index in [*random.Random(1).sample(range(head.size), 40), 0, head.size - 1]:
        with databases.statements() as reading:
            path = proofs.inclusion(db.session(), index=index, checkpoint=head)
        assert len(only_tiles(reading)) <= LEVELS + 2
        leaf = log.leaves(index + 1)[index]
        merkle.verify_inclusion(leaf_hash=leaf, index=index, size=head.size, path=path, root=head.root)
    with databases.statements() as reading:
        proofs.consistency(db.session(), old=old, new=head)
    assert len(only_tiles(reading)) <= 2 * LEVELS


def test_the_check_holds_no_more_of_a_large_ledger_than_of_a_small_one(log: Log) -> None:
    def checked() -> None:
        assert list(check.check(db.session(), verifier_key=log.vkey, copy=None)) == []
        db.session.rollback()

    peaks = []
    for size in (SMALL, LARGE):
        log.grow_to(size)
        log.sign()
        peaks.append(peak(checked))
    assert peaks[1] < STAYS * peaks[0]


def test_neither_replay_nor_check_holds_what_was_replayed(log: Log, tmp_path: Path) -> None:
    entries = [service.ledgerentry.entry(KINDS[at % 8], b"%d" % at) for at in range(LARGE)]
    file = LogCopy(tmp_path / "salinan.txt")
    replays, checks = [], []
    for first, size in ((0, SMALL), (SMALL, LARGE)):
        for at in range(first, size, 1000):
            file.write(Line(index, entries[index]) for index in range(at, at + 1000))
        log.as_a_thief("DELETE FROM ledger_entries")
        log.as_a_thief("DELETE FROM ledger_absences")

        def replayed(size: int = size) -> None:
            with transaction() as session:
                assert service.replay(session, path=file.path) == size

        def checked() -> None:
            assert list(check.check(db.session(), verifier_key=log.vkey, copy=file.path)) == []
            db.session.rollback()

        replays.append(peak(replayed, again=False))
        checks.append(peak(checked))
    assert service.entries(db.session(), first=0, last=LARGE + 1) == entries
    assert replays[1] < STAYS * replays[0]
    assert checks[1] < STAYS * checks[0]


def test_a_copy_that_is_begun_late_is_written_in_groups_and_new_entries_in_one(tmp_path: Path) -> None:
    file = LogCopy(tmp_path / "salinan.txt")
    lines = [Line(at, b"\x01" * 34) for at in range(10_050)]
    file.write(iter(lines), new_from=10_000)
    groups = list(file.groups())
    assert [len(group) for group in groups] == [CHUNK, CHUNK, 10_000 - 2 * CHUNK, 50]
    assert [line for group in groups for line in group] == lines
    assert file.reach() == (10_000, 10_050)


def test_a_group_of_rows_is_entered_whole_or_not_at_all(log: Log) -> None:
    log.append(b"satu")
    group = [{"index": at, "entry": b"\x01" * 34} for at in (1, 2, 0)]  # the last one stands already
    with pytest.raises(DBAPIError), transaction() as session:
        rows.enter(session.connection(), Entry.__table__, group)  # type: ignore[arg-type]
    assert service.size(db.session()) == 1
    with transaction() as session:
        rows.enter(session.connection(), Entry.__table__, group[:2])  # type: ignore[arg-type]
    assert service.entries(db.session(), first=1, last=9) == [b"\x01" * 34] * 2


def only_tiles(said: list[str]) -> list[str]:
    """Return the statements that read tiles, and see that there are no others."""
    read = [each for each in said if not each.startswith("BEGIN")]
    assert all("FROM ledger_tiles" in each for each in read)
    return read


def peak(act: Callable[[], None], *, again: bool = True) -> int:
    """Return how many bytes an act takes at most, once what it loads for ever is there."""
    heads.newest(db.session())
    db.session.rollback()
    if again:
        act()
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
