"""The migrations: they lead to exactly what the models say, and never leave the locks off."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Inspector, inspect, text
from sqlalchemy.exc import DBAPIError

from pakta.database import db
from pakta.ledger import locks
from pakta.roster import counters
from tests import slices
from tests.steps import REVISIONS, insert

WHOLE_ON_POSTGRESQL = True


def test_the_migrated_database_is_what_the_models_say(empty: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, db.metadata) == []
    migrated = _shape(inspect(db.engine))
    _drop_all()
    db.create_all()
    assert migrated == _shape(inspect(db.engine))


def test_migrating_again_changes_nothing(empty: Flask) -> None:
    upgrade()
    before = _shape(inspect(db.engine))
    upgrade()
    assert _shape(inspect(db.engine)) == before


@pytest.mark.parametrize("revision", slices.some(REVISIONS[::-1], 0))
def test_after_each_step_what_is_locked_can_only_grow(empty: Flask, revision: str) -> None:
    upgrade(revision=revision)
    for table, key in locks.LOCKED:
        insert(table, 1)
        for statement in _changes(table, key):
            assert not _goes_through(statement), statement
        insert(table, 2)
        assert _count(table) == 2


def test_a_step_that_forgets_the_locks_is_noticed(empty: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug: a migration whose last line, the locks, is missing."""
    monkeypatch.setattr(locks, "lock", lambda connection: None)
    upgrade()
    for table, key in locks.LOCKED:
        insert(table, 1)
        assert all(_goes_through(statement) for statement in _changes(table, key))


MOVED = """
INSERT INTO institutions VALUES (1, 'kota', 'Kota', 'Kota', 'Kota', false);
INSERT INTO units VALUES (1, 'kota', 'Kota', 'Kota', 'institution', NULL, 1, '/1/', '2026-01-01', NULL);
INSERT INTO units VALUES (2, 'a', 'A', 'A', 'opd', 1, 1, '/1/2/', '2026-01-01', NULL);
INSERT INTO units VALUES (3, 'b', 'B', 'B', 'opd', 1, 1, '/1/3/', '2026-01-01', NULL);
INSERT INTO editions VALUES ('E', 'Pakta', '["pns"]', '2026-01-01', '2026-12-31', '', 'x', 1, '2026-01-01 00:00:00');
"""
PERSON = """
INSERT INTO people VALUES ({id}, 3, 'pns', 'pns', '{id}', '{id}', 'Orang', '', '', 'aktif', '', '', true,
                           '2026-01-01 00:00:00');
INSERT INTO person_keys (id, person_id, method, thumbprint, jwk, way, record, ledger_index, enrolled_at, device,
                         kiosk, sign_count, backup_eligible, backed_up)
VALUES ({id}, {id}, 'device', '{id}', '{{}}', 'slip', 'r{id}', {id}, '2026-01-01 00:00:00', '',
        false, 0, false, false);
INSERT INTO credentials (id, number, cti, person_id, unit_id, edition_code, key_id, evidence_hash, to_be_signed, cose,
                         ledger_index, status_index, method, issued_at, expires_at, status, status_class)
VALUES ({id}, '{id}', 'c{id}', {id}, {unit}, 'E', {id}, 'e{id}', '', NULL, {id}0, {id}0, 1, '2026-01-01 00:00:00',
        '2027-01-01 00:00:00', 0, '');
INSERT INTO signed_people VALUES ({id}, 'E', '2026-01-01 00:00:00');
"""


def test_whoever_moved_before_signatures_knew_their_unit_counts_where_they_signed(empty: Flask) -> None:
    upgrade(revision="0013")
    scripts = [MOVED, PERSON.format(id=1, unit=2), PERSON.format(id=2, unit=3)]
    counted = "".join(f"INSERT INTO counter_signed VALUES ({unit}, 'E', 'pns', 'pns', 2);" for unit in (1, 3))
    people = "".join(f"INSERT INTO counter_people VALUES ({unit}, 'pns', 'pns', 2);" for unit in (1, 3))
    with db.engine.begin() as connection:
        for statement in "".join([*scripts, counted, people]).split(";"):
            if statement.strip():
                connection.execute(text(statement.replace(":", r"\:")))
    upgrade()
    session = db.session()
    assert session.execute(text("SELECT person_id, unit_id FROM signed_people ORDER BY 1")).all() == [(1, 2), (2, 3)]
    assert counters.check(session) == []
    assert session.execute(text("SELECT unit_id, signed FROM counter_signed ORDER BY 1")).all() == [(1, 1), (3, 1)]


