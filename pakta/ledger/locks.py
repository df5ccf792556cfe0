"""The locks on append-only tables: triggers that refuse UPDATE, DELETE, REPLACE and TRUNCATE.

SQLite   a BEFORE INSERT trigger refuses INSERT OR REPLACE on an index that exists;
         Alembic's batch mode drops triggers silently, so every migration ends with `lock`.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

# table, the key whose repetition is refused
LOCKED = (("ledger_entries", "index"), ("editions", "code"))
# further columns of which no two rows may hold the same: a REPLACE takes away the row that holds it already
UNIQUE = {"editions": ("text_sha256", "ledger_index")}

# PostgreSQL's pg_trigger.tgtype: row 1, before 2, delete 8, update 16, truncate 32
_WHEN = {"no_change": 1 | 2 | 8 | 16, "no_truncate": 2 | 32}
_HELD = text(
    "SELECT tgname, tgtype FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
    "JOIN pg_language ON pg_language.oid = prolang AND lanname = 'plpgsql' "
    "WHERE tgrelid = to_regclass(:table) AND prosrc = :body "
    "AND tgenabled IN ('O', 'A') AND tgqual IS NULL AND tgattr::text = ''"
)


def lock(connection: Connection) -> None:
    """Put every lock on, new or again; to be called at the end of each migration."""
    for table, key in LOCKED:
        for statement in _statements(connection.dialect.name, table, key):
            connection.execute(text(statement))


def missing(connection: Connection) -> list[str]:
    """Return the names of the locks that are not on as `lock` puts them: gone, on another table, or changed."""
    standing = _standing_sqlite if connection.dialect.name == "sqlite" else _standing_postgresql
    return [name for table, key in LOCKED for name in standing(connection, table, key)]


def _standing_sqlite(connection: Connection, table: str, key: str) -> list[str]:
    question = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    held = {name: made for name, made in connection.execute(question, {"table": table})}
    return [name for name, made in _triggers(table, key).items() if held.get(name) != made]


def _standing_postgresql(connection: Connection, table: str, _key: str) -> list[str]:
    held = {(name, when) for name, when in connection.execute(_HELD, {"table": table, "body": _body(table)})}
    return [f"{table}_{kind}" for kind, when in _WHEN.items() if (f"{table}_{kind}", when) not in held]


def _statements(dialect: str, table: str, key: str) -> list[str]:
    return _sqlite(table, key) if dialect == "sqlite" else _postgresql(table)


def _sqlite(table: str, key: str) -> list[str]:
    made = _triggers(table, key)
    return [each for name in made for each in (f"DROP TRIGGER IF EXISTS {name}", made[name])]


def _triggers(table: str, key: str) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    # An explicit rowid would replace a row without any trigger, where recursive_triggers is off.
    same = " OR ".join(f'"{column}" = NEW."{column}"' for column in (key, *UNIQUE.get(table, ())))
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same} OR rowid = NEW.rowid)"  # noqa: S608 our names
    bodies = {
        f"{table}_no_update": f"BEFORE UPDATE ON {table} {refuse}",
        f"{table}_no_delete": f"BEFORE DELETE ON {table} {refuse}",
        f"{table}_no_replace": f"BEFORE INSERT ON {table} WHEN {exists} {refuse}",
    }
    return {name: f"CREATE TRIGGER {name} {body}" for name, body in bodies.items()}


def _body(table: str) -> str:
    return f" BEGIN RAISE EXCEPTION '{table} is append-only'; END "


def _postgresql(table: str) -> list[str]:
    function = f"{table}_locked"
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${_body(table)}$$",
        f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
    ]
