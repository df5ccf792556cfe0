"""The locks on what may never change: the ledger's entries and the published texts."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.ledger import locks, service
from tests.ledger.conftest import Log

WHOLE_ON_POSTGRESQL = True

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


NEUTERED = {
    "sqlite": {
        "an empty body": (
            "DROP TRIGGER ledger_entries_no_delete",
            "CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries BEGIN SELECT 1; END",
        ),
        "a condition": (
            "DROP TRIGGER ledger_entries_no_delete",
            "CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries WHEN 0 "
            "BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END",
        ),
        "another table": (
            "DROP TRIGGER ledger_entries_no_delete",
            "CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_tiles "
            "BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END",
        ),
        "gone": ("DROP TRIGGER ledger_entries_no_delete",),
    },
    "postgresql": {
        "an empty body": (
            "CREATE OR REPLACE FUNCTION ledger_entries_locked() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN OLD; END $$",
        ),
        "a condition": (
            "CREATE OR REPLACE TRIGGER ledger_entries_no_change BEFORE UPDATE OR DELETE ON ledger_entries "
            "FOR EACH ROW WHEN (false) EXECUTE FUNCTION ledger_entries_locked()",
        ),
        "fewer events": (
            "CREATE OR REPLACE TRIGGER ledger_entries_no_change BEFORE UPDATE ON ledger_entries "
            "FOR EACH ROW EXECUTE FUNCTION ledger_entries_locked()",
        ),
        "another table": (
            "DROP TRIGGER ledger_entries_no_change ON ledger_entries",
            "CREATE TRIGGER ledger_entries_no_change BEFORE UPDATE OR DELETE ON ledger_tiles "
            "FOR EACH ROW EXECUTE FUNCTION ledger_entries_locked()",
        ),
        "another function": (
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
            "CREATE OR REPLACE TRIGGER ledger_entries_no_change BEFORE UPDATE OR DELETE ON ledger_entries "
            "FOR EACH ROW EXECUTE FUNCTION nothing()",
        ),
        "switched off": ("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_no_change",),
        "gone": ("DROP TRIGGER ledger_entries_no_change ON ledger_entries",),
    },
}


@pytest.mark.parametrize("way", sorted({way for ways in NEUTERED.values() for way in ways}))
def test_a_lock_that_stands_by_its_name_alone_is_named(log: Log, way: str) -> None:
    """Each way really lets rows be deleted; the twin is the lock put on again, and nothing named."""
    log.append(b"satu")
    sqlite = db.engine.dialect.name == "sqlite"
    if way not in NEUTERED[db.engine.dialect.name]:
        pytest.skip("the other database's way")
    with db.engine.connect().execution_options(writing=True) as connection:
        assert locks.missing(connection) == []
        for statement in NEUTERED[db.engine.dialect.name][way]:
            connection.execute(db.text(statement))
        assert connection.execute(db.text(CHANGES["delete of all"])).rowcount == 1
        found = locks.missing(connection)
        assert "ledger_entries_no_delete" in found if sqlite else "ledger_entries_no_change" in found
        locks.lock(connection)
        assert locks.missing(connection) == []
        connection.rollback()
        assert locks.missing(connection) == []


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
