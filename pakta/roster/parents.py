"""Under which unit each unit stood on a day that is over.

A unit's own row says where it stands now.  When it comes under another, the one above it until then is kept with the
last day of that: the day before, since the sums of the day itself (`history`) are those of the new place already.

Append-only   rows are added, never changed; of a unit that comes under several on one day the first row says where
              that day began, and the others stood at the end of no day
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CompoundSelect, Table, bindparam, exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from pakta.roster import rules, sums
from pakta.roster.models import Unit, UnitParent

KEPT = cast(Table, UnitParent.__table__)
_units = cast(Table, Unit.__table__)
_ABOVE = (  # the unit above one at the end of a day: the first that was kept since, or the present one
    select(KEPT.c.parent_id, KEPT.c.last_on)
    .where(KEPT.c.unit_id == bindparam("unit"), KEPT.c.last_on >= bindparam("on"))
    .union_all(select(_units.c.parent_id, literal(date.max)).where(_units.c.id == bindparam("unit")))
    .order_by("last_on")
    .limit(1)
)


def keep(session: Session, *, until_now: Mapping[int, int | None], now: datetime) -> None:
    """Keep under which unit (None for the root of a tree) each of the units stood until the day before `now`."""
    last_on = rules.day_of(now) - timedelta(days=1)
    rows = [{"unit_id": key, "last_on": last_on, "parent_id": above} for key, above in sorted(until_now.items())]
    if rows:
        made = sums.insert(session.get_bind().dialect.name, KEPT).on_conflict_do_nothing()
        session.execute(made, rows)


def below(*, unit_id: int, on: date) -> CompoundSelect[Any]:
    """Return the query for the ids of the units that stood right below one at the end of a day."""
    later = KEPT.alias()
    ends = select(func.min(later.c.last_on)).where(later.c.unit_id == KEPT.c.unit_id, later.c.last_on >= on)
    were = select(KEPT.c.unit_id).where(KEPT.c.parent_id == unit_id, KEPT.c.last_on == ends.scalar_subquery())
    moved = exists().where(KEPT.c.unit_id == _units.c.id, KEPT.c.last_on >= on)
    return union_all(were, select(_units.c.id).where(_units.c.parent_id == unit_id, ~moved))


def above(session: Session, *, unit_id: int, on: date) -> list[int]:
    """Return the ids of the units above one at the end of a day, from the root down."""
    found: list[int] = []
    at = _above(session, unit_id, on)
    while at is not None and at not in found:  # a clock that was set back could have kept a circle
        found.insert(0, at)
        at = _above(session, at, on)
    return found


def ever_above(session: Session, *, unit_ids: Collection[int]) -> set[int]:
    """Return the units above some, now and in all days that are kept, with themselves."""
    found, new = set[int](), set(unit_ids)
    while new:
        found |= new
        now = select(_units.c.parent_id).where(_units.c.id.in_(new), _units.c.parent_id.is_not(None))
        once = select(KEPT.c.parent_id).where(KEPT.c.unit_id.in_(new), KEPT.c.parent_id.is_not(None))
        new = set(session.execute(union_all(now, once)).scalars()) - found
    return found


def _above(session: Session, unit_id: int, on: date) -> int | None:
    row = session.connection().execute(_ABOVE, {"unit": unit_id, "on": on}).one()
    return cast("int | None", row[0])
