"""The counters' past: by how much each of them moved on each day in WIB.

Kept in the transaction that moves the counters, so that the sum of a row's days is always its counter.
What a unit was on a day is the sum of its days until then: it costs days and kinds, never people.

Locks     whoever writes a day holds the counter of the same key already, so two writers of a day never meet
Erasure   of a group too small to hide one in, the past is made flat (`forget`)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, String, Table, bindparam, delete, func, select, union_all, update
from sqlalchemy import cast as cast_to
from sqlalchemy import insert as plain_insert
from sqlalchemy.orm import Session

from pakta.many import among
from pakta.roster import asks, rules, sums
from pakta.roster.models import DailyPeople, DailySigned
from pakta.roster.sums import Key

PEOPLE = cast(Table, DailyPeople.__table__)
SIGNED = cast(Table, DailySigned.__table__)
HIDES = 10  # people among whom one cannot be told by what their sum did on a day
EXCUSED = "excused"  # the audience of people who are out of the sums; no text has it
_MOVED = union_all(  # both sums of one unit; no edition is named where people are counted
    select(
        cast_to(None, String).label("code"), PEOPLE.c.audience, PEOPLE.c.kind, PEOPLE.c.day, PEOPLE.c.change
    ).where(PEOPLE.c.unit_id == bindparam("unit"), PEOPLE.c.day <= bindparam("until")),
    select(SIGNED.c.edition_code, SIGNED.c.audience, SIGNED.c.kind, SIGNED.c.day, SIGNED.c.change).where(
        SIGNED.c.unit_id == bindparam("unit"), SIGNED.c.day <= bindparam("until")
    ),
)


def _summed(table: Table, days: ColumnElement[bool]) -> Select[Any]:
    """Return the query of what some units' counters moved by on these days, by the counters' keys."""
    keys = list(table.primary_key.columns)[:-1]
    return select(*keys, func.sum(table.c.change)).where(among(keys[0], "units"), days).group_by(*keys)


_UNTIL = {table: _summed(table, table.c.day <= bindparam("on")) for table in (PEOPLE, SIGNED)}
_RISEN = _summed(SIGNED, SIGNED.c.day > bindparam("on"))


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit on one day, with all below it: signed and asked as the texts of that day say, and who was excused."""

    signed: int
    total: int
    excused: int


def write(session: Session, *, people: Counter[Key], signed: Counter[Key], now: datetime) -> None:
    """Add what the counters were moved by to the day of `now`; call it after them, in their transaction."""
    on = rules.day_of(now)
    for table, changes in ((PEOPLE, people), (SIGNED, signed)):
        names = [each.name for each in table.primary_key.columns]
        moved = sorted((key, change) for key, change in changes.items() if change)
        if moved:
            rows = [dict(zip(names, (*key, on), strict=True)) | {"change": change} for key, change in moved]
            made = sums.adding(sums.insert(session.get_bind().dialect.name, table), table, "change")
            session.execute(made, rows)


def totals(session: Session, table: Table) -> Counter[Key]:
    """Return what the days of each counter come to; a check holds it against the counters."""
    keys = list(table.primary_key.columns)[:-1]
    rows = session.execute(select(*keys, func.sum(table.c.change)).group_by(*keys))
    return Counter({tuple(row[:-1]): int(row[-1]) for row in rows})


def begins(session: Session, *, unit_id: int) -> date | None:
    """Return the first day that is known of a unit, or None where nobody was ever counted in it."""
    return session.execute(select(func.min(PEOPLE.c.day)).where(PEOPLE.c.unit_id == unit_id)).scalar()


def active(session: Session, *, unit_id: int, on: date) -> Counter[rules.Pair]:
    """Return by (audience, kind) how many people were in the sums of a unit and all below it at the end of a day."""
    found: Counter[rules.Pair] = Counter()
    for _, audience, kind, change in session.connection().execute(_UNTIL[PEOPLE], {"units": [unit_id], "on": on}):
        if audience != EXCUSED:
            found[audience, kind] += int(change)
    return found


