"""Lists: batches, and the slips of a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from pakta import asker
from pakta.accounts.models import Account, Slip
from pakta.custody import rules
from pakta.custody.models import AskedFor, SlipBatch, SlipCustody
from pakta.custody.rules import State, Whom
from pakta.roster import rules as roster_rules
from pakta.roster import scope
from pakta.roster.models import Person, Unit

LISTED = 100  # batches
IN_MENU = 99  # of more the menu says that there are more
PAGE = rules.MOST  # slips on a page of a unit's list, which is paper, too

_WAITING = (
    select(SlipBatch.id)
    .where(SlipBatch.outcome.is_(None), SlipBatch.asked_by_id.is_distinct_from(asker.ACCOUNT))
    .where(scope.unit_clause(SlipBatch.unit_id, asker.ADMINISTERS))
    .limit(IN_MENU + 1)
)
# What counts, for the menu, the batches that wait for another administrator than who asked for them; of more than
# `IN_MENU` it says one more.
WAITING: Select[int] = select(func.count()).select_from(_WAITING.subquery())


@dataclass(frozen=True, slots=True)
class Held:
    """A slip of a list: whose, where it is, and since when."""

    slip_id: int
    person: Person
    state: State
    printed_at: datetime
    expires_at: datetime
    handed_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a unit's list; pages count from 1, and `before` slips stand on those before it."""

    slips: list[Held]
    page: int
    last: int
    before: int


def batches(session: Session, *, within: Sequence[Unit]) -> list[SlipBatch]:
    """Return the newest batches of these units, those that wait first."""
    waits = SlipBatch.outcome.is_(None)
    found = _newest(session, waits, within=within, most=LISTED)
    return found + _newest(session, ~waits, within=within, most=LISTED - len(found))


def _newest(session: Session, which: ColumnElement[bool], *, within: Sequence[Unit], most: int) -> list[SlipBatch]:
    """Return so many batches, read from the newest on: sorting all of a country's takes longer."""
    place = scope.unit_clause(SlipBatch.unit_id, within)
    wanted = select(SlipBatch).where(which, place).order_by(SlipBatch.id.desc()).limit(most)
    return list(session.execute(wanted).scalars()) if most else []


def people(session: Session, *, unit: Unit, below: bool, whom: str, now: datetime) -> list[Person]:
    """Return who of a unit is to get a slip: active, not activated, and with `baru` without a usable one."""
    found = _to_get(unit, below=below, whom=whom, now=now).limit(rules.MOST + 1)
    return list(session.execute(found).scalars())


def _to_get(unit: Unit, *, below: bool, whom: str, now: datetime) -> Select[Person]:
    wanted = (
        select(Person)
        .join(Unit, Unit.id == Person.unit_id)
        .where(_place(unit, below), Person.status == roster_rules.ACTIVE)
        .where(~select(Account.id).where(Account.person_id == Person.id).exists())
    )
    if whom == Whom.NEW:
        wanted = wanted.where(~select(Slip.id).where(Slip.person_id == Person.id, _usable(now)).exists())
    return wanted.order_by(Unit.path, Person.name, Person.id)


def asked_for(session: Session, *, row: SlipBatch, now: datetime) -> list[Person]:
    """Return those for whom a batch was asked who are still to get a slip, and no one who came later."""
    listed = Person.id.in_(select(AskedFor.person_id).where(AskedFor.batch_id == row.id))
    return list(session.execute(_to_get(row.unit, below=row.below, whom=row.whom, now=now).where(listed)).scalars())


def is_listed(session: Session, *, row: SlipBatch) -> bool:
    """Say whether it is known of anybody that a batch was asked for them; of those before 0038 it is not."""
    return session.execute(select(AskedFor.person_id).where(AskedFor.batch_id == row.id).limit(1)).first() is not None


