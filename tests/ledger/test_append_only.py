"""The append-only drill: after each migration, on both databases, nothing that stands can be changed by a statement.

What the owner of the database can do in spite of the locks is tried, too, so that docs/threat-model.md says
no more than what is true: it goes through, and `ledger check` names it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from pakta.database import db
from pakta.ledger import locks
from pakta.selfcheck import service as selfcheck
from tests.ledger.conftest import Log
from tests.steps import MIGRATIONS, REVISIONS, insert

WHOLE_ON_POSTGRESQL = True

Attack = tuple[str, Sequence[str]]
Rows = Sequence[tuple[Any, ...]]
UNSIGNED = {"ledger_entries": "entry", "editions": "title"}  # a column that an attacker would change


@pytest.mark.parametrize(
    ("empty", "recursive_triggers"), [("sqlite", True), ("sqlite", False), ("postgresql", True)], indirect=["empty"]
)
def test_after_each_migration_what_stands_cannot_be_changed(empty: Flask, recursive_triggers: bool) -> None:
    for step, revision in enumerate(REVISIONS):
        before = {table: keys(table, key) for table, key in locks.LOCKED} if step else {}
        upgrade(revision=revision)
        for table, key in locks.LOCKED:
            assert keys(table, key) == before.get(table, []), revision
            insert(table, 2 * step + 1)
            assert goes_through(table, key, recursive_triggers=recursive_triggers) == [], revision
            insert(table, 2 * step + 2)
            assert len(rows(table)) == 2 * step + 2


@pytest.mark.parametrize("last_line", ["", "    locks.lock(op.get_bind())\n"])
def test_a_migration_that_rebuilds_a_locked_table_and_forgets_the_locks_is_noticed(
    empty: Flask, tmp_path: Path, last_line: str
) -> None:
    """The planted bug, and beside it the same migration with its last line."""
    planted = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, planted)
    (planted / "versions" / "9999_planted.py").write_text(PLANTED.format(head=REVISIONS[-1]) + last_line)
    upgrade()
    for table, _ in locks.LOCKED:
        insert(table, 1)
    upgrade(directory=str(planted))
    assert (goes_through("ledger_entries", "index") == []) is bool(last_line)
    assert goes_through("editions", "code") == []
    assert len(rows("ledger_entries")) == 1
    with db.engine.connect() as connection:
        assert (locks.missing(connection) == []) is bool(last_line)


PLANTED = """
from alembic import op

from pakta.ledger import locks

revision = "9999"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("ledger_entries", recreate="always"):
        pass
"""

BEYOND = {
    "sqlite": {
        "drop the triggers": [
            "DROP TRIGGER ledger_entries_no_delete", 'DELETE FROM ledger_entries WHERE "index" = 1',
        ],
        "drop the triggers and leave the rows": ["DROP TRIGGER ledger_entries_no_delete"],
        "drop the table": ["DROP TABLE ledger_entries"],
        "put another table in its place": [
            "ALTER TABLE ledger_entries RENAME TO aside",
            'CREATE TABLE ledger_entries ("index" BIGINT PRIMARY KEY, entry BLOB)',
            'INSERT INTO ledger_entries SELECT "index", entry FROM aside WHERE "index" <> 1',
        ],
    },
    "postgresql": {
        "be a superuser": [
            "SET session_replication_role = replica", 'DELETE FROM ledger_entries WHERE "index" = 1',
        ],
        "switch the triggers off": [
            "ALTER TABLE ledger_entries DISABLE TRIGGER USER", 'DELETE FROM ledger_entries WHERE "index" = 1',
        ],
        "switch the triggers off and leave the rows": ["ALTER TABLE ledger_entries DISABLE TRIGGER USER"],
        "drop the table": ["DROP TABLE ledger_entries"],
        "change what the triggers do": [
            "CREATE OR REPLACE FUNCTION ledger_entries_locked() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN OLD; END $$",
            'DELETE FROM ledger_entries WHERE "index" = 1',
        ],
        "rewrite a column": [
            "ALTER TABLE ledger_entries ALTER COLUMN entry TYPE bytea USING set_byte(entry, 33, 0)",
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("empty", "how"), [(dialect, how) for dialect, ways in BEYOND.items() for how in ways], indirect=["empty"]
)
def test_what_the_owner_of_the_database_does_beyond_the_locks_is_named_by_the_check(empty: Flask, how: str) -> None:
    upgrade()
    log = Log(empty)
    log.append(b"satu", b"dua", b"tiga")
    log.sign()
    assert [each for each in findings(log) if not each.startswith("entry ")] == []
    before = findings(log)
    with db.engine.begin() as connection:
        for statement in BEYOND[db.engine.dialect.name][how]:
            connection.execute(text(statement))
    db.engine.dispose()
    assert set(findings(log)) - set(before) != set()


def findings(log: Log) -> list[str]:
    """Return what the check names; entries without a row behind them are what this test is made of."""
    found = selfcheck.check(db.session(), keyring=log.wired.keyring, config=log.wired.config)
    db.session.rollback()
    return [str(each) for each in found]


def goes_through(table: str, key: str, *, recursive_triggers: bool = True) -> list[str]:
    """Return the names of the attacks on a table that were not refused, or that changed a row; all are undone."""
    through = []
    for name, statements in attacks(table, key):
        before = rows(table)
        if not _refused(statements, recursive_triggers=recursive_triggers) or rows(table) != before:
            through.append(f"{table}: {name}")
    if db.engine.dialect.name == "postgresql" and not _copy_is_refused(table):
        through.append(f"{table}: copy")
    return through


def attacks(table: str, key: str) -> Iterator[Attack]:
    """Yield every way to change, replace or take away rows that the database's language has."""
    column = UNSIGNED[table]
    columns = [each["name"] for each in inspect(db.engine).get_columns(table)]
    names = ", ".join(f'"{each}"' for each in columns)
    again = f"INTO {table} ({names}) SELECT {names} FROM {table} WHERE true"
    upsert = f'INSERT {again} ON CONFLICT ("{key}") DO UPDATE SET "{column}" = EXCLUDED."{column}"'
    yield "update", [f'UPDATE {table} SET "{column}" = "{column}"']
    yield "update of the key", [f'UPDATE {table} SET "{key}" = "{key}"']
    yield "delete", [f"DELETE FROM {table}"]
    yield "delete of one", [f'DELETE FROM {table} WHERE "{key}" = (SELECT min("{key}") FROM {table})']
    yield "insert of the same key", [f"INSERT {again}"]
    yield "upsert", [upsert]
    if db.engine.dialect.name == "sqlite":
        yield from _sqlite(table, key, columns)
    else:
        yield from _postgresql(table, key, column)