def on_day(session: Session, *, unit_ids: Sequence[int], on: date, asked: Sequence[asks.Ask]) -> dict[int, Standing]:
    """Return how units stood at the end of a day, by what was asked then."""
    people: dict[int, Counter[Key]] = {unit_id: Counter() for unit_id in unit_ids}
    signed: dict[int, Counter[Key]] = {unit_id: Counter() for unit_id in unit_ids}
    for table, found in ((PEOPLE, people), (SIGNED, signed)):
        for unit_id, *key, change in session.connection().execute(_UNTIL[table], {"units": unit_ids, "on": on}):
            found[unit_id][tuple(key)] += int(change)
    return {unit_id: _standing(people[unit_id], signed[unit_id], asked) for unit_id in unit_ids}


def course(
    session: Session, *, unit_id: int, asked: Mapping[date, Sequence[asks.Ask]]
) -> list[tuple[date, Standing]]:
    """Return how a unit stood at the end of each of the days, in their order, by what was asked on each."""
    if not asked:
        return []
    days = sorted(asked)
    rows = session.connection().execute(_MOVED, {"unit": unit_id, "until": days[-1]})
    moved = sorted(rows, key=lambda row: row.day)
    people: Counter[Key] = Counter()
    signed: Counter[Key] = Counter()
    found, at = [], 0
    for day in days:
        while at < len(moved) and moved[at].day <= day:
            code, audience, kind, _, change = moved[at]
            if code is None:
                people[audience, kind] += change
            else:
                signed[code, audience, kind] += change
            at += 1
        found.append((day, _standing(people, signed, asked[day])))
    return found


def risen(session: Session, *, unit_ids: Sequence[int], after: date, asked: Sequence[asks.Ask]) -> dict[int, int]:
    """Return by how much the signatures of each unit grew since the end of a day."""
    counted = {(ask.edition_code, *pair) for ask in asked for pair in ask.pairs}
    found = dict.fromkeys(unit_ids, 0)
    for unit_id, *key, change in session.connection().execute(_RISEN, {"units": unit_ids, "on": after}):
        found[unit_id] += int(change) if tuple(key) in counted else 0
    return found


def forget(session: Session, *, unit_ids: Collection[int], kind: str) -> None:
    """Let the past of units tell nothing of one who was just taken out of their counters.

    Of a group below `HIDES` the days become one, the first, that says what the counter says now: a sum of few that
    rose on a day would tell whose entry of the ledger is whose.  All rows of the units get one writer, as
    `counters.smooth` says.
    """
    for table in (PEOPLE, SIGNED):
        of = [table.c.unit_id.in_(unit_ids), table.c.kind == kind]
        keys = list(table.primary_key.columns)[:-1]
        rows = session.execute(select(*keys, table.c.day, table.c.change).where(*of).order_by(*keys, table.c.day))
        for key, days in groupby(map(tuple, rows), key=lambda row: row[:-2]):
            _flatten(session, table, key, [(row[-2], row[-1]) for row in days])
        session.execute(update(table).where(table.c.unit_id.in_(unit_ids)).values(change=table.c.change))


def _flatten(session: Session, table: Table, key: Key, days: Sequence[tuple[date, int]]) -> None:
    height = most = 0
    for _, change in days:
        height += change
        most = max(most, height)
    if most >= HIDES:
        return
    names = [each.name for each in table.primary_key.columns][:-1]
    session.execute(delete(table).where(*(table.c[name] == part for name, part in zip(names, key, strict=True))))
    if height:
        row = dict(zip(names, key, strict=True)) | {"day": days[0][0], "change": height}
        session.execute(plain_insert(table).values(row))


def _standing(people: Counter[Key], signed: Counter[Key], asked: Sequence[asks.Ask]) -> Standing:
    pairs = {pair for ask in asked for pair in ask.pairs}
    counted = {(ask.edition_code, *pair) for ask in asked for pair in ask.pairs}
    return Standing(
        signed=sum(count for key, count in signed.items() if key in counted),
        total=sum(count for key, count in people.items() if key in pairs),
        excused=sum(count for key, count in people.items() if key[0] == EXCUSED),
    )
