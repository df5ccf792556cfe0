"""What the public was shown day by day: the pictures themselves, put together, and nothing beside them.

A group of the newest picture is told for earlier days as the sum of the groups that have become it: groups are
never taken apart (docs/decisions/0071), so nothing here is told that the pictures did not show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.coverage import publishing, rules
from pakta.coverage.models import PublicPicture
from pakta.coverage.publishing import Told
from pakta.editions import rules as edition_rules
from pakta.editions import service as editions
from pakta.roster import queries
from pakta.roster.models import Unit

LATELY = 7  # days back to the picture that stands beside the newest one


@dataclass(frozen=True, slots=True)
class Published:
    """An institution in one picture.

    share    None where only a percentage was shown    percent  whole; None of a group below `rules.LEAST`
    lines    its parts, in the groups of the newest picture
    excused  as `publishing.PublicInstitution` or `publishing.PublicPercent` has it
    """

    on: date
    share: queries.Share | None
    percent: int | None
    lines: list[rules.Line]
    excused: int | None

    @property
    def part(self) -> float | None:
        """Return the share from 0 to 1, or None where it was not shown."""
        if self.share is not None:
            return self.share.signed / self.share.total if self.share.total else None
        return None if self.percent is None else self.percent / 100


@dataclass(frozen=True, slots=True)
class Course:
    """An institution in all pictures of the texts that are open, the first one first."""

    unit: Unit
    days: list[Published]

    @property
    def points(self) -> list[tuple[date, float]]:
        """Return the shares that were shown, from 0 to 1."""
        return [(each.on, each.part) for each in self.days if each.part is not None]

    @property
    def before(self) -> Published | None:
        """Return the last picture that is `LATELY` days older than the newest, or None."""
        old = [each for each in self.days if (self.days[-1].on - each.on).days >= LATELY]
        return old[-1] if old else None


def course(session: Session, *, unit: Unit, now: datetime) -> Course | None:
    """Return what was published of an institution; None of a unit that is none, or not in the newest picture."""
    opened = {edition.code for edition in editions.open_editions(session, now=now)}
    until = edition_rules.day_of(now)
    rows = session.scalars(
        select(PublicPicture).where(PublicPicture.taken_on <= until).order_by(PublicPicture.taken_on)
    )
    pictures = [row for row in rows if opened & set(row.editions)]
    told = [(row.taken_on, _of(row.institutions, unit)) for row in pictures]
    shown = [(on, each) for on, each in told if each is not None]
    if not shown or shown[-1][0] != pictures[-1].taken_on:
        return None
    newest = _lines(session, shown[-1][1])
    return Course(unit, [_published(on, each, newest, rest=unit.id) for on, each in shown])


def _of(institutions: Sequence[Told], unit: Unit) -> Told | None:
    return next((each for each in institutions if each["unit"] == unit.id), None)


def _lines(session: Session, told: Told) -> list[rules.Line]:
    return publishing.shown(session, told).lines if "lines" in told else []


def _published(on: date, told: Told, newest: Sequence[rules.Line], *, rest: int) -> Published:
    if "lines" not in told:
        return Published(on, None, told["percent"], [], told.get("excused"))
    share = queries.Share(told["signed"], told["total"])
    return Published(on, share, None, rules.regrouped(told["lines"], newest, rest=rest), told.get("excused"))
