"""The first load of an empty roster from a CSV file of any length: checked line by line, never held whole.

On PostgreSQL the rows go in by COPY, on SQLite by inserts of many.  One transaction: at the first wrong lines nothing
stands.  Afterwards the counters are counted once.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from psycopg.errors import UniqueViolation
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.roster import columns, counters, planning, rows, rules
from pakta.roster import units as roster_units
from pakta.roster.models import Person
from pakta.roster.planning import PEOPLE
from pakta.roster.sheets import RowError

MOST_ERRORS = 200  # after so many wrong lines the rest is not read
AT_ONCE = 10_000
COLUMNS = (
    "unit_id", "kind", "signs_as", "number", "number_lookup", "name", "rank", "position", "status", "email", "phone",
    "demo", "changed_at",
)  # fmt: skip


class WrongError(Exception):
    """Lines are wrong: the transaction must not stand."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        """Keep them."""
        super().__init__("wrong lines")
        self.errors = tuple(errors)


def load(session: Session, *, lines: Iterable[str], now: datetime, pepper: rules.Pepper, demo: bool = False) -> int:
    """Load everybody whom the CSV `lines` name into an empty roster; return how many they are.

    Raises WrongError, and ValueError where the roster is not empty.
    """
    planning.lock(session)
    if session.execute(select(Person.id).limit(1)).first() is not None:
        raise ValueError("the roster is not empty")
    on = now.astimezone(roster_units.WIB).date()
    reader = csv.reader(lines, strict=True)
    header = [title.strip() for title in next(reader, [])]
    try:
        mapped = columns.whole(header)
    except Refusal as refusal:
        raise WrongError([RowError(1, "", refusal)]) from refusal
    units = planning.units_of(session, on=on)
    checking = rows.Checking(mapped=mapped, width=len(header), units=units, on=on, once=False)
    people = _Good(checking, reader)
    values = _values(people, units={code: each.id for code, each in units.items()}, now=now, pepper=pepper, demo=demo)
    write = _copy if session.get_bind().dialect.name == "postgresql" else _insert
    write(session, values, people)
    if people.errors:
        raise WrongError(people.errors)
    counters.rebuild(session, now=now)
    return len(people.at)


class _Good:
    """The good people of the lines, one after the other; what is wrong is gathered beside them."""

    def __init__(self, checking: rows.Checking, lines: Iterable[Sequence[str]]) -> None:
        self._checking, self._lines = checking, lines
        self.errors: list[RowError] = []
        self.at = array("I")  # the row of each good person

    def __iter__(self) -> Iterator[rows.PersonRow]:
        row = 1
        try:
            for row, cells in enumerate(self._lines, 2):
                if not any(cells):
                    continue
                person, errors = self._checking.line(row, cells)
                self.errors += errors
                if len(self.errors) >= MOST_ERRORS:
                    return
                if person is not None:
                    self.at.append(row)
                    yield person
        except csv.Error:
            self.errors.append(RowError(row + 1, "", Refusal(Reason.ROSTER_NOT_CSV, "tanda kutip salah letak")))


def _values(
    people: Iterable[rows.PersonRow], *, units: dict[str, int], now: datetime, pepper: rules.Pepper, demo: bool
) -> Iterator[tuple[Any, ...]]:
    secret = pepper(rules.LOOKUP)
    for each in people:
        yield (
            units[each.unit_code], each.kind, each.kind, each.number,
            rules.lookup(each.number, pepper=lambda _: secret), each.name, each.rank, each.position, each.status,
            each.email, each.phone, demo, now,
        )  # fmt: skip


def _copy(session: Session, values: Iterator[tuple[Any, ...]], people: _Good) -> None:
    raw: Any = session.connection().connection.driver_connection
    try:
        with raw.cursor() as cursor, cursor.copy(f"COPY people ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for value in values:
                copy.write_row(value)
    except UniqueViolation as error:
        raise WrongError([_twice(error.diag.context or "", people.at)]) from error


def _insert(session: Session, values: Iterator[tuple[Any, ...]], people: _Good) -> None:
    try:
        while part := list(islice(values, AT_ONCE)):
            session.connection().execute(insert(PEOPLE), [dict(zip(COLUMNS, each, strict=True)) for each in part])
    except IntegrityError as error:
        raise WrongError([_twice("", people.at)]) from error


def _twice(context: str, at: Sequence[int]) -> RowError:
    """Return that a number stands twice, with the row where the database says which line it was."""
    digits = "".join(sign for sign in context.partition("line ")[2].partition(":")[0] if sign.isdigit())
    row = at[int(digits) - 1] if digits and 0 < int(digits) <= len(at) else 0
    return RowError(row, "number", Refusal(Reason.NUMBER_TWICE, "yang lebih awal"))
