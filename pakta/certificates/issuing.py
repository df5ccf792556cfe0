"""May the issuer's key sign now?  It does not while issuing is stopped, or where another key has taken over.

`key_to_issue_with` is the one place that says whether a pact can be issued: issuing asks it, and so does /kesehatan.
All is read behind the writer's lock, from rows that every process sees: a stop holds from the next signature
on, and a process whose keys were changed by a command reads them again, or refuses.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from sqlalchemy import LargeBinary, exists, func, select, update
from sqlalchemy.orm import Session

from pakta.certificates.models import IssuingStop, KeySet
from pakta.core import keyset
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.keyring import IssuerKey, Keyring, KeysMissing
from pakta.ledger import service as ledger
from pakta.ledger.models import Absence, Entry

_OPEN = select(IssuingStop).where(IssuingStop.resumed_at.is_(None)).order_by(IssuingStop.id).limit(1)
_NEWEST = select(KeySet.text).order_by(KeySet.version.desc()).limit(1)
_LAST_AT = select(func.coalesce(func.max(KeySet.ledger_index), -1)).scalar_subquery()
_LOST = exists().where(
    Absence.cause == "replayed",
    Absence.index > _LAST_AT,
    Entry.index == Absence.index,
    func.substr(Entry.entry, 2, 1, type_=LargeBinary) == bytes((EntryKind.KEY_SET,)),
)
_STOPPED_AT = select(IssuingStop.stopped_at).where(IssuingStop.resumed_at.is_(None)).order_by(IssuingStop.id).limit(1)
_NEWEST_AND_LOST = select(_NEWEST.scalar_subquery(), _LOST)
_LOOK = select(_NEWEST.scalar_subquery(), _LOST, _STOPPED_AT.scalar_subquery())
_parsed = lru_cache(maxsize=8)(keyset.parse)


def stop(session: Session, *, cause: str, now: datetime) -> IssuingStop:
    """Stop issuing for every process, or return the stop that holds already.

    The ledger's lock is not asked for: a stop must succeed even where the ledger takes nothing.
    """
    held = open_stop(session)
    if held is None:
        held = IssuingStop(cause=cause, stopped_at=now)
        session.add(held)
        session.flush()
    return held


def resume(session: Session, *, now: datetime) -> bool:
    """Let issuing go on; say whether it was stopped."""
    held = open_stop(session)
    session.execute(update(IssuingStop).where(IssuingStop.resumed_at.is_(None)).values(resumed_at=now))
    return held is not None


def open_stop(session: Session) -> IssuingStop | None:
    """Return the stop that holds, or None."""
    return session.execute(_OPEN).scalar_one_or_none()


def check_open(session: Session) -> None:
    """Refuse with ISSUING_STOPPED while a stop holds."""
    held = open_stop(session)
    _refuse_stop(None if held is None else held.stopped_at)


def current(session: Session) -> keyset.KeySet | None:
    """Return the newest published key set, read, or None before the first one."""
    text = session.execute(_NEWEST).scalar_one_or_none()
    return None if text is None else _parsed(text)


def key(session: Session, *, keyring: Keyring) -> IssuerKey:
    """Return the issuer's key, the one that the newest key set is signed with.

    A keyring that a command has changed since is read again.  Refuses with ISSUER_REPLACED where that does
    not help: this process then signs nothing as the issuer.  Refuses with KEY_SET_LOST while a later key set
    stands in the ledger whose text is not here: it may say that this key is lost.
    """
    ledger.lock(session)
    return _signing(*_newest_and_lost(session), keyring)


def key_to_issue_with(session: Session, *, keyring: Keyring, now: datetime) -> IssuerKey:
    """Return the issuer's key for a pact, where one may be issued.

    Stop and key set are one question: it is asked behind the writer's lock, for each signature.
    Refuses with ISSUING_STOPPED, as `ledger.lock` and `ledger.check_may_issue` do, or as `key` does.
    """
    ledger.lock(session)
    text, lost, stopped_at = session.connection().execute(_LOOK).one()
    _refuse_stop(stopped_at)
    ledger.check_may_issue(session, now=now)
    return _signing(None if text is None else _parsed(text), bool(lost), keyring)


def key_to_publish_with(session: Session, *, keyring: Keyring, vouched: bool = False) -> IssuerKey:
    """Return the issuer's key that may sign the next key set: the newest one's signer, or a later key.

    vouched  the operator says that this keyring knows all that was ever published

    Refuses with ISSUER_REPLACED where the newest key set knows more than this keyring, read again, and
    with KEY_SET_LOST as `key` does.
    """
    ledger.lock(session)
    found, lost = _newest_and_lost(session)
    if lost and not vouched:
        raise Refusal(Reason.KEY_SET_LOST)
    if not _knows_all_of(found, keyring):
        _read_again(keyring)
        if not _knows_all_of(found, keyring):
            raise Refusal(Reason.ISSUER_REPLACED)
    return keyring.issuer


def is_pending(session: Session, *, keyring: Keyring) -> bool:
    """Say whether a key has taken over in the folder, and no key set is signed with it yet."""
    found = current(session)
    return found is not None and found.signer != keyring.issuer.kid and _knows_all_of(found, keyring)


def _refuse_stop(stopped_at: datetime | None) -> None:
    if stopped_at is not None:
        raise Refusal(Reason.ISSUING_STOPPED, stopped_at.isoformat(timespec="seconds"))


def _signing(found: keyset.KeySet | None, lost: bool, keyring: Keyring) -> IssuerKey:
    if lost:
        raise Refusal(Reason.KEY_SET_LOST)
    if not _may_sign(found, keyring):
        _read_again(keyring)
        if not _may_sign(found, keyring):
            raise Refusal(Reason.ISSUER_REPLACED)
    return keyring.issuer


def _newest_and_lost(session: Session) -> tuple[keyset.KeySet | None, bool]:
    """Return the newest key set, and whether a later one stands in the ledger whose text is not here."""
    text, lost = session.execute(_NEWEST_AND_LOST).one()
    return None if text is None else _parsed(text), bool(lost)


def _may_sign(found: keyset.KeySet | None, keyring: Keyring) -> bool:
    kid = keyring.issuer.kid
    return kid not in keyring.issuers.history.compromised and (found is None or found.signer == kid)


def _knows_all_of(found: keyset.KeySet | None, keyring: Keyring) -> bool:
    """Say whether the keyring is at least as new as a published set; keys stand in the order of their time."""
    history, kid = keyring.issuers.history, keyring.issuer.kid
    if kid in history.compromised:
        return False
    if found is None:
        return True
    order = list(history.keys)
    if not set(found.issuer_keys) <= set(order) or order.index(found.signer) > order.index(kid):
        return False
    return set(found.compromised) <= set(history.compromised)


def _read_again(keyring: Keyring) -> None:
    try:
        keyring.reload()
    except (KeysMissing, OSError) as error:
        raise Refusal(Reason.ISSUER_REPLACED) from error
