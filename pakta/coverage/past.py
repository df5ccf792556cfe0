"""The past of a unit: its course day by day, one past day with its parts, and what has risen lately.

Figures only.  Where people stood on a past day is not kept, so nobody is named for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pakta.editions import rules as edition_rules
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.roster import asks, history, scope, unitnames, units
from pakta.roster.models import Unit, UnitParent

LONGEST = 120  # days of a course; the older ones have pages of their own
LATELY = 7  # days


@dataclass(frozen=True, slots=True)
class Course:
    """A unit at the end of each of some days."""

    days: list[tuple[date, history.Standing]]

    @property
    def points(self) -> list[tuple[date, float]]:
        """Return the shares, from 0 to 1."""
        return [(on, standing.signed / standing.total) for on, standing in self.days]


@dataclass(frozen=True, slots=True)
class Part:
    """A unit right below another at the end of a day; `leads` where it is the visitor's to open."""

    unit: Unit
    standing: history.Standing
    leads: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A unit and its parts at the end of one day.

    begins  the first day that is known of the unit, None where nobody was ever counted in it
    below   its parts of that day; a part that stands elsewhere now may be no longer the visitor's to open
    names   what all these units were called that day
    """

    unit: Unit
    above: list[Unit]
    on: date
    begins: date | None
    editions: list[Edition]
    standing: history.Standing
    below: list[Part]
    names: Mapping[int, unitnames.Name]

    @property
    def rest(self) -> history.Standing:
        """Return who stood in none of the parts: right in the unit, or in one that had ended."""
        parts = [each.standing for each in self.below]
        return history.Standing(
            self.standing.signed - sum(each.signed for each in parts),
            self.standing.total - sum(each.total for each in parts),
            self.standing.excused - sum(each.excused for each in parts),
        )

    @property
    def adds_up(self) -> bool:
        """Say whether the parts fit into the unit.

        Not where one was moved before such moves were kept, or the days of a small part were made flat by an erasure.
        """
        return min(self.rest.signed, self.rest.total, self.rest.excused) >= 0


def day(
    session: Session, *, unit: Unit, granted: Sequence[Unit], on: date, published: Sequence[Edition] | None = None
) -> Day:
    """Return how a unit and its parts of that day stood at its end; `published` as `course` has it."""
    of_day = open_on(published_texts(session) if published is None else published, on)
    below = units.children(session, unit=unit, on=on)
    ids = [unit.id, *(each.id for each in below)]
    found = history.on_day(session, unit_ids=ids, on=on, asked=editions.asking(of_day))
    above = [each for each in units.were_above(session, unit=unit, on=on) if scope.in_scope(granted, each)]
    return Day(
        unit=unit,
        above=above,
        on=on,
        begins=history.begins(session, unit_id=unit.id),
        editions=of_day,
        standing=found[unit.id],
        below=[Part(each, found[each.id], leads=scope.in_scope(granted, each)) for each in below],
        names=unitnames.on_day(session, units=[unit, *above, *below], on=on),
    )


def course(session: Session, *, unit: Unit, until: date, published: Sequence[Edition] | None = None) -> Course:
    """Return a unit day by day, from when the texts of the last day opened.

    published  all texts, where the caller has them
    Days on which nobody was asked anything are left out.
    """
    published = published_texts(session) if published is None else published
    opened = [edition.opens_on for edition in open_on(published, until)]
    if not opened:
        return Course([])
    first = max(min(opened), until - timedelta(days=LONGEST - 1))
    days = [first + timedelta(days=each) for each in range((until - first).days + 1)]
    asked = {each: editions.asking(open_on(published, each)) for each in days}
    found = history.course(session, unit_id=unit.id, asked=asked)
    return Course([(each, standing) for each, standing in found if standing.total])


@dataclass(frozen=True, slots=True)
class Lately:
    """By how much signatures grew in some days: in each part of a unit, right in it, and in parts that have ended.

    Right in it is not known (None) where a part came under it, or went elsewhere, within those days.
    """

    parts: dict[int, int]
    own: int | None
    ended: int


def lately(
    session: Session,
    *,
    unit: Unit,
    below: Sequence[Unit],
    ended_ids: Sequence[int],
    asking: Sequence[asks.Ask],
    today: date,
) -> Lately:
    """Return by how much signatures grew in a unit's parts in the last `LATELY` days; where it has parts."""
    if not below:  # then the unit itself is its only part, and no table tells it
        return Lately({}, 0, 0)
    part_ids = [each.id for each in below]
    since = today - timedelta(days=LATELY)
    rose = history.risen(session, unit_ids=[unit.id, *part_ids, *ended_ids], after=since, asked=asking)
    parts, ended = {each: rose[each] for each in part_ids}, sum(rose[each] for each in ended_ids)
    own = rose[unit.id] - sum(parts.values()) - ended
    return Lately(parts, None if _rehung(session, unit=unit, since=since) else own, ended)


def _rehung(session: Session, *, unit: Unit, since: date) -> bool:
    """Say whether a unit came right under this one, or went from it, on a day since: its signatures came along."""
    rows = select(UnitParent.unit_id).join(Unit, Unit.id == UnitParent.unit_id)
    here = or_(Unit.parent_id == unit.id, UnitParent.parent_id == unit.id)
    return session.execute(rows.where(UnitParent.last_on >= since, here).limit(1)).first() is not None


def asked_of(session: Session, *, codes: Sequence[str]) -> tuple[asks.Ask, ...]:
    """Return of whom texts with these codes are asked, whether they are open or not."""
    return editions.asking([edition for edition in published_texts(session) if edition.code in codes])


def published_texts(session: Session) -> Sequence[Edition]:
    """Return all texts, open or not, by code."""
    return session.scalars(select(Edition).order_by(Edition.code)).all()


def open_on(published: Iterable[Edition], on: date) -> list[Edition]:
    """Return what could be signed on a day: a text is asked of nobody before it was published."""
    return [
        edition
        for edition in published
        if edition_rules.is_open(edition, on) and edition_rules.day_of(edition.published_at) <= on
    ]
