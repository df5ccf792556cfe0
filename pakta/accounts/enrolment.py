"""Enrolment: a person's first key, or the new one after a recovery.

Rules  one transaction holds the used slip, the account, the key and its record's ledger entry.
       The same key with the same ticket again is the same success (a reply may be lost): who
       knows the key, which is public, but took a ticket of their own, is refused with SLIP_USED,
       and so is another key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import keys, passkeys, sessions, slips
from pakta.accounts.models import Account, PersonKey, Slip
from pakta.config import Config
from pakta.core import evidence, signature
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.ledger import service as ledger

WAYS = {"first": ("slip", EntryKind.KEY_ENROLLED), "recovery": ("recovery", EntryKind.KEY_RECOVERED)}


def enrol_device(
    session: Session,
    *,
    slip_id: int,
    ticket: str = "",
    jwk: object,
    passphrase_hash: str | None,
    now: datetime,
    device: str = "",
    kiosk: bool = False,
) -> tuple[Account, PersonKey]:
    """Enrol a key that the browser made, and give the account its passphrase.

    ticket           what showed that the slip's code is known; without one nothing is the same again
    jwk              the public key as the browser sent it
    passphrase_hash  made by `passphrases.make` before the transaction; None on a kiosk only

    Refuses with KEY_MALFORMED, KEY_TAKEN, SLIP_USED, SLIP_REPLACED, SLIP_EXPIRED, PERSON_NOT_ACTIVE,
    WITNESSES_SILENT, or ALREADY_ACTIVE where another slip was quicker.
    """
    if passphrase_hash is None and not kiosk:
        raise Refusal(Reason.PASSPHRASE_SHORT)
    public = keys.device_jwk(jwk)
    slip = slips.lock(session, slip_id=slip_id)
    known = _same_again(session, slip=slip, ticket=ticket, thumbprint=signature.thumbprint(public))
    if known is not None:
        return known
    slips.check_usable(slip, now=now)
    key = PersonKey(method="device", kiosk=kiosk, jwk=public, device=device[:80])
    return _enrol(session, slip=slip, ticket=ticket, key=key, passphrase_hash=passphrase_hash, now=now)


def start_passkey(session: Session, *, slip_id: int, now: datetime, config: Config) -> dict[str, Any]:
    """Return the options for a new passkey; refuses as `slips.check_usable` does."""
    slip = slips.lock(session, slip_id=slip_id)
    slips.check_usable(slip, now=now)
    return passkeys.start_enrolment(session, slip=slip, now=now, config=config)


def enrol_passkey(
    session: Session,
    *,
    slip_id: int,
    ticket: str = "",
    response: Mapping[str, Any],
    now: datetime,
    config: Config,
    device: str = "",
) -> tuple[Account, PersonKey]:
    """Enrol the passkey that an authenticator has just made.

    Refuses with CHALLENGE_GONE, PASSKEY_REFUSED, and as `enrol_device` does.
    """
    slip = slips.lock(session, slip_id=slip_id)
    known = _same_again(session, slip=slip, ticket=ticket, credential_id=passkeys.credential_id(response))
    if known is not None:
        return known
    slips.check_usable(slip, now=now)
    handle = passkeys.user_handle(session, slip=slip)
    new = passkeys.finish_enrolment(session, slip=slip, response=response, now=now, config=config)
    keys.check_public(new.jwk)
    key = PersonKey(
        method="passkey",
        kiosk=False,
        jwk=new.jwk,
        credential_id=new.credential_id,
        sign_count=new.sign_count,
        backup_eligible=new.backup_eligible,
        backed_up=new.backed_up,
        device=device[:80],
    )
    return _enrol(session, slip=slip, ticket=ticket, key=key, passphrase_hash=None, now=now, handle=handle)


def _same_again(
    session: Session, *, slip: Slip, ticket: str, thumbprint: str | None = None, credential_id: bytes | None = None
) -> tuple[Account, PersonKey] | None:
    """Return what this slip made before, where it was made with this very key and this very ticket."""
    if slip.used_at is None or slip.key_id is None or not ticket or slip.ticket_hash != sessions.hashed(ticket):
        return None
    key = session.get_one(PersonKey, slip.key_id)
    same = key.thumbprint == thumbprint if thumbprint else key.credential_id == credential_id
    if not same or not keys.is_standing(key):
        return None
    account = _find_account(session, person_id=slip.person_id)
    return None if account is None else (account, key)


def _enrol(
    session: Session,
    *,
    slip: Slip,
    ticket: str,
    key: PersonKey,
    passphrase_hash: str | None,
    now: datetime,
    handle: bytes | None = None,
) -> tuple[Account, PersonKey]:
    person = slip.person
    ledger.lock(session)  # of two who enrol one person at once, the second sees the first one's account
    ledger.check_may_issue(session, now=now)
    if slip.purpose == "first" and _find_account(session, person_id=person.id) is not None:
        raise Refusal(Reason.ALREADY_ACTIVE)
    key.thumbprint = signature.thumbprint(key.jwk)
    _check_free(session, key=key)
    way, kind = WAYS[slip.purpose]
    key.person_id, key.way, key.enrolled_at = person.id, way, now
    key.record = evidence.make_enrolment(number=person.number, key=key.thumbprint, way=way, earlier=None)
    key.ledger_index = ledger.append(session, kind=kind, payload=key.record, now=now)
    account = _account_for(session, slip=slip, handle=handle, now=now)
    account.passphrase = passphrase_hash
    session.add(key)
    session.flush()
    slip.used_at, slip.key_id, slip.ticket_hash = now, key.id, sessions.hashed(ticket) if ticket else None
    session.flush()
    return account, key


def _check_free(session: Session, *, key: PersonKey) -> None:
    taken = PersonKey.thumbprint == key.thumbprint
    if key.credential_id is not None:
        taken = taken | (PersonKey.credential_id == key.credential_id)
    if session.execute(select(PersonKey.id).where(taken)).first() is not None:
        raise Refusal(Reason.KEY_TAKEN)


def _account_for(session: Session, *, slip: Slip, handle: bytes | None, now: datetime) -> Account:
    account = _find_account(session, person_id=slip.person_id)
    if account is None:
        account = Account(
            person_id=slip.person_id,
            person=slip.person,
            user_handle=handle or passkeys.user_handle(session, slip=slip),
            created_at=now,
        )
        session.add(account)
        session.flush()
    return account


def _find_account(session: Session, *, person_id: int) -> Account | None:
    return session.execute(select(Account).where(Account.person_id == person_id)).scalar_one_or_none()
