"""The locks on what may never change: the ledger's entries and the published texts."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.ledger import service
from tests.ledger.conftest import Log

CHANGES = {
    "update": "UPDATE ledger_entries SET entry = entry",
    "update of the place": 'UPDATE ledger_entries SET "index" = "index" + 1',
    "delete": 'DELETE FROM ledger_entries WHERE "index" = 0',
    "delete of all": "DELETE FROM ledger_entries",
}
REPLACE = {
    "sqlite": 'INSERT OR REPLACE INTO ledger_entries ("index", entry) SELECT "index", entry FROM ledger_entries',
    "postgresql": 'INSERT INTO ledger_entries ("index", entry) SELECT "index", entry FROM ledger_entries '
    'ON CONFLICT ("index") DO UPDATE SET entry = EXCLUDED.entry',
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_entry_can_neither_be_changed_nor_taken_away(log: Log, change: str) -> None:
    log.append(b"satu", b"dua")
    _refused(change)
    assert log.append(b"tiga") == [2]


def test_an_entry_cannot_be_replaced(log: Log) -> None:
    log.append(b"satu")
    _refused(REPLACE[db.engine.dialect.name])


def test_an_entry_cannot_be_replaced_by_another_of_the_same_place(log: Log) -> None:
    log.append(b"satu")
    words = "INSERT OR REPLACE" if db.engine.dialect.name == "sqlite" else "INSERT"
    blob = "zeroblob(34)" if db.engine.dialect.name == "sqlite" else r"'\x" + "00" * 34 + "'::bytea"
    _refused(f'{words} INTO ledger_entries ("index", entry) VALUES (0, {blob})')


def test_the_table_of_entries_cannot_be_truncated(log: Log) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no TRUNCATE: it is a DELETE of all, which is tried above")
    log.append(b"satu")
    _refused("TRUNCATE ledger_entries")
    _refused("TRUNCATE ledger_entries CASCADE")


def test_a_thief_who_drops_the_locks_can(log: Log) -> None:
    """The twin: the statements above are sound, only the locks refuse them."""
    log.append(b"satu", b"dua")
    log.as_a_thief(CHANGES["delete"])
    assert service.entry_at(db.session(), index=0) is None


def test_payloads_can_be_erased(log: Log) -> None:
    index = log.append(b"satu", kind=EntryKind.CREDENTIAL)[0]
    with transaction() as session:
        session.execute(db.text("DELETE FROM ledger_payloads"))
    assert service.payload_at(db.session(), index=index) is None
    assert service.entry_at(db.session(), index=index) is not None


def _refused(statement: str) -> None:
    before = service.entries(db.session(), first=0, last=9)
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(db.text(statement))
    assert service.entries(db.session(), first=0, last=9) == before
