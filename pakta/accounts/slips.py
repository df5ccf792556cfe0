"""Slips: paper with a code that ties the first key to a person of the roster."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pakta.accounts import rules
from pakta.accounts.models import Account, PersonKey, Slip
from pakta.accounts.rules import Pepper
from pakta.core.errors import Reason, Refusal
from pakta.ledger import service as ledger
from pakta.roster.models import Person
from pakta.roster.rules import LEFT

PURPOSES = ("first", "recovery")


def print_slip(session: Session, *, person: Person, purpose: str = "first", now: datetime, pepper: Pepper) -> str:
    """Make a slip and return its code, once: only a keyed hash of it is stored.

    A new slip cancels the person's earlier unused ones.

    Refuses with ALREADY_ACTIVE where a first slip is asked for an activated person, and
    with PERSON_NOT_ACTIVE for who has left (pensiun, meninggal, mutasi).
    """
    _check_person(session, person=person, purpose=purpose)
    cancel_unused(session, person=person, now=now)
    code = rules.new_code()
    session.add(
        Slip(
            person_id=person.id,
            code_hash=rules.code_hash(code, pepper=pepper),
            purpose=purpose,
            created_at=now,
            expires_at=now + rules.SLIP_VALID,
        )
    )
    session.flush()
    return code


def by_code(session: Session, *, code: str, pepper: Pepper) -> Slip:
    """Return the slip with this code, used or not; refuses with SLIP_UNKNOWN, also for a malformed code."""
    plain = rules.parse_code(code)
    wanted = rules.code_hash(plain or "", pepper=pepper)
    row = session.execute(select(Slip).where(Slip.code_hash == wanted)).scalar_one_or_none()
    if row is None or plain is None:
        raise Refusal(Reason.SLIP_UNKNOWN)
    return row


def keys_after(session: Session, *, slip: Slip) -> list[PersonKey]:
    """Return the keys that the holder of this slip may say are not theirs.

    The key that was made with it; or, where it was never used, those made with the person's later
    slips: who prints a second slip and uses it takes the first one from its owner.
    """
    wanted = select(PersonKey).join(Slip, Slip.key_id == PersonKey.id).where(Slip.person_id == slip.person_id)
    wanted = wanted.where(Slip.id == slip.id if slip.key_id is not None else Slip.id > slip.id)
    return list(session.execute(wanted.order_by(PersonKey.id)).scalars())


def check_slip(session: Session, *, code: str, now: datetime, pepper: Pepper) -> Slip:
    """Return the usable slip with this code.

    Refuses with SLIP_UNKNOWN, SLIP_USED, SLIP_REPLACED or SLIP_EXPIRED; the last three tell
    the time in their detail.
    """
    row = by_code(session, code=code, pepper=pepper)
    check_usable(row, now=now)
    return row


def check_usable(row: Slip, *, now: datetime) -> None:
    """Check that a slip may still be used.

    Refuses with SLIP_USED, SLIP_REPLACED, SLIP_EXPIRED, or PERSON_NOT_ACTIVE for who has left since.
    """
    if row.used_at is not None:
        raise Refusal(Reason.SLIP_USED, row.used_at.isoformat())
    if row.cancelled_at is not None:
        raise Refusal(Reason.SLIP_REPLACED, row.cancelled_at.isoformat())
    if now >= row.expires_at:
        raise Refusal(Reason.SLIP_EXPIRED, row.expires_at.isoformat())
    if row.person.status in LEFT:
        raise Refusal(Reason.PERSON_NOT_ACTIVE)


def lock(session: Session, *, slip_id: int) -> Slip:
    """Return a slip, freshly read, that no other transaction changes until this one ends.

    The writer's turn comes first.
    """
    ledger.wait_turn(session)
    row = session.execute(
        select(Slip).where(Slip.id == slip_id).with_for_update(of=Slip).execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None:
        raise Refusal(Reason.SLIP_UNKNOWN)
    return row


def cancel_unused(session: Session, *, person: Person, now: datetime) -> None:
    """Cancel the person's unused slips."""
    session.execute(
        update(Slip)
        .where(Slip.person_id == person.id, Slip.used_at.is_(None), Slip.cancelled_at.is_(None))
        .values(cancelled_at=now)
    )


def cancel_all_unused(session: Session, *, now: datetime) -> int:
    """Cancel everybody's slips that could still be used; return how many.

    After a restore, behind the writer's turn: which of them were used or replaced since the backup nobody knows.
    """
    done = session.execute(
        update(Slip)
        .where(Slip.used_at.is_(None), Slip.cancelled_at.is_(None), Slip.expires_at > now)
        .values(cancelled_at=now)
        .returning(Slip.id)
    )
    return len(done.all())


def _check_person(session: Session, *, person: Person, purpose: str) -> None:
    if purpose not in PURPOSES:
        raise ValueError(f"no such purpose of a slip: {purpose}")
    if person.status in LEFT:
        raise Refusal(Reason.PERSON_NOT_ACTIVE)
    known = session.execute(select(Account.id).where(Account.person_id == person.id)).first()
    if purpose == "first" and known is not None:
        raise Refusal(Reason.ALREADY_ACTIVE)