def slips_of(session: Session, *, unit: Unit, now: datetime, page: int = 1) -> Page:
    """Return a page of the newest printed slip of each person of a unit, by name."""
    newest = (
        select(func.max(SlipCustody.slip_id))
        .join(Slip, Slip.id == SlipCustody.slip_id)
        .join(Person, Person.id == Slip.person_id)
        .where(Person.unit_id == unit.id)
        .group_by(Slip.person_id)
    )
    total = int(session.execute(select(func.count()).select_from(newest.subquery())).scalar_one())
    last = max(1, -(-total // PAGE))
    page = min(max(1, page), last)
    rows = (
        select(SlipCustody)
        .join(Slip, Slip.id == SlipCustody.slip_id)
        .join(Person, Person.id == Slip.person_id)
        .where(SlipCustody.slip_id.in_(newest))
        .order_by(Person.name, Person.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return Page([_held(row, now) for row in session.execute(rows).scalars()], page, last, (page - 1) * PAGE)


def usable(session: Session, *, person: Person, now: datetime) -> tuple[Slip | None, SlipCustody | None]:
    """Return the slip with which somebody can still activate, and where it is where two have printed it."""
    slip = session.execute(select(Slip).where(Slip.person_id == person.id, _usable(now))).scalar_one_or_none()
    return slip, None if slip is None else session.get(SlipCustody, slip.id)


def open_of(session: Session, *, row: SlipBatch) -> list[SlipCustody]:
    """Return what of a batch is still to be handed over (`units_of`)."""
    wanted = select(SlipCustody).join(Slip, Slip.id == SlipCustody.slip_id).join(Person, Person.id == Slip.person_id)
    return list(session.execute(wanted.where(*_open(row.id)).order_by(Slip.id)).scalars())


def left_of(session: Session, *, row: SlipBatch) -> int:
    """Return how many slips of a batch nobody will be handed, since their people have left with them unused."""
    wanted = select(func.count()).select_from(SlipCustody).join(Slip, Slip.id == SlipCustody.slip_id)
    gone = (SlipCustody.batch_id == row.id, *_UNUSED, Person.status.in_(roster_rules.LEFT))
    return session.execute(wanted.join(Person, Person.id == Slip.person_id).where(*gone)).scalar_one()


def units_of(session: Session, *, batch_id: int) -> list[tuple[Unit, int]]:
    """Return the units whose people have a slip of a batch that is still to be handed over, and how many each."""
    rows = (
        select(Unit, func.count())
        .select_from(SlipCustody)
        .join(Slip, Slip.id == SlipCustody.slip_id)
        .join(Person, Person.id == Slip.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(*_open(batch_id))
        .group_by(Unit.id)
        .order_by(Unit.path)
    )
    return [(unit, waiting) for unit, waiting in session.execute(rows)]


def printings(session: Session, *, batch_id: int) -> list[datetime]:
    """Return when slips of a batch were made: once, and once more for each time that it was printed again."""
    rows = select(Slip.created_at).join(SlipCustody, SlipCustody.slip_id == Slip.id)
    ordered = rows.where(SlipCustody.batch_id == batch_id).distinct().order_by(Slip.created_at)
    return list(session.execute(ordered).scalars())


def usable_in(session: Session, *, unit: Unit, now: datetime) -> int:
    """Return how many printed slips of people who stand right in a unit can still be used."""
    wanted = select(func.count()).select_from(SlipCustody).join(Slip, Slip.id == SlipCustody.slip_id)
    wanted = wanted.join(Person, Person.id == Slip.person_id).where(Person.unit_id == unit.id, _usable(now))
    return int(session.execute(wanted).scalar_one())


_UNUSED = (SlipCustody.handed_at.is_(None), Slip.used_at.is_(None), Slip.cancelled_at.is_(None))


def _usable(now: datetime) -> ColumnElement[bool]:
    return and_(Slip.used_at.is_(None), Slip.cancelled_at.is_(None), Slip.expires_at > now)


def _open(batch_id: int) -> tuple[ColumnElement[bool], ...]:
    """Hold for what of a batch is neither handed over nor used nor replaced, nor of somebody who has left."""
    return (SlipCustody.batch_id == batch_id, *_UNUSED, Person.status.not_in(roster_rules.LEFT))


def _place(unit: Unit, below: bool) -> ColumnElement[bool]:
    return scope.subtree_clause([unit]) if below else Unit.id == unit.id


def _held(row: SlipCustody, now: datetime) -> Held:
    slip = row.slip
    state = rules.state(
        used_at=slip.used_at,
        cancelled_at=slip.cancelled_at,
        expires_at=slip.expires_at,
        handed_at=row.handed_at,
        now=now,
    )
    return Held(slip.id, slip.person, state, slip.created_at, slip.expires_at, row.handed_at, slip.used_at)
