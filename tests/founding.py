"""The rows of a city that was built once: the tests after it write them at once instead of building it anew."""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select, text

from pakta.database import db
from pakta.demonstration import signer

Rows = Sequence[tuple[Table, Sequence[RowMapping]]]
People = dict[str, tuple[int, int, signer.Signer]]
BUILT: dict[Hashable, tuple[Rows, Sequence[Any], People]] = {}


def keep(known: Hashable, people: People) -> None:
    """Keep all rows of the database, inside the app's context, and its people's keys, as `known` by that name."""
    with db.engine.begin() as connection:
        rows = [
            (table, connection.execute(select(table).order_by(*table.primary_key)).mappings().all())
            for table in db.metadata.sorted_tables
        ]
        BUILT[known] = [each for each in rows if each[1]], _counters(connection), copied(people)


def put(known: Hashable, people: People) -> bool:
    """Write the rows that are `known` into the empty database, give people their keys; False where nothing is."""
    if known not in BUILT:
        return False
    rows, counters, holders = BUILT[known]
    with db.engine.begin() as connection:
        for table, each in rows:
            connection.execute(table.insert(), [dict(row) for row in each])
        for name, value in counters:
            connection.execute(text("SELECT setval(:name, :value)"), {"name": name, "value": value})
    people |= copied(holders)
    return True


def once(known: Hashable, build: Callable[[], object]) -> None:
    """Build what is not yet `known` by that name on such a database, else write its rows; in the app's context."""
    if not put((db.engine.name, known), {}):
        build()
        keep((db.engine.name, known), {})


def copied(people: People) -> People:
    """Return keys that a test may change without changing them for others."""
    return {who: (account, key, copy.copy(holder)) for who, (account, key, holder) in people.items()}


def _counters(connection: Connection) -> Sequence[Any]:
    """Return what numbers a database has given out that does not learn them from the rows."""
    if connection.dialect.name != "postgresql":
        return []
    said = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
    return [(name, value) for name, value in connection.execute(text(said))]
