"""\"Bukan saya\": suspend a key and every pact made with it, at once; and close the dispute later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from pakta import asker
from pakta.accounts import grants
from pakta.accounts import service as accounts
from pakta.accounts.models import Account, PersonKey, SignIn
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.disputes.models import Dispute, EarlierFinding
from pakta.keyring import Keyring
from pakta.ledger import service as ledger
from pakta.roster import rules as roster_rules
from pakta.roster import scope
from pakta.roster.models import Person, Unit

RESULTS = ("benar", "keliru")
OUTCOME_LIMIT = 200  # characters


def say_with_slip(session: Session, *, code: str, now: datetime, keyring: Keyring, config: Config) -> list[Dispute]:
    """Dispute the keys that this slip speaks of (`accounts.keys_of_slip`); its holder needs no account.

    Whoever finds an old slip can do it once: what was found to be its owner's, a slip does not dispute again.

    Refuses with SLIP_UNKNOWN, SLIP_UNUSED where there is no such key, or KEY_VOUCHED.
    """
    slip = accounts.slip_by_code(session, code=code, pepper=keyring.pepper)
    named = {key.id for key in accounts.keys_of_slip(session, slip=slip)}
    if not named:
        raise Refusal(Reason.SLIP_UNUSED)
    held = [key for key in accounts.hold_keys(session, person_id=slip.person_id) if key.id in named]
    doubted = [key for key in held if key.vouched_at is None]
    if not doubted:
        raise Refusal(Reason.KEY_VOUCHED)
    return [_dispute(session, key=key, said_with="slip", now=now, keyring=keyring, config=config) for key in doubted]


def say_signed_in(
    session: Session, *, sign_in: SignIn, key_id: int, now: datetime, keyring: Keyring, config: Config
) -> Dispute:
    """Dispute one of the keys enrolled in one's own name; refuses with KEY_NOT_USABLE for another's."""
    key = _held(session, person_id=sign_in.account.person_id, key_id=key_id)
    return _dispute(session, key=key, said_with="sign-in", now=now, keyring=keyring, config=config, but=sign_in)


def decide(
    session: Session,
    *,
    dispute_id: int,
    by: Account,
    result: str,
    outcome: str,
    now: datetime,
    keyring: Keyring,
    config: Config,
) -> Dispute:
    """Say what was found; the second administrator who finds the same closes the dispute.

    "benar" revokes the key and its pacts, "keliru" vouches for it and brings both back.  What was suspended for
    another reason stays suspended when the key comes back.  Until two agree, the newest finding waits; the
    earlier ones are kept.

    Refuses with NOT_ALLOWED outside the units that `by` administers or in one's own matter, DISPUTE_CLOSED,
    ROLE_BEYOND where the person holds a role over another unit than those, or ANSWER_INCOMPLETE.
    """
    row = _open_for(session, dispute_id=dispute_id, by=by, now=now)
    if _agrees(session, row=row, by=by, result=result, now=now):
        row.closed_at, row.closed_by_id = now, by.id
        session.flush()
        _carry_out(session, row=row, now=now, keyring=keyring, config=config)
        return row
    cleaned = roster_rules.without_numbers(" ".join(outcome.split()), own=row.person.number)
    if result not in RESULTS or not 3 <= len(cleaned) <= OUTCOME_LIMIT:
        raise Refusal(Reason.ANSWER_INCOMPLETE)
    same = (row.found, row.found_by_id, row.outcome) == (result, by.id, cleaned)
    if row.found and row.found_at and not same:
        before = EarlierFinding(found=row.found, by_id=row.found_by_id, at=row.found_at, words=row.outcome)
        row.earlier.append(before)
    row.found, row.found_by_id, row.found_at, row.outcome = result, by.id, now, cleaned
    session.flush()
    return row


def reinstate(session: Session, *, row: IssuedCredential, now: datetime, keyring: Keyring, config: Config) -> None:
    """Bring a suspended certificate back; refuses with DISPUTE_OPEN while its key is disputed."""
    accounts.hold_keys(session, person_id=row.person_id)  # nobody says it between the question and the change
    if _open_on(session, key_id=row.key_id) is not None:
        raise Refusal(Reason.DISPUTE_OPEN)
    certificates.change_status(
        session, row=row, status=Status.VALID, reason=ReasonClass.ADMINISTRATIVE, now=now, keyring=keyring,
        config=config,
    )  # fmt: skip


def counts(session: Session, *, row: Dispute, now: datetime) -> bool:
    """Say whether the finding that waits counts still: a second administrator who finds the same closes it."""
    held = grants.of_people(session, people=[row.person_id], now=now)
    by, since = row.found_by_id, row.found_at
    return grants.still_reaches(session, account_id=by, unit=row.person.unit, roles=held, since=since, now=now)


def was_upheld(session: Session, *, key_id: int) -> bool:
    """Say whether two administrators found that a key is not its owner's."""
    closed = select(Dispute).where(Dispute.key_id == key_id, Dispute.closed_at.is_not(None))
    return any(upheld(row) for row in session.execute(closed).scalars())


def is_disputed(session: Session, *, key_id: int) -> bool:
    """Say whether a dispute about a key is open."""
    return _open_on(session, key_id=key_id) is not None


def of_person(session: Session, *, person: Person) -> list[Dispute]:
    """Return the disputes in a person's name, newest first."""
    rows = select(Dispute).where(Dispute.person_id == person.id).order_by(Dispute.id.desc())
    return list(session.execute(rows).scalars())


