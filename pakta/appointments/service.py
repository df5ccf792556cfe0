"""Asking for a role to be given or ended, and deciding on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import audit, grants
from pakta.accounts.models import Account, RoleGrant
from pakta.appointments import queries, rules
from pakta.appointments.models import Appointment
from pakta.appointments.rules import State, Wanted
from pakta.core.errors import Reason, Refusal
from pakta.ledger import service as ledger
from pakta.notices import service as notices
from pakta.notices.rules import Kind
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

    def again(self, session: Session) -> Visitor:
        """Return them with the roles that they hold now: what was read before the writer's turn may have ended."""
        return visitor(session, account=self.account)


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed to have a role given: number and unit as written, the role, a title, the reason."""

    number: str = ""
    unit: str = ""
    role: str = ""
    title: str = ""
    reason: str = ""


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


def visitor(session: Session, *, account: Account) -> Visitor:
    """Return an account as one who asks or decides, with the roles that it holds now."""
    held = grants.of_account(session, account=account)
    return Visitor(account, {role: grants.units_with(held, role) for role in Role})


def check_giving(session: Session, *, by: Visitor, typed: Typed, on: date, pepper: Pepper) -> Wish:
    """Return the wish to give a role that may be asked now; nothing is written.

    Refuses with PERSON_UNKNOWN (also outside the visitor's units), UNIT_UNKNOWN, APPOINTMENT_ROLE, APPOINTMENT_OWN,
    PERSON_NOT_ACTIVE, ACCOUNT_UNKNOWN, APPOINTMENT_SAME, REQUEST_REASON or APPOINTMENT_OPEN.
    """
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
    if any((each.role, each.unit_id) == (role, unit.id) for each in grants.of_account(session, account=account)):
        raise Refusal(Reason.APPOINTMENT_SAME)
    title = " ".join(typed.title.split())[: rules.TITLE_MOST] if role is Role.DELEGATE else ""
    wish = Wish(Wanted.GIVE, person, role, unit, title, _reason(typed.reason, person=person), asked_as)
    return _unless_open(session, wish, by=by)


def check_ending(session: Session, *, by: Visitor, grant: RoleGrant, reason: str) -> Wish:
    """Return the wish to end a role that may be asked now; nothing is written.

    Refuses with REQUEST_UNKNOWN, APPOINTMENT_ROLE, APPOINTMENT_LAST_TWO, REQUEST_REASON or APPOINTMENT_OPEN.
    """
    asked_as = by.role_over(grant.unit)
    if asked_as is None or grant.ended_at is not None:
        raise Refusal(Reason.REQUEST_UNKNOWN)
    role, person = _role(grant.role, asked_as=asked_as), grant.account.person
    _check_enough(session, role=role, unit=grant.unit, without=grant.account_id)
    wish = Wish(Wanted.END, person, role, grant.unit, "", _reason(reason, person=person), asked_as)
    return _unless_open(session, wish, by=by)


def give(session: Session, *, by: Visitor, typed: Typed, now: datetime, pepper: Pepper) -> Appointment:
    """Write down that a role is to be given; the same once more changes nothing.  Refuses as `check_giving`."""
    ledger.wait_turn(session)
    by = by.again(session)
    wish = check_giving(session, by=by, typed=typed, on=now.astimezone(units.WIB).date(), pepper=pepper)
    return _entered(session, wish, by=by, now=now)


def end(session: Session, *, by: Visitor, grant_id: int, reason: str, now: datetime) -> Appointment:
    """Write down that a role is to end; the same once more changes nothing.  Refuses as `check_ending`."""
    ledger.wait_turn(session)
    by = by.again(session)
    grant = session.get(RoleGrant, grant_id)
    if grant is None:
        raise Refusal(Reason.REQUEST_UNKNOWN)
    wish = check_ending(session, by=by, grant=grant, reason=reason)
    return _entered(session, wish, by=by, now=now)


def approve(session: Session, *, appointment_id: int, by: Visitor, now: datetime) -> Appointment:
    """Approve as the first or the second administrator; with the second one it is done.

    The same administrator once more changes nothing.  Refuses with REQUEST_UNKNOWN, APPOINTMENT_OWN, REQUEST_CLOSED,
    REQUEST_SAME_PERSON, REQUEST_FIRST_GONE where the first one's approval does not count any more, PERSON_NOT_ACTIVE,
    UNIT_CLOSED or APPOINTMENT_LAST_TWO.
    """
    row, by = _held(session, appointment_id=appointment_id, by=by)
    if not by.administers(row.unit):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    if row.person_id == by.account.person_id:
        raise Refusal(Reason.APPOINTMENT_OWN)
    if _has_approved(row, by=by):
        return row
    if row.outcome is not None:
        raise Refusal(Reason.REQUEST_CLOSED)
    if by.account.id in (row.asked_by_id, row.first_by_id):
        raise Refusal(Reason.REQUEST_SAME_PERSON)
    if row.first_by_id is None:
        row.first_by_id, row.first_at = by.account.id, now
        action = f"peran-setujui-pertama-{row.wanted}"
    else:
        if not grants.still_counts(session, account_id=row.first_by_id, unit=row.unit, since=row.first_at):
            raise Refusal(Reason.REQUEST_FIRST_GONE)
        _carry_out(session, row, by=by, now=now)
        row.outcome, row.decided_by_id, row.decided_at = State.APPROVED.value, by.account.id, now
        action = f"peran-setujui-{row.wanted}"
    session.flush()
    _record(session, row, by=by, action=action, now=now)
    return row


def refuse(session: Session, *, appointment_id: int, by: Visitor, now: datetime) -> Appointment:
    """Refuse as administrator, or withdraw one's own wish; the same once more changes nothing.

    Refuses with REQUEST_UNKNOWN, APPOINTMENT_OWN or REQUEST_CLOSED.
    """
    row, by = _held(session, appointment_id=appointment_id, by=by)
    own = row.asked_by_id == by.account.id
    if not own and row.person_id == by.account.person_id:
        raise Refusal(Reason.APPOINTMENT_OWN)
    outcome = State.WITHDRAWN if own else State.REFUSED
    if (row.outcome, row.decided_by_id) == (outcome.value, by.account.id):
        return row
    if row.outcome is not None:
        raise Refusal(Reason.REQUEST_CLOSED)
    row.outcome, row.decided_by_id, row.decided_at = outcome.value, by.account.id, now
    session.flush()
    _record(session, row, by=by, action=f"peran-{outcome.value}", now=now)
    return row


def state(row: Appointment) -> State:
    """Return how far an appointment has come."""
    return rules.state(outcome=row.outcome, has_first=row.first_at is not None)


def may_see(row: Appointment, *, by: Visitor) -> bool:
    """Say whether the visitor may see an appointment: they asked it, or they administer its unit."""
    return row.asked_by_id == by.account.id or by.administers(row.unit)


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
    if standing is not None and (standing.asked_by_id, standing.wanted) != (by.account.id, wish.wanted.value):
        raise Refusal(Reason.APPOINTMENT_OPEN)
    return wish


def _entered(session: Session, wish: Wish, *, by: Visitor, now: datetime) -> Appointment:
    standing = queries.open_of(session, person=wish.person, role=wish.role, unit=wish.unit)
    if standing is not None:
        return standing
    first = wish.asked_as is Role.ADMINISTRATOR
    row = Appointment(
        wanted=wish.wanted.value,
        person_id=wish.person.id,
        person=wish.person,
        role=wish.role.value,
        unit_id=wish.unit.id,
        unit=wish.unit,
        title=wish.title,
        reason=wish.reason,
        asked_by_id=by.account.id,
        asked_as=wish.asked_as.value,
        asked_at=now,
        first_by_id=by.account.id if first else None,
        first_at=now if first else None,
    )
    session.add(row)
    session.flush()
    _record(session, row, by=by, action=f"peran-minta-{wish.wanted.value}", now=now)
    return row


def _held(session: Session, *, appointment_id: int, by: Visitor) -> tuple[Appointment, Visitor]:
    """Return an appointment that the visitor may see, held until the transaction ends, and them as they stand now."""
    ledger.wait_turn(session)
    by = by.again(session)
    wanted = select(Appointment).where(Appointment.id == appointment_id).with_for_update(of=Appointment)
    row = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None or not may_see(row, by=by):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    return row, by


def _has_approved(row: Appointment, *, by: Visitor) -> bool:
    """Say whether nothing is left to do for an administrator who approves."""
    if row.outcome is not None:
        return (row.outcome, row.decided_by_id) == (State.APPROVED.value, by.account.id)
    return row.first_by_id == by.account.id != row.asked_by_id


def _carry_out(session: Session, row: Appointment, *, by: Visitor, now: datetime) -> None:
    """Give or end the role, and tell the person."""
    role = Role(row.role)
    if row.wanted == Wanted.GIVE:
        if row.person.status in LEFT or by.role_over(row.person.unit) is None:
            raise Refusal(Reason.PERSON_NOT_ACTIVE)
        if not units.is_open(session, unit=row.unit, on=now.astimezone(units.WIB).date()):
            raise Refusal(Reason.UNIT_CLOSED, row.unit.code)
        grants.grant_role(session, person=row.person, role=role, unit=row.unit, now=now, by=by.account)
    else:
        account = grants.account_of(session, person=row.person)
        _check_enough(session, role=role, unit=row.unit, without=account.id)
        for grant in grants.of_account(session, account=account):
            if (grant.role, grant.unit_id) == (role, row.unit_id):
                grants.end_role(session, grant=grant, now=now, by=by.account)
    kind = Kind.ROLE_GIVEN if row.wanted == Wanted.GIVE else Kind.ROLE_ENDED
    notices.tell(
        session, person_id=row.person_id, kind=kind, facts={"role": row.role, "unit": row.unit.name}, now=now
    )


def _check_enough(session: Session, *, role: Role, unit: Unit, without: int) -> None:
    """Refuse to leave a unit with fewer administrators than it takes to act."""
    if role is not Role.ADMINISTRATOR:
        return
    person_id = session.get_one(Account, without).person_id
    grants.check_enough(session, unit=unit, without=[person_id])


def _record(session: Session, row: Appointment, *, by: Visitor, action: str, now: datetime) -> None:
    audit.record(
        session,
        account_id=by.account.id,
        action=action,
        person_id=row.person_id,
        unit_id=row.unit_id,
        detail=row.role,
        now=now,
    )
