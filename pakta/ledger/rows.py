"""Entering many rows at once: on PostgreSQL in one statement, whatever their number.

A statement a row costs PostgreSQL twice the time of the rows themselves; COPY would be faster still, but what
it says when it fails repeats the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, Connection, Insert, Table, bindparam, func, insert, select


def enter(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, each with a value for every column of `table`, all of them or none."""
    if len(rows) > 1 and connection.dialect.name == "postgresql":
        connection.execute(_unnested(table), {each.key: [row[each.key] for row in rows] for each in table.columns})
    elif rows:
        connection.execute(_plain(table), list(rows))


@lru_cache
def _plain(table: Table) -> Insert:
    return insert(table)


@lru_cache
def _unnested(table: Table) -> Insert:
    """Return the insert of as many rows as there are in the arrays that it is given, one a column."""
    arrays = [func.unnest(bindparam(each.key, type_=ARRAY(each.type))) for each in table.columns]
    return insert(table).from_select(table.columns.keys(), select(*arrays))
