"""Appending: one writer, no gaps, nothing half."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from pakta.core import ledgerentry
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.ledger import service
from tests.ledger.conftest import NOW, Log

WHOLE_ON_POSTGRESQL = True

WRITERS, EACH = 8, 12


def test_entries_stand_in_the_order_in_which_they_were_made(log: Log) -> None:
    assert log.append(b"satu", b"dua") + log.append(b"tiga") == [0, 1, 2]
    wanted = [ledgerentry.entry(EntryKind.KEY_SET, each) for each in (b"satu", b"dua", b"tiga")]
    assert list(service.entries(db.session(), first=0, last=3)) == wanted
    assert service.entry_at(db.session(), index=3) is None


def test_the_index_is_known_under_the_lock_before_the_entry_is_made(log: Log) -> None:
    log.append(b"satu")
    with transaction() as session:
        expected = service.next_index(session)
        assert service.append(session, kind=EntryKind.KEY_SET, payload=b"dua", now=NOW) == expected == 1


def test_nothing_is_appended_outside_a_write_transaction(log: Log) -> None:
    with pytest.raises(RuntimeError):
        service.append(db.session(), kind=EntryKind.KEY_SET, payload=b"satu", now=NOW)
    assert service.size(db.session()) == 0
    assert log.append(b"satu") == [0]


def test_what_was_rolled_back_leaves_no_gap(log: Log) -> None:
    log.append(b"satu")
    with pytest.raises(ZeroDivisionError), transaction() as session:
        service.append(session, kind=EntryKind.KEY_SET, payload=b"dua", now=NOW)
        raise ZeroDivisionError
    assert log.append(b"tiga") == [1]


def test_a_savepoint_that_was_rolled_back_leaves_no_gap(log: Log) -> None:
    with transaction() as session:
        service.append(session, kind=EntryKind.KEY_SET, payload=b"satu", now=NOW)
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            service.append(session, kind=EntryKind.KEY_SET, payload=b"dua", now=NOW)
            raise ZeroDivisionError
        assert service.append(session, kind=EntryKind.KEY_SET, payload=b"tiga", now=NOW) == 1
    assert service.size(db.session()) == 2


def test_a_payload_is_public_only_where_its_kind_is(log: Log) -> None:
    public, private = log.append(b"satu")[0], log.append(b"dua", kind=EntryKind.CREDENTIAL)[0]
    found = service.public_payload_at(db.session(), index=public)
    assert found is not None and found.payload == b"satu"
    assert service.public_payload_at(db.session(), index=private) is None
    assert service.public_payload_at(db.session(), index=99) is None


def test_many_writers_at_once_leave_no_gap_and_no_fork(log: Log) -> None:
    failures = _many_writers(log.app, log)
    assert failures == []
    _assert_whole(log)
    head = log.sign()
    assert head is not None and head.size == WRITERS * EACH


def test_without_the_writers_lock_many_writers_get_in_each_others_way(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: the head is read without the lock, and by a writer that only reads at first."""
    monkeypatch.setattr(service, "_hold", _hold_nothing)
    failures = _many_writers(log.app, log, writing=False)
    assert failures != []


def _hold_nothing(session: object) -> object:
    return service._Held(None, None)


def _many_writers(app: Flask, log: Log, *, writing: bool = True) -> list[BaseException]:
    start, failures = threading.Barrier(WRITERS), []

    def write(number: int) -> None:
        with app.app_context():
            start.wait()
            for at in range(EACH):
                try:
                    _write(b"%d.%d" % (number, at), writing=writing)
                except SQLAlchemyError as error:
                    db.session.rollback()
                    failures.append(error)
            db.session.remove()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return failures


def _write(payload: bytes, *, writing: bool) -> None:
    if writing:
        with transaction() as session:
            service.append(session, kind=EntryKind.KEY_SET, payload=payload, now=NOW)
        return
    service.append(db.session(), kind=EntryKind.KEY_SET, payload=payload, now=NOW)
    db.session.commit()


def _assert_whole(log: Log) -> None:
    session = db.session()
    entries = service.entries(session, first=0, last=WRITERS * EACH + 1)
    payloads = [service.payload_at(session, index=index) for index in range(len(entries))]
    assert len(set(entries)) == WRITERS * EACH
    assert [ledgerentry.entry(EntryKind.KEY_SET, row.payload) for row in payloads if row] == list(entries)
