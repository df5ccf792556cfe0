"""Recovery: a new slip for a person whose keys are lost, granted by two administrators.

Rules  one administrator asks, another approves, neither of them is the person; both administer every
       unit over which the person holds a role, but one of watching another institution
       (docs/decisions/0098); the reason is written down.
       Approval revokes every key (with ledger entries), ends every session, and makes a slip whose
       enrolment is recorded as a recovery for ever.  The person sees every request in their account.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from pakta import asker
from pakta.accounts import audit, grants, keys, sessions, slips
from pakta.accounts.models import Account, Recovery, RoleGrant, Slip
from pakta.accounts.rules import Pepper
from pakta.core.errors import Reason, Refusal
from pakta.ledger import service as ledger
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.roster import rules as roster_rules
from pakta.roster import scope
from pakta.roster.models import Person, Unit

REASON_LEAST, REASON_MOST = 10, 400  # characters


def request(
    session: Session,
    *,
    by: Account,
    administered: Sequence[Unit],
    number: str,
    reason: str,
    now: datetime,
    pepper: Pepper,
) -> Recovery:
    """Ask for a recovery of the person with this number.

    administered  the units over which `by` is administrator

    Refuses with RECOVERY_REASON, PERSON_UNKNOWN (also outside the units), RECOVERY_OWN,
    ACCOUNT_UNKNOWN, ROLE_BEYOND or RECOVERY_OPEN.
    """
    if len(" ".join(reason.split())) < REASON_LEAST:
        raise Refusal(Reason.RECOVERY_REASON)
    person = _person(session, number=number, administered=administered, pepper=pepper)
    if person.id == by.person_id:
        raise Refusal(Reason.RECOVERY_OWN)
    account = grants.account_of(session, person=person)
    grants.check_reached(roles=grants.of_account(session, account=account, now=now), granted=administered)
    reason = roster_rules.without_numbers(" ".join(reason.split()), own=person.number)
    if len(reason) > REASON_MOST:
        raise Refusal(Reason.RECOVERY_REASON)
    if any(is_open(row) for row in of_person(session, person=person)):
        raise Refusal(Reason.RECOVERY_OPEN)
    row = Recovery(person_id=person.id, person=person, reason=reason, requested_by_id=by.id, requested_at=now)
    session.add(row)
    session.flush()
    notices.tell(session, person_id=person.id, kind=Kind.RECOVERY_ASKED, facts={}, now=now)
    _record(session, row=row, by=by, action="pemulihan-minta", now=now, detail=reason)
    return row


def approve(
    session: Session,
    *,
    recovery_id: int,
    by: Account,
    now: datetime,
    pepper: Pepper,
) -> tuple[Recovery, str]:
    """Approve a recovery as the second administrator; return it and the new slip's code, once.

    Refuses with PERSON_UNKNOWN, RECOVERY_CLOSED, RECOVERY_SAME_PERSON, RECOVERY_OWN,
    ROLE_BEYOND, RECOVERY_REQUESTER where the first one's request does not count any more
    (`grants.still_reaches`), or PERSON_NOT_ACTIVE.
    """
    row = _open_row(session, recovery_id=recovery_id, by=by, now=now)
    if row.requested_by_id == by.id:
        raise Refusal(Reason.RECOVERY_SAME_PERSON)
    if row.person_id == by.person_id:
        raise Refusal(Reason.RECOVERY_OWN)
    account = grants.account_of(session, person=row.person)
    held = grants.of_account(session, account=account, now=now)
    grants.check_reached(roles=held, granted=grants.administered(session, account=by, now=now))
    _check_requester(session, row=row, held=held, now=now)
    for key in keys.hold(session, person_id=row.person_id):
        keys.revoke(session, key=key, now=now)
    account.passphrase = None
    sessions.end_all(session, account=account, now=now)
    code = slips.print_slip(session, person=row.person, purpose="recovery", now=now, pepper=pepper)
    slip = slips.by_code(session, code=code, pepper=pepper)
    row.approved_by_id, row.approved_at, row.slip_id = by.id, now, slip.id
    session.flush()
    notices.tell(session, person_id=row.person_id, kind=Kind.RECOVERY_APPROVED, facts={}, now=now)
    _record(session, row=row, by=by, action="pemulihan-setujui", now=now)
    return row, code


def refuse(session: Session, *, recovery_id: int, by: Account, now: datetime) -> Recovery:
    """Refuse a recovery, or withdraw one's own request.

    Refuses with PERSON_UNKNOWN, RECOVERY_CLOSED, or ROLE_BEYOND where another has asked it who reaches more.
    """
    row = _open_row(session, recovery_id=recovery_id, by=by, now=now)
    if row.requested_by_id != by.id:
        held = grants.of_people(session, people=[row.person_id], now=now)
        grants.check_reached(roles=held, granted=grants.administered(session, account=by, now=now))
    row.refused_at = now
    session.flush()
    _record(session, row=row, by=by, action="pemulihan-tolak", now=now)
    return row


def is_open(row: Recovery) -> bool:
    """Say whether a recovery still waits for the second administrator."""
    return row.approved_at is None and row.refused_at is None


def state(session: Session, row: Recovery, *, now: datetime) -> str:
    """Return how far a recovery has come.

    menunggu, ditolak, disetujui or selesai; or how its slip died unused: diganti (a newer one, or a role that came
    later, ended it) or kedaluwarsa
    """
    if row.refused_at is not None:
        return "ditolak"
    if row.approved_at is None or row.slip_id is None:
        return "menunggu"
    slip = session.get_one(Slip, row.slip_id)
    if slip.used_at is not None:
        return "selesai"
    if slip.cancelled_at is not None:
        return "diganti"
    return "kedaluwarsa" if now >= slip.expires_at else "disetujui"


def of_person(session: Session, *, person: Person) -> Sequence[Recovery]:
    """Return the recoveries asked for a person, newest first."""
    rows = select(Recovery).where(Recovery.person_id == person.id).order_by(Recovery.id.desc())
    return session.execute(rows).scalars().all()


# What counts, for the menu, the recoveries that wait for the visitor: not their own, and of no role `beyond` them.
WAITING: Select[int] = (
    select(func.count())
    .select_from(Recovery)
    .where(
        scope.person_clause(Recovery.person_id, asker.ADMINISTERS),
        Recovery.approved_at.is_(None),
        Recovery.refused_at.is_(None),
    )
    .where(Recovery.requested_by_id.is_distinct_from(asker.ACCOUNT), Recovery.person_id != asker.PERSON)
    .where(~grants.beyond(Recovery.person_id, asker.ADMINISTERS, on=asker.TODAY))
)


def in_units(session: Session, *, administered: Sequence[Unit], limit: int = 100) -> Sequence[Recovery]:
    """Return the newest recoveries of people in these units."""
    rows = (
        select(Recovery)
        .join(Recovery.person)
        .join(Unit, Unit.id == Person.unit_id)
        .where(scope.subtree_clause(administered))
        .order_by(Recovery.id.desc())
        .limit(limit)
    )
    return session.execute(rows).scalars().unique().all()


def _person(session: Session, *, number: str, administered: Sequence[Unit], pepper: Pepper) -> Person:
    wanted = select(Person).where(Person.number_lookup == roster_rules.lookup(number[:64], pepper=pepper))
    person = session.execute(wanted).scalar_one_or_none()
    if person is None or not scope.in_scope(administered, person.unit):
        raise Refusal(Reason.PERSON_UNKNOWN)
    return person


def _open_row(session: Session, *, recovery_id: int, by: Account, now: datetime) -> Recovery:
    ledger.wait_turn(session)
    administered = grants.administered(session, account=by, now=now)  # freshly: the turn may have been long in coming
    wanted = select(Recovery).where(Recovery.id == recovery_id).with_for_update(of=Recovery)
    row = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None or not scope.in_scope(administered, row.person.unit):
        raise Refusal(Reason.PERSON_UNKNOWN)
    if not is_open(row):
        raise Refusal(Reason.RECOVERY_CLOSED)
    return row


def _check_requester(session: Session, *, row: Recovery, held: Sequence[RoleGrant], now: datetime) -> None:
    by, since = row.requested_by_id, row.requested_at
    if not grants.still_reaches(session, account_id=by, unit=row.person.unit, roles=held, since=since, now=now):
        raise Refusal(Reason.RECOVERY_REQUESTER)


def _record(session: Session, *, row: Recovery, by: Account, action: str, now: datetime, detail: str = "") -> None:
    audit.record(
        session,
        account_id=by.id,
        action=action,
        person_id=row.person_id,
        unit_id=row.person.unit_id,
        detail=detail,
        now=now,
    )
