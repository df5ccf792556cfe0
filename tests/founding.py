"""The rows of a city that was built once: the tests after it write them at once instead of building it anew."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select, text

from pakta.database import db

Rows = Sequence[tuple[Table, Sequence[RowMapping]]]
BUILT: dict[Hashable, tuple[Rows, Sequence[Any]]] = {}


def keep(known: Hashable) -> None:
    """Keep all rows of the database, inside the app's context, as what is `known` by that name."""
    with db.engine.begin() as connection:
        rows = [
            (table, connection.execute(select(table).order_by(*table.primary_key)).mappings().all())
            for table in db.metadata.sorted_tables
        ]
        BUILT[known] = [each for each in rows if each[1]], _counters(connection)


def put(known: Hashable) -> bool:
    """Write the rows that are `known` into the empty database; return False where nothing is."""
    if known not in BUILT:
        return False
    rows, counters = BUILT[known]
    with db.engine.begin() as connection:
        for table, each in rows:
            connection.execute(table.insert(), [dict(row) for row in each])
        for name, value in counters:
            connection.execute(text("SELECT setval(:name, :value)"), {"name": name, "value": value})
    return True


def _counters(connection: Connection) -> Sequence[Any]:
    """Return what numbers a database has given out that does not learn them from the rows."""
    if connection.dialect.name != "postgresql":
        return []
    said = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
    return [(name, value) for name, value in connection.execute(text(said))]
