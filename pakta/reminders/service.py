"""Who is to be reminded, noting it, and the switch of automatic e-mail.

Locks  `note` holds the person's row: who signs shares it, so a signature is seen or waits; no two workers note one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select, update
from sqlalchemy.orm import Session

from pakta.accounts import audit
from pakta.accounts.models import Account
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.objections import service as objections
from pakta.reminders import rules
from pakta.reminders.models import Reminder, ReminderSwitch
from pakta.reminders.rules import State, Way
from pakta.roster import asks, counters, lists, queries, scope
from pakta.roster import rules as roster_rules
from pakta.roster.models import Person, Unit


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail that is noted and now to be handed over; of the person no more than it needs."""

    reminder_id: int
    email: str
    name: str
    edition: Edition


@dataclass(frozen=True, slots=True)
class Reached:
    """How a person can be reached, and how they were: the number for WhatsApp, and the newest of each way.

    objects  they said that they object: nobody reminds them
    mails    how many automatic ones count, of the edition that is asked
    """

    objects: bool
    whatsapp: str
    email: bool
    opened: Reminder | None
    mailed: Reminder | None
    mails: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """For whom a unit waits.

    objecting  how many of those who have not signed object, as `objections.count` has it: nobody waits for them
    closes_on  the first day on which a text closes that somebody is asked who is waited for; None: for nobody
    """

    share: queries.Share
    objecting: int
    closes_on: date | None

    @property
    def counts(self) -> tuple[int, int] | None:
        """Return for how many it waits, and of how many; None where more object than are counted."""
        if self.objecting > objections.COUNTED:
            return None
        return self.share.unsigned - self.objecting, self.share.total


def asked(session: Session, *, now: datetime) -> tuple[Mapping[str, Edition], tuple[asks.Ask, ...]]:
    """Return the open editions by code, and of whom they are asked."""
    found = editions.open_editions(session, now=now)
    return {edition.code: edition for edition in found}, editions.asking(found)


def waiting(session: Session, *, unit: Unit, now: datetime) -> Waiting:
    """Return for whom a unit and all below it wait."""
    found, asking = asked(session, now=now)
    objecting, days = 0, []
    for ask in asking:
        unsigned = queries.share(session, unit=unit, asked=[ask]).unsigned
        left_alone = objections.count(session, within=unit, asked=[ask]) if unsigned else 0
        objecting += left_alone
        if unsigned > left_alone:
            days.append(found[ask.edition_code].closes_on)
    share = queries.share(session, unit=unit, asked=asking)
    return Waiting(share=share, objecting=objecting, closes_on=min(days, default=None))


def reached(session: Session, *, person_ids: Sequence[int], asking: Sequence[asks.Ask]) -> Mapping[int, Reached]:
    """Return how people of one page can be reached and were; `asking` is what is asked of them."""
    objecting = objections.objectors(session, person_ids=person_ids, asked=asking)
    given: dict[int, list[Reminder]] = {each: [] for each in person_ids}
    for row in session.scalars(select(Reminder).where(Reminder.person_id.in_(person_ids)).order_by(Reminder.id)):
        given[row.person_id].append(row)
    found = session.execute(select(Person.id, Person.phone, Person.email).where(Person.id.in_(person_ids)))
    return {
        person_id: _reached(phone, email, given[person_id], objects=person_id in objecting)
        for person_id, phone, email in found
    }


def _reached(phone: str, email: str, given: Sequence[Reminder], *, objects: bool) -> Reached:
    mails = [row for row in given if row.way == Way.EMAIL]
    counted = [row for row in mails if row.state in rules.COUNTED and row.edition_code == mails[-1].edition_code]
    return Reached(
        objects=objects,
        whatsapp=rules.whatsapp_number(phone),
        email=rules.is_usable(email),
        opened=next((row for row in reversed(given) if row.way == Way.WHATSAPP), None),
        mailed=max(mails, key=lambda row: row.noted_at, default=None),
        mails=len(counted),
    )


