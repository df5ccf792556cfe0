"""Whatever points at a person or an account is taken away, or loses its name, when the person is erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import ColumnClause, Delete, Update
from sqlalchemy.sql import visitors

from pakta.database import Base
from pakta.erasure import belongings

BY_TRAIL = {("access_log", "account_id"), ("access_log", "person_id")}  # `trail.forget` writes its lines anew


def reached(step: Delete | Update) -> Iterator[tuple[str, str]]:
    """Yield the columns that a step empties, or by which it finds the rows that it takes away."""
    table = step.table.name  # type: ignore[attr-defined]
    if isinstance(step, Update):
        yield from ((table, column.name) for column, value in step._values.items() if value.value is None)
    elif step.whereclause is not None:
        for part in visitors.iterate(step.whereclause):
            if isinstance(part, ColumnClause) and part.table is not None and part.table.name == table:
                yield table, part.name


def test_no_column_that_names_somebody_is_left_out() -> None:
    steps = (*belongings._links(1, datetime.now(UTC)), *belongings._rows(1))
    known = {column for step in steps for column in reached(step)} | BY_TRAIL
    naming = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in ("accounts", "people")
    }
    assert len(naming) > 50 and naming - known == set()
