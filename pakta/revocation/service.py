"""Asking for a change of status, deciding on it, and suspending at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from pakta.accounts import grants
from pakta.accounts import service as accounts
from pakta.accounts.models import Account
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.disputes import service as disputes
from pakta.keyring import Keyring
from pakta.ledger import service as ledger
from pakta.revocation import rules
from pakta.revocation.models import StatusRequest
from pakta.revocation.rules import State, Wanted
from pakta.roles import Role
from pakta.roster import rules as roster_rules
from pakta.roster import scope
from pakta.roster.models import Unit


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks or decides: their account, and the units over which they hold which role."""

    account: Account
    units: dict[Role, list[Unit]]

    def role_over(self, unit: Unit) -> Role | None:
        """Return the role in which they stand over a unit, the strongest first, or None."""
        asking = (Role.ADMINISTRATOR, Role.HEAD, Role.DELEGATE, Role.SUPERVISOR)
        return next((role for role in asking if scope.in_scope(self.units.get(role, []), unit)), None)

    def again(self, session: Session, *, now: datetime) -> Visitor:
        """Return them with the roles that they hold now: what was read before the writer's turn may have ended."""
        held = grants.reaching(session, account=self.account, now=now)
        return Visitor(self.account, {role: grants.units_with(held, role) for role in Role})

    def administers(self, row: IssuedCredential) -> bool:
        """Say whether they are administrator of a certificate's owner."""
        return self.role_over(row.person.unit) is Role.ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed: what they want, the class of reason, and the reason."""

    wanted: str
    reason_class: str
    reason: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done to a certificate, checked; the reason holds no identity number."""

    row: IssuedCredential
    role: Role
    wanted: Wanted
    reason_class: ReasonClass
    reason: str


def find(session: Session, *, by: Visitor, number: str) -> IssuedCredential:
    """Return the certificate with this number if the visitor may ask something of it.

    Refuses with CERTIFICATE_UNKNOWN, also outside their units, and as `core.number` does.
    """
    row = certificates.require(session, text=number)
    if by.role_over(row.person.unit) is None:
        raise Refusal(Reason.CERTIFICATE_UNKNOWN)
    return row


def check(session: Session, *, by: Visitor, number: str, typed: Typed) -> Wish:
    """Return a wish that may be asked now; nothing is written.

    Refuses as `find` does, and with REQUEST_OWN, STATUS_FINAL, STATUS_SAME, NOT_ALLOWED, REQUEST_CLASS,
    DISPUTE_NOT_UPHELD, REQUEST_REASON, DISPUTE_OPEN, or REQUEST_OPEN where another request about it is open.
    """
    row = find(session, by=by, number=number)
    role = by.role_over(row.person.unit)
    if role is None or row.person_id == by.account.person_id:
        raise Refusal(Reason.REQUEST_OWN)
    chosen = _possible(row, wanted=typed.wanted, administers=role is Role.ADMINISTRATOR)
    classes = {each.value: each for each in rules.CLASSES[chosen]}
    reason_class = ReasonClass.ADMINISTRATIVE.value if chosen is Wanted.REINSTATE else typed.reason_class
    if reason_class not in classes:
        raise Refusal(Reason.REQUEST_CLASS)
    _check_class(session, row=row, reason_class=reason_class)
    reason = roster_rules.without_numbers(" ".join(typed.reason.split()), own=row.person.number)
    if not rules.REASON_LEAST <= len(reason) <= rules.REASON_MOST:
        raise Refusal(Reason.REQUEST_REASON)
    if chosen is Wanted.REINSTATE and disputes.is_disputed(session, key_id=row.key_id):
        raise Refusal(Reason.DISPUTE_OPEN)
    wish = Wish(row, role, chosen, classes[reason_class], reason)
    standing = open_of(session, row=row)
    if chosen is not Wanted.SUSPEND and standing is not None and not _is_same(standing, wish, by=by):
        raise Refusal(Reason.REQUEST_OPEN)
    return wish


def enter(
    session: Session,
    *,
    by: Visitor,
    number: str,
    typed: Typed,
    now: datetime,
    keyring: Keyring,
    config: Config,
) -> StatusRequest:
    """Suspend at once, or write down the request for those who decide; the same once more changes nothing.

    Refuses as `check` does.
    """
    ledger.wait_turn(session)
    by = by.again(session, now=now)
    again = _suspended_by(session, by=by, number=number) if typed.wanted == Wanted.SUSPEND else None
    if again is not None:
        return again
    wish = check(session, by=by, number=number, typed=typed)
    standing = open_of(session, row=wish.row)
    if wish.wanted is not Wanted.SUSPEND and standing is not None:
        return standing
    row = _written(session, wish=wish, by=by, now=now)
    if wish.wanted is Wanted.SUSPEND:
        certificates.change_status(
            session, row=wish.row, status=Status.SUSPENDED, reason=wish.reason_class, now=now, keyring=keyring,
            config=config,
        )  # fmt: skip
    session.flush()
    _record(session, row=row, by=by, action=f"pencabutan-minta-{wish.wanted.value}", now=now)
    return row