def in_units(session: Session, *, granted: Sequence[Unit]) -> list[Dispute]:
    """Return the disputes of people inside the granted units: open ones first, oldest on top."""
    rows = session.execute(
        select(Dispute)
        .join(Person, Person.id == Dispute.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(scope.subtree_clause(granted))
        .order_by(Dispute.closed_at.is_not(None), Dispute.id)
        .options(selectinload(Dispute.earlier))
        .limit(500)
    )
    return list(rows.scalars())


def _waiting() -> Select[int]:
    """Return what counts the open disputes for the visitor who decides them, or watches that they are decided.

    Not one that waits for somebody else: in the administrator's own name, found by them already, or of who holds a
    role `beyond` them.
    """
    to_find = and_(
        scope.person_clause(Dispute.person_id, asker.ADMINISTERS),
        Dispute.person_id != asker.PERSON,
        Dispute.found_by_id.is_distinct_from(asker.ACCOUNT),
        ~grants.beyond(Dispute.person_id, asker.ADMINISTERS, on=asker.TODAY),
    )
    to_watch = scope.person_clause(Dispute.person_id, asker.SUPERVISES)
    return select(func.count()).select_from(Dispute).where(Dispute.closed_at.is_(None), or_(to_find, to_watch))


WAITING = _waiting()  # for the menu


def disagreed(row: Dispute) -> bool:
    """Say whether another administrator found otherwise than the one whose finding stands, if any does."""
    return row.found is not None and any(
        each.found != row.found and each.by_id != row.found_by_id for each in row.earlier
    )


def upheld(row: Dispute) -> bool:
    """Say whether a closed dispute was found to be right; otherwise its key was vouched for then, or later."""
    return row.closed_at is not None and not (row.key.vouched_at and row.key.vouched_at >= row.closed_at)


def disputable(session: Session, *, keys: Sequence[PersonKey]) -> dict[int, str]:
    """Return which of these keys can be disputed, and for what: "key", or "pacts" of one revoked already."""
    found = {}
    for key in keys:
        if accounts.key_stands(key):
            found[key.id] = "key"
        elif any(row.status == Status.VALID for row in certificates.of_key(session, key_id=key.id)):
            found[key.id] = "pacts"
    return found


def _open_for(session: Session, *, dispute_id: int, by: Account, now: datetime) -> Dispute:
    """Return an open dispute that is theirs to decide, held until the transaction ends."""
    ledger.wait_turn(session)
    granted = grants.administered(session, account=by, now=now)
    wanted = select(Dispute).where(Dispute.id == dispute_id).with_for_update(of=Dispute)
    row = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None or row.person_id == by.person_id or not scope.in_scope(granted, row.person.unit):
        raise Refusal(Reason.NOT_ALLOWED)
    if row.closed_at is not None:
        raise Refusal(Reason.DISPUTE_CLOSED)
    held = grants.of_people(session, people=[row.person_id], now=now)
    grants.check_reached(roles=held, granted=granted)
    return row


def _agrees(session: Session, *, row: Dispute, by: Account, result: str, now: datetime) -> bool:
    """Say whether another administrator has found the same before, and it still counts."""
    if row.found != result or row.found_by_id == by.id:
        return False
    return counts(session, row=row, now=now)


def _carry_out(session: Session, *, row: Dispute, now: datetime, keyring: Keyring, config: Config) -> None:
    """Do to the key and its pacts what two have found."""
    key = _held(session, person_id=row.person_id, key_id=row.key_id)
    found = [each for each in certificates.of_key(session, key_id=key.id) if each.status != Status.REVOKED]
    if row.found == "benar":
        accounts.revoke_key(session, key=key, now=now)
        _change(session, rows=found, status=Status.REVOKED, now=now, keyring=keyring, config=config)
    else:
        accounts.vouch_for_key(session, key=key, now=now)
        own = [each for each in found if (each.status, each.status_class) == (Status.SUSPENDED, ReasonClass.DISPUTE)]
        _change(session, rows=own, status=Status.VALID, now=now, keyring=keyring, config=config)


def _held(session: Session, *, person_id: int, key_id: int) -> PersonKey:
    """Return a person's own key, with which nobody signs from here on; refuses with KEY_NOT_USABLE."""
    for key in accounts.hold_keys(session, person_id=person_id):
        if key.id == key_id:
            return key
    raise Refusal(Reason.KEY_NOT_USABLE)


def _open_on(session: Session, *, key_id: int) -> Dispute | None:
    wanted = select(Dispute).where(Dispute.key_id == key_id, Dispute.closed_at.is_(None))
    return session.execute(wanted).scalar_one_or_none()


def _dispute(
    session: Session,
    *,
    key: PersonKey,
    said_with: str,
    now: datetime,
    keyring: Keyring,
    config: Config,
    but: SignIn | None = None,
) -> Dispute:
    standing = _open_on(session, key_id=key.id)
    if standing is not None:
        return standing
    accounts.suspend_key(session, key=key, now=now, but=but)
    valid = [row for row in certificates.of_key(session, key_id=key.id) if row.status == Status.VALID]
    _change(session, rows=valid, status=Status.SUSPENDED, now=now, keyring=keyring, config=config)
    row = Dispute(person_id=key.person_id, key_id=key.id, said_with=said_with, said_at=now)
    session.add(row)
    session.flush()
    return row


def _change(
    session: Session,
    *,
    rows: Sequence[IssuedCredential],
    status: Status,
    now: datetime,
    keyring: Keyring,
    config: Config,
) -> None:
    for row in rows:
        certificates.change_status(
            session, row=row, status=status, reason=ReasonClass.DISPUTE, now=now, keyring=keyring, config=config
        )