def _sqlite(table: str, key: str, columns: Sequence[str]) -> Iterator[Attack]:
    names = ", ".join(f'"{each}"' for each in columns)
    again = f"INTO {table} ({names}) SELECT {names} FROM {table} WHERE true"
    yield "insert or replace", [f"INSERT OR REPLACE {again}"]
    yield "replace", [f"REPLACE {again}"]
    yield "update or replace", [f'UPDATE OR REPLACE {table} SET "{key}" = (SELECT max("{key}") FROM {table})']
    yield (
        "replace by the row's number",
        [f"REPLACE INTO {table} (rowid, {names}) SELECT rowid, {_but(columns, columns)} FROM {table} WHERE true"],
    )
    unique = [each["column_names"][0] for each in inspect(db.engine).get_unique_constraints(table)]
    for same in (key, *unique):
        new = _but(columns, [each for each in columns if each != same])
        yield f"replace by {same}", [f"REPLACE INTO {table} ({names}) SELECT {new} FROM {table} WHERE true"]
    yield (
        "from another table's trigger",
        [
            f"CREATE TRIGGER away AFTER INSERT ON attempts BEGIN DELETE FROM {table}; END",
            "INSERT INTO attempts (purpose, subject, window_at, tries) VALUES ('x', x'00', '2026-01-01', 1)",
        ],
    )


def _but(columns: Sequence[str], others: Sequence[str]) -> str:
    """Return the columns as they stand, those of `others` that must be unique with a value that no row has."""
    new = {"index": '"index" + 1000', "code": "code || 'x'", "ledger_index": "ledger_index + 1000",
           "text_sha256": "substr(text_sha256, 2) || 'x'"}  # fmt: skip
    return ", ".join(new[each] if each in others and each in new else f'"{each}"' for each in columns)


def _postgresql(table: str, key: str, column: str) -> Iterator[Attack]:
    itself = f'MERGE INTO {table} AS old USING {table} AS new ON old."{key}" = new."{key}"'
    anchor = "CREATE TABLE anchor (id integer PRIMARY KEY); INSERT INTO anchor VALUES (1)"
    tied = f"ALTER TABLE {table} ADD COLUMN anchor integer DEFAULT 1 REFERENCES anchor ON DELETE CASCADE"
    yield "truncate", [f"TRUNCATE {table}"]
    yield "truncate with what refers to it", [f"TRUNCATE {table} CASCADE"]
    yield "truncate through what it refers to", [anchor, tied, "TRUNCATE anchor CASCADE"]
    yield "delete through what it refers to", [anchor, tied, "DELETE FROM anchor"]
    yield "merge and update", [f'{itself} WHEN MATCHED THEN UPDATE SET "{column}" = new."{column}"']
    yield "merge and delete", [f"{itself} WHEN MATCHED THEN DELETE"]
    yield "delete inside a question", [f'WITH gone AS (DELETE FROM {table} RETURNING "{key}") SELECT * FROM gone']
    yield (
        "from another table's trigger",
        [
            "CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN DELETE FROM {table}; RETURN NEW; END $$",
            "CREATE TRIGGER away BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION away()",
            "INSERT INTO attempts (purpose, subject, window_at, tries) VALUES ('x', '\\x00', now(), 1)",
        ],
    )
    yield "replace it by a view", [f"CREATE OR REPLACE VIEW {table} AS SELECT 1"]


def _refused(statements: Sequence[str], *, recursive_triggers: bool) -> bool:
    """Try an attack, and undo it; the last statement is the one to be refused."""
    with _connection(recursive_triggers=recursive_triggers) as connection:
        *first, last = statements
        for statement in first:
            connection.execute(text(statement))
        try:
            connection.execute(text(last))
        except DBAPIError:
            return True
        finally:
            connection.rollback()
    return False


def _connection(*, recursive_triggers: bool) -> Connection:
    connection = db.engine.connect()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("ROLLBACK")  # a setting is not changed inside a transaction
        connection.exec_driver_sql(f"PRAGMA recursive_triggers = {'ON' if recursive_triggers else 'OFF'}")
        connection.exec_driver_sql("BEGIN")
    return connection


def _copy_is_refused(table: str) -> bool:
    """Let PostgreSQL's COPY bring the rows that are there a second time."""
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        with cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as out:
            held = b"".join(bytes(part) for part in out)
        with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as into:
            into.write(held)
    except Exception as error:
        return type(error).__name__ == "UniqueViolation"
    finally:
        connection.rollback()
        connection.close()
    return False


def keys(table: str, key: str) -> list[Any]:
    """Return the keys of a table's rows, in their order."""
    with db.engine.connect() as connection:
        return list(connection.execute(text(f'SELECT "{key}" FROM {table} ORDER BY 1')).scalars())


def rows(table: str) -> Rows:
    """Return every row of a table."""
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]
