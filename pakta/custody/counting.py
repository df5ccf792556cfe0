"""How many slips are in which state, by unit; it names nobody.

Few people are counted when it is asked for.  A country's slips are too many for that: the worker counts them all from
time to time and keeps the figures of each unit, with the moment of which they are (docs/decisions/0086).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, insert, select
from sqlalchemy.orm import Session

from pakta.accounts.models import Slip
from pakta.custody.models import SlipCount, SlipCustody
from pakta.custody.rules import State
from pakta.roster import counters, lists, queries
from pakta.roster.models import Person, Unit

LIVE = 5000  # people up to whom slips are counted when it is asked for
QUIET = 300.0  # seconds until all are counted again
Standing = Mapping[State, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many printed slips of a unit and all below it are in which state.

    states    None where a unit of many people was not counted yet
    each      the same of some units below it, those without a printed slip left out
    taken_at  of when it is, where it is not of now
    """

    states: Standing | None
    each: Sequence[tuple[Unit, Standing]] = ()
    taken_at: datetime | None = None


def counts(session: Session, *, within: Unit, now: datetime, of: Sequence[Unit] = ()) -> Counts:
    """Return the counts of a unit, and of some units right below it."""
    if queries.headcount(session, unit=within) > LIVE:
        return _kept(session, within=within, of=of)
    found = _rolled_up(session, _counted(session, now=now, where=lists.inside(session, within)))
    return _shown(found, within=within, of=of)


def count_all(session: Session, *, now: datetime) -> dict[int, Counter[State]]:
    """Return the counts of every institution and of every unit that has printed slips, by its id.

    It takes seconds in a country.  Where no slip is printed yet the noughts tell that it was counted.
    """
    roots = session.scalars(select(Unit.id).where(Unit.parent_id.is_(None)))
    return {root: Counter() for root in roots} | _rolled_up(session, _counted(session, now=now))


def find(session: Session, *, now: datetime) -> dict[int, Counter[State]] | None:
    """Return what is to be kept: all counts where an institution has more people than are counted live, else None."""
    return count_all(session, now=now) if queries.larger(session, than=LIVE) else None


def keep(session: Session, found: Mapping[int, Standing], *, now: datetime) -> None:
    """Put these counts in the place of those that were kept."""
    session.execute(delete(SlipCount))
    rows = [
        {"unit_id": unit_id, "taken_at": now} | {state.value: states.get(state, 0) for state in State}
        for unit_id, states in found.items()
    ]
    if rows:
        session.execute(insert(SlipCount), rows)


def _counted(
    session: Session, *, now: datetime, where: ColumnElement[bool] | None = None
) -> dict[int, Counter[State]]:
    """Return the counts of units' own people, by the unit's id."""
    state: ColumnElement[str] = case(
        (Slip.used_at.is_not(None), State.USED.value),
        (Slip.cancelled_at.is_not(None), State.REPLACED.value),
        (Slip.expires_at <= now, State.EXPIRED.value),
        (SlipCustody.handed_at.is_not(None), State.HANDED.value),
        else_=State.PRINTED.value,
    )
    query = select(Person.unit_id, state, func.count()).select_from(Person)
    query = query.join(Unit, Unit.id == Person.unit_id).join(Slip, Slip.person_id == Person.id)
    query = query.join(SlipCustody, SlipCustody.slip_id == Slip.id)
    if where is not None:
        query = query.where(where)
    found: dict[int, Counter[State]] = defaultdict(Counter)
    for unit_id, name, count in session.execute(query.group_by(Person.unit_id, state)):
        found[unit_id][State(name)] += count
    return found


def _rolled_up(session: Session, own: Mapping[int, Counter[State]]) -> dict[int, Counter[State]]:
    """Return the counts of units with all below them, from those of each alone."""
    found: dict[int, Counter[State]] = defaultdict(Counter)
    ids = sorted(own)
    for at in range(0, len(ids), lists.MOST_UNITS_NAMED):
        part = Unit.id.in_(ids[at : at + lists.MOST_UNITS_NAMED])
        for unit_id, path in session.execute(select(Unit.id, Unit.path).where(part)):
            for above in counters.lineage(path):
                found[above].update(own[unit_id])
    return found


def _kept(session: Session, *, within: Unit, of: Sequence[Unit]) -> Counts:
    rows: list[Any] = []
    ids = [within.id, *(unit.id for unit in of)]
    for at in range(0, len(ids), lists.MOST_UNITS_NAMED):
        part = SlipCount.unit_id.in_(ids[at : at + lists.MOST_UNITS_NAMED])
        rows += session.scalars(select(SlipCount).where(part)).all()
    taken_at = rows[0].taken_at if rows else session.scalar(select(func.max(SlipCount.taken_at)))
    if taken_at is None:
        return Counts(None)
    found = {row.unit_id: Counter({state: getattr(row, state.value) for state in State}) for row in rows}
    return _shown(found, within=within, of=of, taken_at=taken_at)


def _shown(
    found: Mapping[int, Counter[State]], *, within: Unit, of: Sequence[Unit], taken_at: datetime | None = None
) -> Counts:
    def states(unit: Unit) -> Standing:
        return {state: found[unit.id][state] if unit.id in found else 0 for state in State}

    return Counts(states(within), [(unit, states(unit)) for unit in of if unit.id in found], taken_at)
