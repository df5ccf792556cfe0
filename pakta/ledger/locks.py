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


def lock(connection: Connection) -> None:
    """Put every lock on, new or again; to be called at the end of each migration."""
    for table, key in LOCKED:
        for statement in _statements(connection.dialect.name, table, key):
            connection.execute(text(statement))


def missing(connection: Connection) -> list[str]:
    """Return the names of the locks that are not on."""
    sqlite = connection.dialect.name == "sqlite"
    question = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if sqlite
        else "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
    )
    standing = set(connection.execute(text(question)).scalars())
    kinds = ("no_update", "no_delete", "no_replace") if sqlite else ("no_change", "no_truncate")
    return [f"{table}_{kind}" for table, _ in LOCKED for kind in kinds if f"{table}_{kind}" not in standing]


def _statements(dialect: str, table: str, key: str) -> list[str]:
    return _sqlite(table, key) if dialect == "sqlite" else _postgresql(table, key)


def _sqlite(table: str, key: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    # An explicit rowid would replace a row without any trigger, where recursive_triggers is off.
    same = " OR ".join(f'"{column}" = NEW."{column}"' for column in (key, *UNIQUE.get(table, ())))
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same} OR rowid = NEW.rowid)"  # noqa: S608 our names
    wanted = {
        f"{table}_no_update": f"BEFORE UPDATE ON {table} {refuse}",
        f"{table}_no_delete": f"BEFORE DELETE ON {table} {refuse}",
        f"{table}_no_replace": f"BEFORE INSERT ON {table} WHEN {exists} {refuse}",
    }
    statements = []
    for name, body in wanted.items():
        statements += [f"DROP TRIGGER IF EXISTS {name}", f"CREATE TRIGGER {name} {body}"]
    return statements


def _postgresql(table: str, _key: str) -> list[str]:
    function = f"{table}_locked"
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
    ]
