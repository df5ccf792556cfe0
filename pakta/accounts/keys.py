"""Keys enrolled in people's names: which stand, and what takes one out of use."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import sessions
from pakta.accounts.models import Account, PersonKey, SignIn
from pakta.core import canonical, signature
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.ledger import service as ledger
from pakta.ledger.models import Payload
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.roster.models import Person

REVOCATION_PREFIX = b"pakta/revocation/v1\n"


def of_person(session: Session, *, person: Person) -> Sequence[PersonKey]:
    """Return all keys ever enrolled in a person's name, newest first."""
    rows = select(PersonKey).where(PersonKey.person_id == person.id).order_by(PersonKey.id.desc())
    return session.execute(rows).scalars().all()


def usable(session: Session, *, person: Person) -> Sequence[PersonKey]:
    """Return the keys that the person may still sign with, newest first.

    A kiosk's key is not among them: its private half was gone when the kiosk's page was left.
    """
    return [key for key in of_person(session, person=person) if is_standing(key) and not key.kiosk]


def is_standing(key: PersonKey) -> bool:
    """Say whether a key is neither suspended nor revoked."""
    return key.suspended_at is None and key.revoked_at is None


def by_id(session: Session, *, key_id: int) -> PersonKey:
    """Return a key; refuses with KEY_NOT_USABLE where there is none."""
    key = session.get(PersonKey, key_id)
    if key is None:
        raise Refusal(Reason.KEY_NOT_USABLE)
    return key


def standing(session: Session, *, person: Person, thumbprint: str) -> PersonKey:
    """Return the person's own standing key with this thumbprint; refuses with KEY_NOT_USABLE."""
    wanted = select(PersonKey).where(PersonKey.thumbprint == thumbprint, PersonKey.person_id == person.id)
    key = session.execute(wanted).scalar_one_or_none()
    if key is None or not is_standing(key):
        raise Refusal(Reason.KEY_NOT_USABLE)
    return key


def hold(session: Session, *, person_id: int) -> Sequence[PersonKey]:
    """Return all keys of a person, freshly read; nobody signs with them until this transaction ends.

    The writer's turn comes first: what the next writer puts back may be about one of these keys.
    """
    ledger.wait_turn(session)
    rows = select(PersonKey).where(PersonKey.person_id == person_id).order_by(PersonKey.id)
    held = rows.with_for_update(of=PersonKey).execution_options(populate_existing=True)
    return session.execute(held).scalars().all()


def suspend(session: Session, *, key: PersonKey, now: datetime, but: SignIn | None = None) -> None:
    """Take a key out of use for the time of a dispute, and end its owner's sessions at once.

    Where the key was out of use already nothing changes: its holder opened none of these sessions.

    but  the session in which it is asked for, which stays
    """
    if not is_standing(key):
        return
    key.suspended_at = now
    _tell(session, key=key, kind=Kind.KEY_SUSPENDED, now=now)
    session.flush()
    _end_sessions(session, key=key, now=now, but=but)


def vouch(session: Session, *, key: PersonKey, now: datetime) -> None:
    """Note that the key was found to be its owner's, and give it back to them; a revoked one stays revoked."""
    key.suspended_at, key.vouched_at = None, now
    if key.revoked_at is None:
        _tell(session, key=key, kind=Kind.KEY_REINSTATED, now=now)
    session.flush()


def revoke(session: Session, *, key: PersonKey, now: datetime) -> None:
    """Take a key out of use for ever, with an entry in the ledger; a second time changes nothing."""
    if key.revoked_at is None:
        ledger.lock(session)  # which may put back that it was revoked already
    if key.revoked_at is not None:
        return
    payload = REVOCATION_PREFIX + canonical.encode(
        {
            "v": 1,
            "key": key.thumbprint,
            "at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "salt": canonical.base64url(secrets.token_bytes(16)),
        }
    )
    ledger.append(session, kind=EntryKind.KEY_REVOKED, payload=payload, now=now)
    key.revoked_at = now
    _tell(session, key=key, kind=Kind.KEY_REVOKED, now=now)
    session.flush()


def revoke_again(session: Session, *, now: datetime) -> int:
    """Revoke the keys that an entry says are revoked, and their rows do not; return how many.

    After entries came back from the copy of the ledger.  Their owners' sessions end, after all keys: who signs in
    holds a key, and then ends a session.
    """
    entered = _revocations(session)
    thumbprints, again = list(entered), list[PersonKey]()
    for at in range(0, len(thumbprints), 500):
        part = thumbprints[at : at + 500]
        standing = select(PersonKey).where(PersonKey.revoked_at.is_(None), PersonKey.thumbprint.in_(part))
        for key in session.execute(standing.execution_options(populate_existing=True)).scalars().all():
            key.revoked_at = entered[key.thumbprint]
            _tell(session, key=key, kind=Kind.KEY_REVOKED, now=now)
            again.append(key)
    session.flush()
    for key in again:
        _end_sessions(session, key=key, now=now)
    return len(again)


def device_jwk(given: object) -> dict[str, str]:
    """Return the public P-256 key that a browser sent, with nothing but its public members.

    Refuses with KEY_MALFORMED, also where the private half came along.
    """
    if not isinstance(given, Mapping) or "d" in given:
        raise Refusal(Reason.KEY_MALFORMED)
    jwk = {name: given.get(name) for name in ("kty", "crv", "x", "y")}
    if jwk["kty"] != "EC" or jwk["crv"] != "P-256":
        raise Refusal(Reason.KEY_MALFORMED)
    checked = {name: value for name, value in jwk.items() if isinstance(value, str) and len(value) <= 64}
    if len(checked) != len(jwk):
        raise Refusal(Reason.KEY_MALFORMED)
    check_public(checked)
    return checked


def check_public(jwk: Mapping[str, str]) -> None:
    """Check that a JWK is a public key that evidence can be checked with; refuses with KEY_MALFORMED."""
    try:
        signature.public_key(jwk)
    except Refusal as refusal:
        raise Refusal(Reason.KEY_MALFORMED) from refusal


def _revocations(session: Session) -> dict[str, datetime]:
    """Return the thumbprints that entries of the ledger say are revoked, and since when."""
    rows = select(Payload.payload, Payload.recorded_at).where(Payload.kind == int(EntryKind.KEY_REVOKED))
    found: dict[str, datetime] = {}
    for payload, at in session.execute(rows.order_by(Payload.index)):
        try:
            members = canonical.decode_object(
                payload.removeprefix(REVOCATION_PREFIX), reason=Reason.ENROLMENT_MALFORMED
            )
        except Refusal:
            continue  # the payload is not what its entry is the hash of: `ledger check` says so
        found[str(members.get("key"))] = at
    return found


def _tell(session: Session, *, key: PersonKey, kind: Kind, now: datetime) -> None:
    notices.tell(session, person_id=key.person_id, kind=kind, facts={"index": key.ledger_index}, now=now)


def _end_sessions(session: Session, *, key: PersonKey, now: datetime, but: SignIn | None = None) -> None:
    account = session.execute(select(Account).where(Account.person_id == key.person_id)).scalar_one()
    sessions.end_all(session, account=account, now=now, but=but)
