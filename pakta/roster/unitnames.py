"""What each unit was called on a day that is over.

A unit's own row says what it is called now.  When it is renamed, the names until then are kept with their last day:
the day before, so that the day itself has the new ones.

Append-only   rows are added, never changed; of a unit that is renamed twice on one day the first row says how the day
              began, and the name between was that of no day
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from pakta.roster import rules, sums
from pakta.roster.models import Unit, UnitName

KEPT = cast(Table, UnitName.__table__)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Name:
    """What a unit was called, in full and in short."""

    full: str
    short: str


def keep(session: Session, *, unit: Unit, name: str, short_name: str, now: datetime) -> None:
    """Keep what a unit was called until the day before `now`, where it is to be called otherwise."""
    if (unit.name, unit.short_name) == (name, short_name):
        return
    row = {
        "unit_id": unit.id,
        "last_on": rules.day_of(now) - timedelta(days=1),
        "name": unit.name,
        "short_name": unit.short_name,
    }
    made = sums.insert(session.get_bind().dialect.name, KEPT).on_conflict_do_nothing()
    session.execute(made, [row])


def on_day(session: Session, *, units: Sequence[Unit], on: date) -> dict[int, Name]:
    """Return what units were called on a day; what was renamed before this was kept has today's name."""
    found = {unit.id: Name(unit.name, unit.short_name) for unit in units}
    ids = list(found)
    for at in range(0, len(ids), AT_ONCE):
        kept = select(UnitName).where(UnitName.unit_id.in_(ids[at : at + AT_ONCE]), UnitName.last_on >= on)
        for row in session.scalars(kept.order_by(UnitName.last_on.desc())):  # the one that ended first comes last
            found[row.unit_id] = Name(row.name, row.short_name)
    return found
