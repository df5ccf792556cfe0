"""What can be done with people of the roster, beside the import."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.roster import counters, moving, rules
from pakta.roster.models import Person, Unit


def person_by_number(session: Session, *, number: str, pepper: rules.Pepper) -> Person | None:
    """Return the person with this identity number, written in any way, or None."""
    found = rules.lookup(number, pepper=pepper)
    return session.execute(select(Person).where(Person.number_lookup == found)).scalar_one_or_none()


def set_signs_as(session: Session, *, person: Person, signs_as: str, now: datetime) -> None:
    """Say which audience a person signs with, and move the counters with them.

    signs_as  the person's own kind, or `kepala`
    """
    if signs_as not in (person.kind, rules.HEAD):
        raise ValueError("a person signs as their kind or as a head")
    if person.signs_as == signs_as:
        return
    counters.person_removed(session, person=person, now=now)
    person.signs_as = signs_as
    counters.person_added(session, person=person, now=now)


def set_place(
    session: Session,
    *,
    person: Person,
    now: datetime,
    unit: Unit | None = None,
    status: str = "",
    account_id: int | None = None,
    how: moving.How = moving.How.CORRECTION,
) -> None:
    """Move a person to another unit or give another status, and move the counters with them.

    account_id  of who does it; None where a command on the server does

    Refuses with STATUS_UNKNOWN, or NAME_TOO_LONG where the name of who comes, or comes back, does not fit beside the
    unit's; how it is written is asked when it is given.
    """
    status = rules.parse_status(status or person.status)
    to = unit or person.unit
    comes = to.id != person.unit_id or person.status in rules.LEFT
    if comes and status not in rules.LEFT:
        rules.check_fits(person.name, unit_short_name=to.short_name)
    place = moving.Place(to.id, to.path, status)
    moving.move(session, wanted={person.id: place}, how=how, account_id=account_id, now=now)


def has_real_people(session: Session) -> bool:
    """Say whether anyone of the roster is not invented."""
    return session.execute(select(Person.id).where(Person.demo.is_(False)).limit(1)).first() is not None


def has_demo_people(session: Session) -> bool:
    """Say whether anyone of the roster is invented."""
    return session.execute(select(Person.id).where(Person.demo.is_(True)).limit(1)).first() is not None


def is_invented(session: Session) -> bool:
    """Say whether the roster holds invented people: one row tells, since they never stand beside real ones."""
    return bool(session.execute(select(Person.demo).limit(1)).scalar())
