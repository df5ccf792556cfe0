"""Issuing a certificate, asking for one, and changing its status."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, insert, select
from sqlalchemy.orm import Session

from pakta.accounts.models import PersonKey
from pakta.certificates import publishing, rules
from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.certificates.rules import ReasonClass, Status
from pakta.config import Config
from pakta.core import canonical, credential, number
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.editions.models import Edition
from pakta.keyring import Keyring
from pakta.ledger import service as ledger
from pakta.roster import counters
from pakta.roster.models import Person

STATUS_PREFIX = b"pakta/status/v1\n"
TABLE = cast(Table, IssuedCredential.__table__)
_STORE = insert(TABLE)
_STANDING = select(TABLE.c.id).where(
    TABLE.c.person_id == bindparam("person"),
    TABLE.c.edition_code == bindparam("edition"),
    TABLE.c.status != Status.REVOKED,
)
_LAST_PLACE = select(func.max(TABLE.c.status_index))
_OUTLOOK = select(_STANDING.scalar_subquery(), _LAST_PLACE.scalar_subquery())
VALID_AFTER_CLOSING = timedelta(days=5 * 365 + 1)


def issue(
    session: Session,
    *,
    person: Person,
    edition: Edition,
    key: PersonKey,
    evidence_hash: bytes,
    method: int,
    status_index: int,
    now: datetime,
    keyring: Keyring,
    config: Config,
) -> str:
    """Issue the credential for accepted evidence and return its number: entry, credential, counters together.

    status_index  as `outlook` gave it under the writer's lock

    The bytes that the issuer signs are stored, as the entry's payload, before its key is used.
    """
    index = ledger.next_index(session)
    claims = _claims(
        person=person,
        edition=edition,
        evidence_hash=evidence_hash,
        method=method,
        ledger_index=index,
        status_index=status_index,
        now=now,
        config=config,
    )
    to_be_signed = credential.to_be_signed(claims, kid=keyring.issuer.kid)
    ledger.append(session, kind=EntryKind.CREDENTIAL, payload=to_be_signed, now=now)
    cose = credential.assemble(claims, kid=keyring.issuer.kid, signature=keyring.issuer.sign(to_be_signed))
    row = _row(claims, to_be_signed=to_be_signed, cose=cose, person=person, key=key)
    session.connection().execute(_STORE, row)
    counters.mark_signed(session, person=person, edition_code=edition.code, now=now)
    return str(row["number"])


def outlook(session: Session, *, person_id: int, edition_code: str) -> tuple[int | None, int]:
    """Return the id of the person's standing certificate, or None, and the status index that a new one gets."""
    standing, last = session.connection().execute(_OUTLOOK, {"person": person_id, "edition": edition_code}).one()
    return standing, 0 if last is None else last + 1


def standing(session: Session, *, person_id: int, edition_code: str) -> IssuedCredential | None:
    """Return the person's certificate of this edition that has not been revoked, or None."""
    found = session.connection().execute(_STANDING, {"person": person_id, "edition": edition_code}).scalar()
    return None if found is None else session.get_one(IssuedCredential, found)


def by_number(session: Session, *, text: str) -> IssuedCredential | None:
    """Return the certificate with this number, or None; refuses a malformed number as `core.number` does."""
    wanted = number.parse(text)
    return session.execute(select(IssuedCredential).where(IssuedCredential.number == wanted)).scalar_one_or_none()


def require(session: Session, *, text: str) -> IssuedCredential:
    """Return the certificate with this number; refuses with CERTIFICATE_UNKNOWN where there is none."""
    row = by_number(session, text=text)
    if row is None:
        raise Refusal(Reason.CERTIFICATE_UNKNOWN)
    return row


def by_evidence(session: Session, *, evidence_hash: bytes) -> IssuedCredential | None:
    """Return the certificate that was issued for this evidence, or None."""
    return session.execute(
        select(IssuedCredential).where(IssuedCredential.evidence_hash == evidence_hash)
    ).scalar_one_or_none()


def evidence_of(session: Session, *, row: IssuedCredential) -> bytes | None:
    """Return the evidence behind a certificate, or None after erasure."""
    stored = session.get(StoredEvidence, row.evidence_hash)
    return stored.evidence if stored is not None else None


