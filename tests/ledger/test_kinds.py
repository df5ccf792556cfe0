"""Counts of kinds are kept beside each head and counted on from there, however large the ledger is."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event, select, text

from pakta.database import db, transaction
from pakta.ledger import check, kinds, service, totals
from pakta.ledger.models import Checkpoint
from tests.ledger.conftest import KINDS, NOW, Log


def enter(*counts: int) -> None:
    """Enter so many entries of each kind."""
    with transaction() as session:
        for kind, count in zip(KINDS, counts, strict=False):
            service.append_all(session, kind=kind, payloads=[b"%d" % at for at in range(count)], now=NOW)


def counted() -> dict[int, int]:
    """Count every entry there is, the slow way."""
    entries = service.entries(db.session(), first=0, last=1 << 40)
    return dict(Counter(each[1] for each in entries))


def kept() -> list[str | None]:
    """Return what the heads tell."""
    db.session.rollback()
    return list(db.session.execute(select(Checkpoint.kinds).order_by(Checkpoint.size)).scalars())


def counted_from() -> list[int]:
    """Ask for the totals as a fresh process does; return from which entries on it counted."""
    said: list[int] = []

    def note(_connection: object, clause: object, _many: object, values: dict[str, int], _options: object) -> None:
        said.extend([values["first"]] if clause is kinds._COUNTED else [])

    event.listen(db.engine, "before_execute", note)
    try:
        told = json.loads(totals.published(db.session(), tally=totals.Tally()))
    finally:
        event.remove(db.engine, "before_execute", note)
    assert told["kinds"] == {str(kind): count for kind, count in counted().items()}
    return said


def test_each_head_tells_what_lies_under_it(log: Log) -> None:
    enter(3, 2)
    log.sign()
    enter(1, 0, 4)
    log.sign()
    first, second, third = (int(kind) for kind in KINDS[:3])
    assert [json.loads(each or "") for each in kept()] == [
        {str(first): 3, str(second): 2},
        {str(first): 4, str(second): 2, str(third): 4},
    ]
    assert list(check.check(db.session(), verifier_key=log.vkey, copy=None)) == []


def test_a_fresh_process_counts_from_the_newest_head_on(log: Log) -> None:
    enter(3, 2)
    assert counted_from() == [0]
    log.sign()
    assert counted_from() == [5]
    enter(0, 7)
    assert counted_from() == [5]
    log.sign()
    assert counted_from() == [12]


@pytest.mark.parametrize("found", [None, "rusak", "[]", '{"1":"x"}'])
def test_a_head_that_tells_nothing_is_passed_over_and_the_next_one_tells(log: Log, found: str | None) -> None:
    enter(3, 2)
    log.sign()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE ledger_checkpoints SET kinds = :found"), {"found": found})
    assert counted_from() == [0]
    enter(2)
    log.sign()
    assert counted_from() == [7]
    named = [str(each) for each in check.check(db.session(), verifier_key=log.vkey, copy=None)]
    assert named == ([] if found is None else ["checkpoint 5: its counts of kinds are not those of the entries"])


def test_a_head_that_lost_its_counts_is_named(log: Log) -> None:
    for _ in range(2):
        enter(2)
        log.sign()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE ledger_checkpoints SET kinds = NULL WHERE size = 4"))
    named = [str(each) for each in check.check(db.session(), verifier_key=log.vkey, copy=None)]
    assert named == ["checkpoint 4: its counts of kinds are not those of the entries"]


def test_the_newest_head_of_a_ledger_from_before_gets_its_counts(empty: Flask) -> None:
    upgrade(revision="0010")
    rows = [{"index": at, "entry": bytes([1, 1 + at % 10]) + b"\x02" * 32} for at in range(25)]
    heads = [
        {"size": size, "root": b"\x00" * 32, "note": b"", "signed_at": "2026-01-01 00:00:00"} for size in (7, 21)
    ]
    with db.engine.begin() as connection:
        connection.execute(text('INSERT INTO ledger_entries ("index", entry) VALUES (:index, :entry)'), rows)
        connection.execute(text("INSERT INTO ledger_checkpoints VALUES (:size, :root, :note, :signed_at)"), heads)
    upgrade()
    wanted = Counter(row["entry"][1] for row in rows[:21])  # type: ignore[index]
    assert kept() == [None, kinds.text(wanted)]
    assert kinds.upto(db.session(), size=25) == Counter(row["entry"][1] for row in rows)  # type: ignore[index]
