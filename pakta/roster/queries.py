"""Sums of the roster: shares of units, from the counters alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, String, Table, bindparam, func, select, union_all
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session

from pakta.roster import asks, counters
from pakta.roster.models import CounterPeople, CounterSigned, Unit

_PEOPLE, _SIGNED = cast(Table, CounterPeople.__table__), cast(Table, CounterSigned.__table__)
_UNITS: BindParameter[Any] = bindparam("units", expanding=True)
_COUNTS = union_all(  # both sums of some units; no edition is named where people are counted
    select(
        _PEOPLE.c.unit_id, _PEOPLE.c.audience, _PEOPLE.c.kind, cast_to(None, String).label("code"), _PEOPLE.c.people
    ).where(_PEOPLE.c.unit_id.in_(_UNITS)),
    select(_SIGNED.c.unit_id, _SIGNED.c.audience, _SIGNED.c.kind, _SIGNED.c.edition_code, _SIGNED.c.signed).where(
        _SIGNED.c.unit_id.in_(_UNITS), _SIGNED.c.edition_code.in_(bindparam("codes", expanding=True))
    ),
)


@dataclass(frozen=True, slots=True)
class Share:
    """How many are asked and how many of them have signed, and how many people are out of both sums."""

    signed: int
    total: int
    excused: int = 0

    @property
    def unsigned(self) -> int:
        """Return how many are still to sign."""
        return self.total - self.signed


def share(session: Session, *, unit: Unit, asked: Sequence[asks.Ask]) -> Share:
    """Return the share of a unit and all below it."""
    return unit_shares(session, unit_ids=[unit.id], asked=asked)[unit.id]


def unit_shares(session: Session, *, unit_ids: Sequence[int], asked: Sequence[asks.Ask]) -> dict[int, Share]:
    """Return the share of each unit with all below it, from the counters."""
    pairs = {pair for ask in asked for pair in ask.pairs}
    counted = {(ask.edition_code, *pair) for ask in asked for pair in ask.pairs}
    found = {unit_id: [0, 0, 0] for unit_id in unit_ids}
    codes = [ask.edition_code for ask in asked]
    connection = session.connection()  # no mapped row is read here, and a session asks longer
    for part in _parts(unit_ids):
        for unit_id, audience, kind, code, count in connection.execute(_COUNTS, {"units": part, "codes": codes}):
            if audience == counters.EXCUSED:
                found[unit_id][2] += count
            elif code is None:
                found[unit_id][1] += count if (audience, kind) in pairs else 0
            else:
                found[unit_id][0] += count if (code, audience, kind) in counted else 0
    return {unit_id: Share(*sums) for unit_id, sums in found.items()}


def active(session: Session, *, unit: Unit) -> dict[tuple[str, str], int]:
    """Return how many active people a subtree holds, by audience and kind, from the counters."""
    rows = session.execute(
        select(CounterPeople.audience, CounterPeople.kind, CounterPeople.people).where(
            CounterPeople.unit_id == unit.id,
            CounterPeople.people > 0,
            CounterPeople.audience != counters.EXCUSED,
        )
    )
    return {(audience, kind): count for audience, kind, count in rows}


def headcount(session: Session, *, unit: Unit) -> int:
    """Return how many people a unit and all below it hold, the excused with them, from the counters."""
    return sum(active(session, unit=unit).values()) + excused(session, unit_ids=[unit.id])[unit.id]


def larger(session: Session, *, than: int) -> list[int]:
    """Return the ids of units that hold more than so many people with all below them, the excused with them."""
    people = func.sum(CounterPeople.people)
    rows = select(CounterPeople.unit_id).group_by(CounterPeople.unit_id).having(people > than)
    return list(session.scalars(rows.order_by(CounterPeople.unit_id)))


def excused(session: Session, *, unit_ids: Sequence[int], kind: str = "") -> dict[int, int]:
    """Return how many people of each unit and all below it are out of the sums, of one kind or of all."""
    found = dict.fromkeys(unit_ids, 0)
    for part in _parts(unit_ids):
        wanted = select(_PEOPLE.c.unit_id, _PEOPLE.c.people).where(
            _PEOPLE.c.unit_id.in_(part), _PEOPLE.c.audience == counters.EXCUSED
        )
        rows = session.connection().execute(wanted.where(_PEOPLE.c.kind == kind) if kind else wanted)
        for unit_id, count in rows:
            found[unit_id] += count
    return found


def _parts(ids: Sequence[int], size: int = 5000) -> Iterator[Sequence[int]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))