def of_person(session: Session, *, person_id: int) -> list[IssuedCredential]:
    """Return all certificates of a person, newest first."""
    rows = select(IssuedCredential).where(IssuedCredential.person_id == person_id)
    return list(session.execute(rows.order_by(IssuedCredential.id.desc())).scalars())


def of_key(session: Session, *, key_id: int) -> list[IssuedCredential]:
    """Return all certificates signed with a key."""
    return list(session.execute(select(IssuedCredential).where(IssuedCredential.key_id == key_id)).scalars())


def address(row: IssuedCredential, *, config: Config) -> str:
    """Return the address that the certificate's QR holds."""
    if row.cose is None:
        raise ValueError("a credential without its signature was about to be shown")
    return credential.to_address(row.cose, origin=config.origin)


def change_status(
    session: Session,
    *,
    row: IssuedCredential,
    status: Status,
    reason: ReasonClass,
    now: datetime,
    keyring: Keyring,
    config: Config,
) -> None:
    """Revoke, suspend or reinstate: an entry, the counters and a new status list, all at once.

    Refuses with STATUS_FINAL or STATUS_SAME.
    """
    ledger.lock(session)
    session.refresh(row)
    rules.check_change(old=row.status, new=status)
    payload = STATUS_PREFIX + canonical.encode(
        {
            "v": 1,
            "credential": row.number,
            "status": int(status),
            "class": reason.value,
            "at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "salt": canonical.base64url(secrets.token_bytes(16)),
        }
    )
    ledger.append(session, kind=rules.ENTRY[status], payload=payload, now=now)
    _move_counter(session, row=row, status=status)
    row.status, row.status_class, row.status_at = int(status), reason.value, now
    session.flush()
    publishing.publish_status_list(session, now=now, keyring=keyring, config=config)


def _move_counter(session: Session, *, row: IssuedCredential, status: Status) -> None:
    if status == Status.VALID:
        counters.mark_signed(session, person=row.person, edition_code=row.edition_code, now=row.issued_at)
    elif row.status == Status.VALID:
        counters.unmark_signed(session, person=row.person, edition_code=row.edition_code)


def _claims(
    *,
    person: Person,
    edition: Edition,
    evidence_hash: bytes,
    method: int,
    ledger_index: int,
    status_index: int,
    now: datetime,
    config: Config,
) -> credential.Claims:
    closes = datetime.combine(edition.closes_on, time(16, 59, 59), tzinfo=UTC)
    return credential.Claims(
        issuer=config.host,
        expires_at=int((closes + VALID_AFTER_CLOSING).timestamp()),
        issued_at=int(now.timestamp()),
        cti=secrets.token_bytes(16),
        status_index=status_index,
        status_uri=f"{config.origin}/s/0",
        name=None if person.unit.institution.marked else person.name,
        unit=_unit_words(person),
        edition=edition.code,
        evidence_hash=evidence_hash,
        method=method,
        ledger_index=ledger_index,
    )


def _unit_words(person: Person) -> str:
    """Return the unit's name, or its short name where name and unit together are too long for the QR."""
    name = "" if person.unit.institution.marked else person.name
    full = person.unit.name
    return full if len((name + full).encode()) <= credential.NAME_AND_UNIT_LIMIT else person.unit.short_name


def _row(
    claims: credential.Claims, *, to_be_signed: bytes, cose: bytes, person: Person, key: PersonKey
) -> dict[str, Any]:
    return {
        "number": number.from_cti(claims.cti),
        "cti": claims.cti,
        "person_id": person.id,
        "unit_id": person.unit_id,
        "edition_code": claims.edition,
        "key_id": key.id,
        "evidence_hash": claims.evidence_hash,
        "to_be_signed": to_be_signed,
        "cose": cose,
        "ledger_index": claims.ledger_index,
        "status_index": claims.status_index,
        "method": claims.method,
        "issued_at": datetime.fromtimestamp(claims.issued_at, UTC),
        "expires_at": datetime.fromtimestamp(claims.expires_at, UTC),
        "status": Status.VALID,
        "status_class": "",
    }