def approve(
    session: Session, *, request_id: int, by: Visitor, now: datetime, keyring: Keyring, config: Config
) -> StatusRequest:
    """Approve as the first or the second administrator; with the second one it is done.

    The same administrator once more changes nothing.

    Refuses with REQUEST_UNKNOWN, REQUEST_OWN, REQUEST_CLOSED, REQUEST_OVERTAKEN, REQUEST_SAME_PERSON,
    REQUEST_FIRST_GONE where the first one's approval does not count any more (`grants.still_counts`),
    DISPUTE_NOT_UPHELD, and as `disputes.reinstate` does.
    """
    row, by = _held(session, request_id=request_id, by=by, now=now)
    if not by.administers(row.credential):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    if row.credential.person_id == by.account.person_id:
        raise Refusal(Reason.REQUEST_OWN)
    if _has_approved(row, by=by):
        return row
    _check_open(row)
    if by.account.id in (row.asked_by_id, row.first_by_id):
        raise Refusal(Reason.REQUEST_SAME_PERSON)
    if row.first_by_id is None:
        row.first_by_id, row.first_at = by.account.id, now
        action = "pencabutan-setujui-pertama"
    else:
        _check_first(session, row=row, now=now)
        _change(session, row=row, now=now, keyring=keyring, config=config)
        row.outcome, row.decided_by_id, row.decided_at = State.APPROVED.value, by.account.id, now
        action = "pencabutan-setujui"
    session.flush()
    _record(session, row=row, by=by, action=action, now=now)
    return row


def refuse(session: Session, *, request_id: int, by: Visitor, now: datetime) -> StatusRequest:
    """Refuse a request as administrator, or withdraw one's own; the same once more changes nothing.

    Refuses with REQUEST_UNKNOWN, REQUEST_OWN, REQUEST_CLOSED or REQUEST_OVERTAKEN.
    """
    row, by = _held(session, request_id=request_id, by=by, now=now)
    own = row.asked_by_id == by.account.id
    if not own and row.credential.person_id == by.account.person_id:
        raise Refusal(Reason.REQUEST_OWN)
    end = State.WITHDRAWN if own else State.REFUSED
    if (row.outcome, row.decided_by_id) == (end.value, by.account.id):
        return row
    _check_open(row)
    row.outcome, row.decided_by_id, row.decided_at = end.value, by.account.id, now
    session.flush()
    _record(session, row=row, by=by, action=f"pencabutan-{end.value}", now=now)
    return row


def state(row: StatusRequest) -> State:
    """Return how far a request has come."""
    if row.outcome is not None:
        return State(row.outcome)
    if _is_overtaken(row):
        return State.OVERTAKEN
    return State.WAITS_FOR_FIRST if row.first_by_id is None else State.WAITS_FOR_SECOND


def open_of(session: Session, *, row: IssuedCredential) -> StatusRequest | None:
    """Return the request about a certificate that still waits for somebody, or None."""
    found = session.execute(_unended(row)).scalar_one_or_none()
    return None if found is None or _is_overtaken(found) else found


def classes(session: Session, *, row: IssuedCredential) -> list[ReasonClass]:
    """Return the classes that may be given for revoking a certificate, as its key stands now."""
    upheld = disputes.was_upheld(session, key_id=row.key_id)
    return [each for each in rules.CLASSES[Wanted.REVOKE] if upheld or each is not ReasonClass.DISPUTE]


def may_see(row: StatusRequest, *, by: Visitor) -> bool:
    """Say whether the visitor administers the certificate's owner, or asked it and still holds a role over them."""
    own = row.asked_by_id == by.account.id and by.role_over(row.credential.person.unit) is not None
    return own or by.administers(row.credential)


def _possible(row: IssuedCredential, *, wanted: str, administers: bool) -> Wanted:
    if row.status == Status.REVOKED:
        raise Refusal(Reason.STATUS_FINAL)
    try:
        chosen = Wanted(wanted)
    except ValueError as error:
        raise Refusal(Reason.REQUEST_CLASS) from error
    if row.status == rules.STATUS[chosen]:
        raise Refusal(Reason.STATUS_SAME)
    if chosen not in rules.possible(row.status, administers=administers):
        raise Refusal(Reason.NOT_ALLOWED)
    return chosen


