"""What somebody wants done with a role: who they are, what they typed, and whether it may be asked now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from pakta.accounts import grants
from pakta.accounts.models import Account, RoleGrant
from pakta.appointments import queries, rules
from pakta.appointments.rules import Wanted
from pakta.core.errors import Reason, Refusal
from pakta.roles import Role
from pakta.roster import rules as roster_rules
from pakta.roster import scope, units
from pakta.roster import service as roster
from pakta.roster.models import Person, Unit
from pakta.roster.rules import LEFT, Pepper


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks or decides: their account, and the units over which they hold which role."""

    account: Account
    units: dict[Role, list[Unit]]

    def role_over(self, unit: Unit) -> Role | None:
        """Return the role in which they stand over a unit, the strongest first, or None."""
        return next((role for role in rules.MAY_ASK if scope.in_scope(self.units.get(role, []), unit)), None)

    def administers(self, unit: Unit) -> bool:
        """Say whether they are administrator over a unit."""
        return scope.in_scope(self.units.get(Role.ADMINISTRATOR, []), unit)

    def again(self, session: Session, *, now: datetime) -> Visitor:
        """Return them with the roles that they hold now: what was read before the writer's turn may have ended."""
        return visitor(session, account=self.account, now=now)


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed to have a role given: number and unit as written, the role, a title, the reason, a day."""

    number: str = ""
    unit: str = ""
    role: str = ""
    title: str = ""
    reason: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """A role that somebody wants given or ended, checked; the reason holds no identity number."""

    wanted: Wanted
    person: Person
    role: Role
    unit: Unit
    title: str
    reason: str
    asked_as: Role
    last_on: date | None = None


def visitor(session: Session, *, account: Account, now: datetime) -> Visitor:
    """Return an account as one who asks or decides, with the roles that it holds now."""
    held = grants.reaching(session, account=account, now=now)
    return Visitor(account, {role: grants.units_with(held, role) for role in Role})


def check_giving(session: Session, *, by: Visitor, typed: Typed, now: datetime, pepper: Pepper) -> Wish:
    """Return the wish to give a role that may be asked now; nothing is written.

    Refuses with PERSON_UNKNOWN (also outside the visitor's units), UNIT_UNKNOWN, APPOINTMENT_ROLE, APPOINTMENT_OWN,
    PERSON_NOT_ACTIVE, ACCOUNT_UNKNOWN, APPOINTMENT_SAME, APPOINTMENT_DAY, REQUEST_REASON or APPOINTMENT_OPEN.
    """
    on = roster_rules.day_of(now)
    person = roster.person_by_number(session, number=typed.number[:64], pepper=pepper)
    if person is None or by.role_over(person.unit) is None:
        raise Refusal(Reason.PERSON_UNKNOWN)
    unit = units.by_code(session, code=typed.unit.strip()[:40])
    asked_as = by.role_over(unit) if unit is not None else None
    if unit is None or asked_as is None or not units.is_open(session, unit=unit, on=on):
        raise Refusal(Reason.UNIT_UNKNOWN, typed.unit[:40] or "–")
    role = _role(typed.role, asked_as=asked_as)
    if person.id == by.account.person_id:
        raise Refusal(Reason.APPOINTMENT_OWN)
    if person.status in LEFT:
        raise Refusal(Reason.PERSON_NOT_ACTIVE)
    account = grants.account_of(session, person=person)
    held = grants.of_account(session, account=account, now=now)
    if any((each.role, each.unit_id) == (role, unit.id) for each in held):
        raise Refusal(Reason.APPOINTMENT_SAME)
    title = " ".join(typed.title.split())[: rules.TITLE_MOST] if role is Role.DELEGATE else ""
    last_on = rules.last_day(typed.until, role=role, on=on)
    wish = Wish(Wanted.GIVE, person, role, unit, title, _reason(typed.reason, person=person), asked_as, last_on)
    return _unless_open(session, wish, by=by)


def check_prolonging(
    session: Session, *, by: Visitor, grant: RoleGrant, until: str, reason: str, now: datetime
) -> Wish:
    """Return the wish that a role gets another last day, or none; nothing is written.

    Refuses with REQUEST_UNKNOWN, APPOINTMENT_ROLE, APPOINTMENT_OWN, PERSON_NOT_ACTIVE (also outside the visitor's
    units), UNIT_CLOSED, APPOINTMENT_DAY, also where it stays the same, REQUEST_REASON or APPOINTMENT_OPEN.
    """
    asked_as, person, on = by.role_over(grant.unit), grant.account.person, roster_rules.day_of(now)
    stands = grant.counts_for(person, on=on)
    if asked_as is None or not (stands or queries.has_lapsed(session, grant=grant, now=now)):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    role = _role(grant.role, asked_as=asked_as)
    if person.id == by.account.person_id:
        raise Refusal(Reason.APPOINTMENT_OWN)
    check_still_there(session, by=by, person=person, unit=grant.unit, on=on)
    last_on = rules.last_day(until, role=role, on=on)
    if last_on == grant.last_on:
        raise Refusal(Reason.APPOINTMENT_DAY)
    title = queries.titles(session, holders=[grant])[grant.id]
    said = _reason(reason, person=person)
    wish = Wish(Wanted.PROLONG, person, role, grant.unit, title, said, asked_as, last_on)
    return _unless_open(session, wish, by=by)


def check_ending(session: Session, *, by: Visitor, grant: RoleGrant, reason: str, now: datetime) -> Wish:
    """Return the wish to end a role that may be asked now; nothing is written.

    Refuses with REQUEST_UNKNOWN, APPOINTMENT_ROLE, APPOINTMENT_LAST_TWO, REQUEST_REASON or APPOINTMENT_OPEN.
    """
    asked_as = by.role_over(grant.unit)
    person = grant.account.person
    if asked_as is None or not grant.counts_for(person, on=roster_rules.day_of(now)):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    role = _role(grant.role, asked_as=asked_as)
    grants.check_enough(session, gone=[grant], now=now)
    wish = Wish(Wanted.END, person, role, grant.unit, "", _reason(reason, person=person), asked_as)
    return _unless_open(session, wish, by=by)


def _role(text: str, *, asked_as: Role) -> Role:
    found = next((role for role in rules.MAY_ASK[asked_as] if role.value == text), None)
    if found is None:
        raise Refusal(Reason.APPOINTMENT_ROLE)
    return found


def _reason(text: str, *, person: Person) -> str:
    reason = roster_rules.without_numbers(" ".join(text.split()), own=person.number)
    if not rules.REASON_LEAST <= len(reason) <= rules.REASON_MOST:
        raise Refusal(Reason.REQUEST_REASON)
    return reason


def _unless_open(session: Session, wish: Wish, *, by: Visitor) -> Wish:
    standing = queries.open_of(session, person=wish.person, role=wish.role, unit=wish.unit)
    same = (by.account.id, wish.wanted.value, wish.last_on)
    if standing is not None and (standing.asked_by_id, standing.wanted, standing.last_on) != same:
        raise Refusal(Reason.APPOINTMENT_OPEN)
    return wish


def check_still_there(session: Session, *, by: Visitor, person: Person, unit: Unit, on: date) -> None:
    """Refuse with PERSON_NOT_ACTIVE or UNIT_CLOSED where a role could not be given or prolonged today."""
    if person.status in LEFT or by.role_over(person.unit) is None:
        raise Refusal(Reason.PERSON_NOT_ACTIVE)
    if not units.is_open(session, unit=unit, on=on):
        raise Refusal(Reason.UNIT_CLOSED, unit.code)
