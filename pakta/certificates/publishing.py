"""What the issuer publishes beside credentials: the status list and the key set, each a ledger entry."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.orm import Session

from pakta.certificates import issuing, rules
from pakta.certificates.models import ErasedPlace, IssuedCredential, KeySet, LostStatus, StatusList
from pakta.config import Config
from pakta.core import keyset, status
from pakta.core.ledgerentry import EntryKind
from pakta.keyring import Keyring
from pakta.ledger import copy
from pakta.ledger import service as ledger

STATUS_TTL = timedelta(hours=12)
STATUS_LIFE = timedelta(hours=48)
RENEW_BEFORE = timedelta(hours=6)
RECENT = 500  # lists among which one of the future is looked for: months of renewals, or as many revocations
_NEWEST = select(StatusList).order_by(StatusList.id.desc()).limit(1)


def publish_status_list(session: Session, *, now: datetime, keyring: Keyring, config: Config) -> StatusList:
    """Sign and store the status list of all credentials as it stands now; return the newest.

    Where changes have come faster than one a second for as long as readers bear with, none is signed: it would be of
    the same second as the one before, and so no newer.  The worker signs one as soon as there is a second for it.
    """
    issuer = issuing.key(session, keyring=keyring)  # takes the writer's lock: the last list is looked at behind it
    issued_at = _next_second(session, now)
    if issued_at is None:
        return session.execute(_NEWEST).scalar_one()
    claims = status.TokenClaims(
        uri=f"{config.origin}/s/0",
        issued_at=int(issued_at.timestamp()),
        expires_at=int((issued_at + STATUS_LIFE).timestamp()),
        ttl=int(STATUS_TTL.total_seconds()),
        lst=status.encode(_values(session)),
    )
    to_be_signed = status.to_be_signed(claims, kid=issuer.kid)
    index = ledger.append(session, kind=EntryKind.STATUS_LIST, payload=to_be_signed, now=now)
    token = status.assemble(claims, kid=issuer.kid, signature=issuer.sign(to_be_signed))
    row = StatusList(token=token, ledger_index=index, issued_at=issued_at)
    session.add(row)
    session.flush()
    return row


def newest_status_list(session: Session) -> StatusList | None:
    """Return the status list that is served, or None before the first one."""
    return session.execute(_NEWEST).scalar_one_or_none()


def status_list_is_due(session: Session, *, now: datetime) -> bool:
    """Say whether a new list should be signed: before the old one's time to live or its places run out.

    And after each new key set, once the time has come of one that was signed under a clock that was ahead, and where
    `publish_status_list` had no second for a change.
    """
    row, keys = newest_status_list(session), newest_key_set(session)
    if row is None or now - row.issued_at > RENEW_BEFORE or row.issued_at != _last_believed(session, now):
        return True
    if keys is not None and keys.ledger_index > row.ledger_index:
        return True  # after a restore that could not sign one, the first list under keys that may
    if _had_no_second(session, row):
        return True
    return rules.list_is_short(published_at=row.ledger_index, entries=ledger.size(session))


def publish_key_set(
    session: Session, *, now: datetime, keyring: Keyring, config: Config, vouched: bool = False
) -> KeySet:
    """Publish the key set where it differs from the newest one; return the newest.

    A key that has just taken over signs it before it signs anything else.  Versions go on from all that were
    ever entered, also where their texts are lost: readers believe no lower one than they have seen.

    vouched  the operator says that this keyring knows all that was ever published

    Refuses with ISSUER_REPLACED where a newer key than ours has signed one, and with KEY_SET_LOST.
    """
    issuer = issuing.key_to_publish_with(session, keyring=keyring, vouched=vouched)
    newest, history = newest_key_set(session), keyring.issuers.history
    if newest is not None and not vouched and _says_the_same(newest, keyring=keyring, config=config):
        return newest
    version = max(newest.version if newest else 0, ledger.count(session, kind=EntryKind.KEY_SET)) + 1
    text = keyset.build(
        issuer_keys=history.keys,
        version=version,
        host=config.host,
        issued_at=now,
        log_origin=ledger.origin(config),
        log_vkey=ledger.verifier_key(keyring, config),
        compromised=history.compromised,
        endorsements=history.endorsements,
    )
    index = ledger.append(session, kind=EntryKind.KEY_SET, payload=text, now=now)
    signed = keyset.sign(text, kid=issuer.kid, sign=issuer.sign)
    session.execute(insert(KeySet).values(version=version, text=signed, ledger_index=index, published_at=now))
    return session.get_one(KeySet, version)


def _enter_again(connection: Connection, index: int, text: bytes, at: datetime) -> None:
    """Store a key set that the copy of the ledger brought back."""
    version = keyset.parse(text).version
    connection.execute(insert(KeySet).values(version=version, text=text, ledger_index=index, published_at=at))


COPIED = copy.Signed(
    kind=EntryKind.KEY_SET,
    texts=select(KeySet.ledger_index, KeySet.text),
    payload=lambda text: keyset.parse(text).payload,
    enter=_enter_again,
)


def newest_key_set(session: Session) -> KeySet | None:
    """Return the key set that is served, or None before the first one."""
    return session.execute(select(KeySet).order_by(KeySet.version.desc()).limit(1)).scalar_one_or_none()


def _says_the_same(row: KeySet, *, keyring: Keyring, config: Config) -> bool:
    known, history = keyset.parse(row.text), keyring.issuers.history
    return (
        known.signer == keyring.issuer.kid
        and set(known.issuer_keys) == set(history.keys)
        and (known.compromised, known.endorsements) == (history.compromised, history.endorsements)
        and known.log_vkey == ledger.verifier_key(keyring, config)
    )


def _values(session: Session) -> bytearray:
    """Return one byte a place: the status of each credential by its index, lost and erased ones included."""
    values = bytearray(rules.list_length(ledger.size(session)))
    for row in (IssuedCredential, LostStatus, ErasedPlace):
        for index, value in session.execute(select(row.status_index, row.status).where(row.status != 0)):
            values[index] = value
    return values


def _had_no_second(session: Session, row: StatusList) -> bool:
    """Say whether a status was entered after a list: whoever enters one signs a list behind it, where there is a
    second for it (`publish_status_list`).
    """
    return ledger.last_change(session) > row.ledger_index


def _next_second(session: Session, now: datetime) -> datetime | None:
    """Return a whole second after the last list that readers believe, so that they always see the newer as newer.

    None where the last one stands a second past what they believe.  One of the future was signed under a wrong clock:
    none follows it until its time has come, and then each does.
    """
    reach = now + timedelta(seconds=status.SKEW)
    last = _last_signed(session, until=reach + timedelta(seconds=1))
    if last is not None and last > reach:
        return None
    moment = now.replace(microsecond=0)
    return moment if last is None else max(moment, last + timedelta(seconds=1))


def _last_believed(session: Session, now: datetime) -> datetime | None:
    """Return when the list was signed that is the newest to a reader with a right clock."""
    return _last_signed(session, until=now + timedelta(seconds=status.SKEW))


def _last_signed(session: Session, *, until: datetime) -> datetime | None:
    recent = select(StatusList.issued_at).order_by(StatusList.id.desc()).limit(RECENT).subquery()
    newest = select(func.max(recent.c.issued_at)).where(recent.c.issued_at <= until)
    found: datetime | None = session.execute(newest).scalar_one()
    return found