def _check_class(session: Session, *, row: IssuedCredential, reason_class: str) -> None:
    """Refuse to say that a dispute was upheld where none was."""
    if reason_class == ReasonClass.DISPUTE and not disputes.was_upheld(session, key_id=row.key_id):
        raise Refusal(Reason.DISPUTE_NOT_UPHELD)


def _has_approved(row: StatusRequest, *, by: Visitor) -> bool:
    """Say whether nothing is left to do for an administrator who approves."""
    if row.outcome is not None:
        return (row.outcome, row.decided_by_id) == (State.APPROVED, by.account.id)
    return row.first_by_id == by.account.id != row.asked_by_id


def _is_same(row: StatusRequest, wish: Wish, *, by: Visitor) -> bool:
    asked = (row.asked_by_id, row.wanted, row.reason_class)
    return asked == (by.account.id, wish.wanted.value, wish.reason_class.value)


def _suspended_by(session: Session, *, by: Visitor, number: str) -> StatusRequest | None:
    """Return the visitor's own suspension, where it is what holds now: they tapped twice."""
    row = find(session, by=by, number=number)
    wanted = select(StatusRequest).where(
        StatusRequest.credential_id == row.id,
        StatusRequest.wanted == Wanted.SUSPEND.value,
        StatusRequest.asked_by_id == by.account.id,
        StatusRequest.asked_at == row.status_at,
    )
    return session.execute(wanted).scalars().first() if row.status == Status.SUSPENDED else None


def _written(session: Session, *, wish: Wish, by: Visitor, now: datetime) -> StatusRequest:
    """Write a wish down; an earlier request that is overtaken ends with it."""
    before = session.execute(_unended(wish.row)).scalar_one_or_none()
    if before is not None and _is_overtaken(before):
        before.outcome, before.decided_at = State.OVERTAKEN.value, wish.row.status_at
        session.flush()
    first, done = wish.role is Role.ADMINISTRATOR, wish.wanted is Wanted.SUSPEND
    row = StatusRequest(
        credential_id=wish.row.id,
        credential=wish.row,
        wanted=wish.wanted.value,
        reason_class=wish.reason_class.value,
        reason=wish.reason,
        asked_by_id=by.account.id,
        asked_as=wish.role.value,
        asked_at=now,
        first_by_id=by.account.id if first else None,
        first_at=now if first else None,
        decided_at=now if done else None,
        outcome=State.APPROVED.value if done else None,
    )
    session.add(row)
    return row


def _unended(row: IssuedCredential) -> Select[StatusRequest]:
    return select(StatusRequest).where(StatusRequest.credential_id == row.id, StatusRequest.outcome.is_(None))


def _held(session: Session, *, request_id: int, by: Visitor, now: datetime) -> tuple[StatusRequest, Visitor]:
    """Return a request that the visitor may see, held until the transaction ends, and them as they stand now."""
    ledger.wait_turn(session)
    by = by.again(session, now=now)
    wanted = select(StatusRequest).where(StatusRequest.id == request_id).with_for_update(of=StatusRequest)
    row = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None or not may_see(row, by=by):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    return row, by


def _check_open(row: StatusRequest) -> None:
    if row.outcome is not None:
        raise Refusal(Reason.REQUEST_CLOSED)
    if _is_overtaken(row):
        raise Refusal(Reason.REQUEST_OVERTAKEN)


def _is_overtaken(row: StatusRequest) -> bool:
    found = row.credential
    return rules.is_overtaken(row.wanted, asked_at=row.asked_at, status=found.status, status_at=found.status_at)


def _check_first(session: Session, *, row: StatusRequest, now: datetime) -> None:
    unit = row.credential.person.unit
    if not grants.still_counts(session, account_id=row.first_by_id, unit=unit, since=row.first_at, now=now):
        raise Refusal(Reason.REQUEST_FIRST_GONE)


def _change(session: Session, *, row: StatusRequest, now: datetime, keyring: Keyring, config: Config) -> None:
    if row.wanted == Wanted.REINSTATE:
        disputes.reinstate(session, row=row.credential, now=now, keyring=keyring, config=config)
        return
    _check_class(session, row=row.credential, reason_class=row.reason_class)
    certificates.change_status(
        session, row=row.credential, status=Status.REVOKED, reason=ReasonClass(row.reason_class), now=now,
        keyring=keyring, config=config,
    )  # fmt: skip


def _record(session: Session, *, row: StatusRequest, by: Visitor, action: str, now: datetime) -> None:
    accounts.record(
        session,
        account_id=by.account.id,
        action=action,
        person_id=row.credential.person_id,
        unit_id=row.credential.person.unit_id,
        detail=f"{row.wanted}, {row.reason_class}",
        now=now,
    )
