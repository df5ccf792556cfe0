"""Asking for a role to be given or ended, and deciding on it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import audit, grants
from pakta.accounts.models import RoleGrant
from pakta.appointments import queries, rules, wishes
from pakta.appointments.models import Appointment
from pakta.appointments.rules import State, Wanted
from pakta.appointments.wishes import Typed, Visitor, Wish
from pakta.core.errors import Reason, Refusal
from pakta.ledger import service as ledger
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.roles import Role
from pakta.roster import correcting
from pakta.roster import rules as roster_rules
from pakta.roster.models import Unit
from pakta.roster.rules import LEFT, Pepper

TOLD = {Wanted.GIVE: Kind.ROLE_GIVEN, Wanted.PROLONG: Kind.ROLE_PROLONGED, Wanted.END: Kind.ROLE_ENDED}


def give(session: Session, *, by: Visitor, typed: Typed, now: datetime, pepper: Pepper) -> Appointment:
    """Write down that a role is to be given; the same once more changes nothing.  Refuses as `check_giving`."""
    ledger.wait_turn(session)
    by = by.again(session, now=now)
    wish = wishes.check_giving(session, by=by, typed=typed, now=now, pepper=pepper)
    return _entered(session, wish, by=by, now=now)


def end(session: Session, *, by: Visitor, grant_id: int, reason: str, now: datetime) -> Appointment:
    """Write down that a role is to end; the same once more changes nothing.  Refuses as `check_ending`."""
    ledger.wait_turn(session)
    by = by.again(session, now=now)
    grant = session.get(RoleGrant, grant_id)
    if grant is None:
        raise Refusal(Reason.REQUEST_UNKNOWN)
    wish = wishes.check_ending(session, by=by, grant=grant, reason=reason, now=now)
    return _entered(session, wish, by=by, now=now)


def prolong(session: Session, *, by: Visitor, grant_id: int, until: str, reason: str, now: datetime) -> Appointment:
    """Write down that a role is to get another last day; the same once more changes nothing.

    Refuses as `check_prolonging`.
    """
    ledger.wait_turn(session)
    by = by.again(session, now=now)
    grant = session.get(RoleGrant, grant_id)
    if grant is None:
        raise Refusal(Reason.REQUEST_UNKNOWN)
    wish = wishes.check_prolonging(session, by=by, grant=grant, until=until, reason=reason, now=now)
    return _entered(session, wish, by=by, now=now)


def approve(session: Session, *, appointment_id: int, by: Visitor, now: datetime) -> Appointment:
    """Approve as the first or the second administrator; with the second one it is done.

    The same administrator once more changes nothing.  Refuses with REQUEST_UNKNOWN, APPOINTMENT_OWN, REQUEST_CLOSED,
    REQUEST_SAME_PERSON, REQUEST_FIRST_GONE where the first one's approval does not count any more, PERSON_NOT_ACTIVE,
    UNIT_CLOSED, APPOINTMENT_LAST_TWO, APPOINTMENT_DAY where the last day that was asked for is over, or
    APPOINTMENT_OVER where the role that is to end has ended since.
    """
    correcting.wait(session)  # no unit ends meanwhile (`structure`)
    row, by = _held(session, appointment_id=appointment_id, by=by, now=now)
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
        if not grants.still_counts(session, account_id=row.first_by_id, unit=row.unit, since=row.first_at, now=now):
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
    row, by = _held(session, appointment_id=appointment_id, by=by, now=now)
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
    if row.asked_by is not None and not own:
        facts: dict[str, str | int] = {**_facts(row.role, row.unit, None, row.title), "appointment": row.id}
        notices.tell(session, person_id=row.asked_by.person_id, kind=Kind.APPOINTMENT_REFUSED, facts=facts, now=now)
    return row


def lapse(session: Session, *, now: datetime) -> int | None:
    """End the roles whose last day is over, and tell who held them; return how many.

    While an import or a merger is being written nothing is done, and nothing waits: None.

    Who left, or left and came back, held them no more, and is told nothing.  Heads whose unit has closed since,
    or is no office any more, sign as others do.
    """
    if not grants.over(session, now=now) and not grants.signing_otherwise(session, now=now):
        return 0
    if not correcting.begin(session):
        return None
    ledger.wait_turn(session)
    found = grants.over(session, now=now)
    for grant in found:
        person = grant.account.person
        grants.end_role(session, grant=grant, now=now, action="peran-habis")
        if person.status not in LEFT and grant.is_since_return(person):
            title = queries.titles(session, holders=[grant])[grant.id]
            facts = _facts(grant.role, grant.unit, grant.last_on, title)
            notices.tell(session, person_id=person.id, kind=Kind.ROLE_LAPSED, now=now, facts=facts)
    grants.set_all_signing(session, now=now)
    return len(found)


def state(row: Appointment) -> State:
    """Return how far an appointment has come."""
    return rules.state(outcome=row.outcome, has_first=row.first_at is not None)


def may_see(row: Appointment, *, by: Visitor) -> bool:
    """Say whether the visitor administers an appointment's unit, or asked it and still holds a role over the unit."""
    own = row.asked_by_id == by.account.id and by.role_over(row.unit) is not None
    return own or by.administers(row.unit)


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
        last_on=wish.last_on,
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


def _held(session: Session, *, appointment_id: int, by: Visitor, now: datetime) -> tuple[Appointment, Visitor]:
    """Return an appointment that the visitor may see, held until the transaction ends, and them as they stand now."""
    ledger.wait_turn(session)
    by = by.again(session, now=now)
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
    """Give, prolong or end the role, and tell the person."""
    role, on, title = Role(row.role), roster_rules.day_of(now), row.title
    if row.wanted != Wanted.END:
        wishes.check_still_there(session, by=by, person=row.person, unit=row.unit, on=on)
        if row.last_on is not None and row.last_on < on:
            raise Refusal(Reason.APPOINTMENT_DAY)
        grant = grants.grant_role(
            session, person=row.person, role=role, unit=row.unit, now=now, by=by.account, last_on=row.last_on
        )
        grants.set_last_day(session, grant=grant, last_on=row.last_on, now=now, by=by.account)
    else:
        account = grants.account_of(session, person=row.person)
        held = grants.of_account(session, account=account, now=now)
        ending = [grant for grant in held if (grant.role, grant.unit_id) == (role, row.unit_id)]
        if not ending:
            raise Refusal(Reason.APPOINTMENT_OVER)
        title = queries.titles(session, holders=ending)[ending[0].id]
        grants.check_enough(session, gone=ending, now=now)
        for grant in ending:
            grants.end_role(session, grant=grant, now=now, by=by.account)
    notices.tell(
        session, person_id=row.person_id, kind=TOLD[Wanted(row.wanted)], now=now,
        facts=_facts(row.role, row.unit, row.last_on, title),
    )  # fmt: skip


def _facts(role: str, unit: Unit, last_on: date | None, title: str) -> dict[str, str]:
    until = {"until": last_on.isoformat()} if last_on else {}
    return {"role": role, "unit": unit.name} | until | ({"title": title} if title else {})


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
