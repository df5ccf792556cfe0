"""How rows of sums are moved: many at once, in one order, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import cast

from sqlalchemy import Insert, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Key = tuple[int | str, ...]  # a counter row's primary key, in the order of its columns


def move(session: Session, table: Table, column: str, changes: Counter[Key]) -> None:
    """Add changes to the rows of counters that they name; a row that is not there begins at nought."""
    names = [each.name for each in table.primary_key.columns]
    moved = sorted((key, change) for key, change in changes.items() if change)
    if not moved:
        return
    hold(session, table, {cast(int, key[0]) for key, _ in moved})
    # A falling counter is updated, never upserted: PostgreSQL checks "not below zero" on the row
    # that would be inserted before it sees that there is one already.
    falls = [_bound(names, key) | {"change": change} for key, change in moved if change < 0]
    rises = [dict(zip(names, key, strict=True)) | {column: change} for key, change in moved if change > 0]
    if falls:
        where = [table.c[name] == bindparam(f"b_{name}") for name in names]
        session.execute(
            update(table).where(*where).values({column: table.c[column] + bindparam("change")}),
            falls,
            execution_options={"synchronize_session": False},
        )
    if rises:
        session.execute(adding(insert(session.get_bind().dialect.name, table), table, column), rises)


def hold(session: Session, table: Table, unit_ids: Collection[int]) -> None:
    """Hold the rows of units until the end of this transaction, in the order of their keys."""
    if session.get_bind().dialect.name != "postgresql":
        return
    keys = list(table.primary_key.columns)
    session.execute(select(*keys).where(keys[0].in_(unit_ids)).order_by(*keys).with_for_update()).all()


def insert(dialect: str, table: Table) -> sqlite.Insert:
    """Return an insert into a table that can say what to do where there is a row already."""
    # the two dialects' inserts have the same face; the cast only tells the type checker so
    return cast(sqlite.Insert, postgresql.insert(table)) if dialect == "postgresql" else sqlite.insert(table)


def adding(made: sqlite.Insert, table: Table, column: str) -> Insert:
    """Let an insert add to the rows that there are."""
    return made.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={column: table.c[column] + made.excluded[column]},
    )


def _bound(names: Sequence[str], key: Key) -> dict[str, int | str]:
    return {f"b_{name}": value for name, value in zip(names, key, strict=True)}