def open_whatsapp(
    session: Session, *, by: Account, unit: Unit, person_id: int, now: datetime
) -> tuple[str, Edition] | None:
    """Note that WhatsApp is opened for somebody; return their number and what they are asked.

    None, and nothing noted, where they stand elsewhere, are asked nothing, have signed, object, or have no mobile
    number.
    """
    found, asking = asked(session, now=now)
    wanted = lists.unsigned_query(tuple(asking)).where(Person.id == person_id, scope.subtree_clause([unit]))
    if session.execute(wanted.where(~objections.objecting(asking))).first() is None:
        return None
    person = session.get_one(Person, person_id)
    number = rules.whatsapp_number(person.phone)
    code = asks.edition_of(asking, signs_as=person.signs_as, kind=person.kind)
    if not number or code is None:
        return None
    row = Reminder(
        person_id=person.id, edition_code=code, way=Way.WHATSAPP.value, state=State.OPENED.value, account_id=by.id,
        noted_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(
        session, account_id=by.id, action="ingatkan-dibuka", unit_id=person.unit_id, person_id=person.id, now=now
    )
    return number, found[code]


def switches(session: Session, *, unit: Unit) -> list[tuple[Unit, ReminderSwitch]]:
    """Return the switches that reach a unit: its own, on or off, and those of units above that are on."""
    ids = counters.lineage(unit.path)
    rows = select(Unit, ReminderSwitch).join(ReminderSwitch, ReminderSwitch.unit_id == Unit.id)
    wanted = rows.where(Unit.id.in_(ids), or_(ReminderSwitch.is_on, Unit.id == unit.id)).order_by(Unit.path)
    return [(of, row) for of, row in session.execute(wanted)]


def switch(session: Session, *, by: Account, unit: Unit, on: bool, now: datetime) -> None:
    """Turn automatic e-mail of a unit and all below it on or off; the same again changes nothing."""
    session.execute(select(Unit.id).where(Unit.id == unit.id).with_for_update())
    row = session.get(ReminderSwitch, unit.id)
    if row is None:
        row = ReminderSwitch(unit_id=unit.id, is_on=False)
        session.add(row)
    elif row.is_on == on:
        return
    row.is_on, row.changed_by_id, row.changed_at = on, by.id, now
    session.flush()
    action = "pengingat-nyala" if on else "pengingat-mati"
    audit.record(session, account_id=by.id, action=action, unit_id=unit.id, now=now)


def due(session: Session, *, now: datetime, most: int) -> list[int]:
    """Return people to whom an automatic e-mail is due at this moment, at most so many.

    First come those to whom none was ever begun, then whose last one is longest ago: nobody's turn is taken by others
    whose letters are refused again and again.
    """
    query, begun = _due(session, now=now), _mailed()
    found = list(session.scalars(query.where(~exists(begun)).order_by(Person.id).limit(most)))
    if len(found) < most:
        last = begun.with_only_columns(func.max(Reminder.noted_at)).scalar_subquery()
        later = query.where(exists(begun)).order_by(last, Person.id)
        found += session.scalars(later.limit(most - len(found)))
    return found


def note(session: Session, *, person_id: int, now: datetime) -> Letter | None:
    """Note that an e-mail is handed over now, if it is still due; None where nothing is to be sent.

    An address that no mail server takes is noted as refused.
    """
    wanted = select(Person).where(Person.id == person_id).with_for_update(of=Person)
    person = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if person is None or not rules.is_hour(now):
        return None
    if session.scalar(_due(session, now=now).where(Person.id == person_id)) is None:
        return None
    found, asking = asked(session, now=now)
    code = asks.edition_of(asking, signs_as=person.signs_as, kind=person.kind)
    edition = found[code or ""]
    row = _failed(session, person_id=person_id, code=edition.code) or Reminder(
        person_id=person_id, edition_code=edition.code, way=Way.EMAIL.value, tries=0
    )
    usable = rules.is_usable(person.email)
    row.state = (State.NOTED if usable else State.REFUSED).value
    row.noted_at, row.tries = now, row.tries + 1
    session.add(row)
    session.flush()
    name = roster_rules.without_numbers(person.name, own=person.number)
    return Letter(row.id, person.email, name, edition) if usable else None


def settle(session: Session, *, reminder_id: int, state: State) -> None:
    """Keep what came of a letter; its person may have been erased meanwhile.

    One that was not handed over counts as refused after so many tries.
    """
    given_up = case((Reminder.tries >= rules.TRIES, State.REFUSED.value), else_=State.FAILED.value)
    kept = given_up if state is State.FAILED else state.value
    session.execute(update(Reminder).where(Reminder.id == reminder_id).values(state=kept))


def _failed(session: Session, *, person_id: int, code: str) -> Reminder | None:
    """Return the row of an e-mail that surely was not handed over: the same one is begun again."""
    wanted = select(Reminder).where(Reminder.person_id == person_id, Reminder.edition_code == code)
    failed = wanted.where(Reminder.way == Way.EMAIL.value, Reminder.state == State.FAILED.value)
    return session.scalars(failed.order_by(Reminder.id.desc()).limit(1)).one_or_none()


def _due(session: Session, *, now: datetime) -> Select[Any]:
    """Return the query of people who have not signed, whose unit is switched on, and whose turn it is."""
    on = session.scalars(
        select(Unit).join(ReminderSwitch, ReminderSwitch.unit_id == Unit.id).where(ReminderSwitch.is_on)
    ).all()
    _, asking = asked(session, now=now)
    query = lists.unsigned_query(tuple(asking)).with_only_columns(Person.id, maintain_column_froms=True)
    left = or_(false(), *(and_(asks.asked_clause(ask), _counted_of(ask.edition_code) < rules.MOST) for ask in asking))
    lately = _mailed(*rules.COUNTED).where(Reminder.noted_at > now - rules.APART)
    objecting = objections.objecting(asking)  # who has said no is left alone
    resting = or_(
        *(and_(Reminder.tries == tries, Reminder.noted_at > now - rest) for tries, rest in enumerate(rules.AGAIN, 1))
    )
    failed = _mailed(State.FAILED).where(resting)
    return query.where(
        scope.subtree_clause(on), Person.email != "", left, ~exists(lately), ~exists(failed), ~objecting
    )


def _mailed(*states: State) -> Select[Any]:
    """Return the query of a person's e-mails: of those in one of these states, or of all."""
    own = select(Reminder.id).where(Reminder.person_id == Person.id, Reminder.way == Way.EMAIL.value)
    wanted = own.where(Reminder.state.in_([each.value for each in states])) if states else own
    return wanted.correlate(Person)


def _counted_of(code: str) -> ColumnElement[int]:
    of_edition = _mailed(*rules.COUNTED).where(Reminder.edition_code == code)
    return of_edition.with_only_columns(func.count(Reminder.id)).scalar_subquery()