IMPORTED = (
    "INSERT INTO institutions (id, code, name, short_name, town, marked) VALUES (7, 'a', 'A', 'A', 'T', '0')",
    "INSERT INTO units (id, code, name, short_name, kind, institution_id, path, valid_from)"
    " VALUES (3, 'a', 'A', 'A', 'institution', 7, '/3/', '2026-01-01')",
    "INSERT INTO imports (id, unit_id, about_id, file_name, state, header, mapped, rows, last_row, new, changed,"
    " same, wrong, missing, reused, leaving, people, digest, uploaded_at, touched_at)"
    " VALUES (1, 3, 3, 'x', 'diterapkan', '[]', '{}', 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, '',"
    " '2026-01-01 00\\:00\\:00', '2026-01-01 00\\:00\\:00')",
    "INSERT INTO import_rows (import_id, row, cells, outcome, name, changes, errors, reused, leaves)"
    " VALUES (1, 2, '[]', 'sama', '', '[]', '[]', '0', '0')",
    "INSERT INTO removals (id, import_id, status, people, alone, asked_at)"
    " VALUES (1, 1, 'mutasi', '[1]', '1', '2026-01-01 00\\:00\\:00')",
)


def test_a_table_to_which_rows_point_is_changed_under_them(empty: Flask) -> None:
    upgrade(revision="0028")
    with db.engine.begin() as connection:
        for statement in IMPORTED:
            connection.execute(text(statement))
    upgrade()
    assert [_count(table) for table in ("imports", "import_rows", "removals")] == [1, 1, 1]
    with db.engine.connect() as connection:
        if empty.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    assert not _goes_through("INSERT INTO import_rows (import_id, row, cells, outcome, name, changes, errors, reused,"
                             " leaves) VALUES (9, 2, '[]', 'sama', '', '[]', '[]', '0', '0')")  # fmt: skip


def test_a_refusal_that_stood_in_its_import_is_kept(empty: Flask) -> None:
    upgrade(revision="0041")
    with db.engine.begin() as connection:
        for statement in IMPORTED:
            connection.execute(text(statement))
        connection.execute(text("UPDATE imports SET refused_at = touched_at, refusal = 'Nomor orang lain'"))
    upgrade()
    kept = db.session().execute(text("SELECT import_id, by_id, words FROM import_refusals")).all()
    assert kept == [(1, None, "Nomor orang lain")]


def _changes(table: str, key: str) -> list[str]:
    """Return statements that change, replace or take away the row that stands, whatever locks there are."""
    columns = ", ".join(f'"{each["name"]}"' for each in inspect(db.engine).get_columns(table))
    again = f"INTO {table} ({columns}) SELECT {columns} FROM {table}"
    changes = [f'UPDATE {table} SET "{key}" = "{key}"', f"DELETE FROM {table}"]
    if db.engine.dialect.name == "sqlite":
        return [f"INSERT OR REPLACE {again}", *changes]
    upsert = f'INSERT {again} ON CONFLICT ("{key}") DO UPDATE SET "{key}" = EXCLUDED."{key}"'
    return [upsert, *changes, f"TRUNCATE {table} CASCADE"]


def _goes_through(statement: str) -> bool:
    """Try a statement, and undo it."""
    with db.engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except DBAPIError:
            return False
        finally:
            connection.rollback()
    return True


def _count(table: str) -> int:
    with db.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def _drop_all() -> None:
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    db.drop_all()


def _shape(inspector: Inspector) -> set[str]:
    """Return everything that a database says about its tables, a line a thing, in no order."""
    lines = set()
    for table in inspector.get_table_names():
        asked = {
            "column": inspector.get_columns(table),
            "primary key": [inspector.get_pk_constraint(table)],
            "foreign key": inspector.get_foreign_keys(table),
            "unique": inspector.get_unique_constraints(table),
            "check": inspector.get_check_constraints(table),
            "index": inspector.get_indexes(table),
        }
        lines |= {f"{table} {what} {_plain(each)}" for what, found in asked.items() for each in found}
    return {line for line in lines if not line.startswith("alembic_version ")}


def _plain(found: Any) -> str:
    if isinstance(found, dict):
        return ", ".join(f"{name}={_plain(found[name])}" for name in sorted(found))
    return "+".join(map(_plain, found)) if isinstance(found, list) else str(found)
