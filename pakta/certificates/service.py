"""Issuing a certificate, asking for one, and changing its status."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, or_, select
from sqlalchemy.orm import Session

from pakta.certificates import issuing, publishing, rules
from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.certificates.rules import ReasonClass, Status
from pakta.config import Config
from pakta.core import canonical, credential, number
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.keyring import Keyring
from pakta.ledger import service as ledger
from pakta.notices import service as notices
from pakta.roster import counters, names

STATUS_PREFIX = b"pakta/status/v1\n"
TABLE = cast(Table, IssuedCredential.__table__)
_STORE = insert(TABLE).inline()  # nobody asks for the new row's id
_STANDS = TABLE.c.status != Status.REVOKED
_STANDING = select(TABLE.c.id).where(
    TABLE.c.person_id == bindparam("person"), TABLE.c.edition_code == bindparam("edition"), _STANDS
)
_ALL_STANDING = select(TABLE.c.person_id, TABLE.c.edition_code).where(
    _STANDS, TABLE.c.person_id.in_(bindparam("people", expanding=True))
)
VALID_AFTER_CLOSING = timedelta(days=5 * 365 + 1)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted signature: whose, where they stood, of what, with which key and by which evidence."""

    person_id: int
    name: str
    unit_id: int
    unit: str
    unit_short: str
    marked: bool
    edition_code: str
    closes_on: date
    key_id: int
    method: int
    evidence_hash: bytes


def issue(
    session: Session,
    *,
    accepted: Sequence[Accepted],
    now: datetime,
    keyring: Keyring,
    config: Config,
) -> list[str]:
    """Issue a credential for each signature and return their numbers: entries, credentials, counters together.

    A credential's place in the status list is its index in the ledger: both are given once.
    The bytes that the issuer signs are stored, as the entry's payload, before its key is used.
    Refuses as `issuing.key_to_issue_with` does, and with STATEMENT_STALE where somebody is moved in this moment.
    """
    issuer = issuing.key_to_issue_with(session, keyring=keyring, now=now)
    places = enumerate(accepted, ledger.next_index(session))
    claims = [_claims(each, ledger_index=index, now=now, config=config) for index, each in places]
    payloads = [credential.to_be_signed(each, kid=issuer.kid) for each in claims]
    ledger.append_all(session, kind=EntryKind.CREDENTIAL, payloads=payloads, now=now)
    rows = [
        _row(made, each, to_be_signed=payload, kid=issuer.kid, signature=issuer.sign(payload))
        for made, each, payload in zip(claims, accepted, payloads, strict=True)
    ]
    session.connection().execute(_STORE, rows)
    marks = [(each.person_id, each.edition_code, each.unit_id) for each in accepted]
    counters.mark_all_signed(session, signed=marks, now=now)
    return [row["number"] for row in rows]


def all_standing(session: Session, *, person_ids: Sequence[int]) -> set[tuple[int, str]]:
    """Return which certificates (person, edition) of these people have not been revoked."""
    return {(row[0], row[1]) for row in session.connection().execute(_ALL_STANDING, {"people": list(person_ids)})}


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


def signed_otherwise(session: Session, *, named: Mapping[int, str]) -> set[int]:
    """Return who of these people signed under a name that is another person's than the one they are to have.

    Each of their certificates is asked that has a name and is not revoked, or gave way to a newer one of theirs: who
    signs after each of several small changes comes to no other name that way.
    """
    stands = or_(IssuedCredential.status != Status.REVOKED.value, IssuedCredential.replaced_by.is_not(None))
    rows = select(IssuedCredential.person_id, IssuedCredential.cose).where(
        IssuedCredential.person_id.in_(named), stands, IssuedCredential.cose.is_not(None)
    )
    found = set()
    for person_id, cose in session.execute(rows.order_by(IssuedCredential.id)):
        name = credential.parse(cose or b"").claims.name
        if name is not None and names.is_other(name, named[person_id]):
            found.add(person_id)
    return found


def of_key(session: Session, *, key_id: int) -> list[IssuedCredential]:
    """Return all certificates signed with a key."""
    return list(session.execute(select(IssuedCredential).where(IssuedCredential.key_id == key_id)).scalars())


def numbers(session: Session, *, person_ids: Sequence[int], edition_codes: Sequence[str]) -> dict[int, str]:
    """Return the numbers of these people's standing certificates of these editions, by person."""
    if not person_ids:
        return {}
    row = IssuedCredential
    wanted = select(row.person_id, row.number).where(
        row.person_id.in_(person_ids), row.edition_code.in_(edition_codes), row.status != Status.REVOKED
    )
    return {person_id: number for person_id, number in session.execute(wanted)}


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

    Where changes have come too fast for a list of each, the worker signs it (`publishing.publish_status_list`).

    Refuses with STATUS_FINAL or STATUS_SAME.
    """
    enter_status(session, row=row, status=status, reason=reason, now=now)
    publishing.publish_status_list(session, now=now, keyring=keyring, config=config)


def enter_status(
    session: Session,
    *,
    row: IssuedCredential,
    status: Status,
    reason: ReasonClass,
    now: datetime,
    replaced: bool = False,
) -> None:
    """Enter a change of status, move the counters and tell the owner.

    `publishing.publish_status_list` must follow in the same transaction.

    replaced  a new certificate takes its place in this transaction: who links them tells the owner of both

    Refuses with STATUS_FINAL or STATUS_SAME.
    """
    ledger.lock(session)
    session.refresh(row)
    rules.check_change(old=row.status, new=status)
    payload = STATUS_PREFIX + canonical.encode(
        {
            "v": 1,
            "credential": row.number,
            "index": row.ledger_index,
            "status": int(status),
            "class": reason.value,
            "at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "salt": canonical.base64url(secrets.token_bytes(16)),
        }
    )
    ledger.append(session, kind=rules.ENTRY[status], payload=payload, now=now)
    move_counter(session, row=row, status=status, now=now)
    row.status, row.status_class, row.status_at = int(status), reason.value, now
    if not replaced:
        tell(session, row=row, now=now)
    session.flush()


def tell(session: Session, *, row: IssuedCredential, now: datetime) -> None:
    """Tell a certificate's owner of the status that it has just been given."""
    facts: dict[str, str | int] = {"certificate": row.number, "class": row.status_class, "key": row.key_id}
    notices.tell(session, person_id=row.person_id, kind=rules.NOTICE[Status(row.status)], facts=facts, now=now)


def move_counter(session: Session, *, row: IssuedCredential, status: Status, now: datetime) -> None:
    """Move the counters for a certificate that gets this status."""
    if status == Status.VALID:
        counters.mark_signed(
            session,
            person=row.person,
            edition_code=row.edition_code,
            now=now,
            unit_id=row.unit_id,
            signed_at=row.issued_at,
        )
    elif row.status == Status.VALID:
        counters.unmark_signed(session, person=row.person, edition_code=row.edition_code, now=now)


def _claims(accepted: Accepted, *, ledger_index: int, now: datetime, config: Config) -> credential.Claims:
    closes = datetime.combine(accepted.closes_on, time(16, 59, 59), tzinfo=UTC)
    return credential.Claims(
        issuer=config.host,
        expires_at=int((closes + VALID_AFTER_CLOSING).timestamp()),
        issued_at=int(now.timestamp()),
        cti=secrets.token_bytes(16),
        status_index=ledger_index,
        status_uri=f"{config.origin}/s/0",
        name=None if accepted.marked else accepted.name,
        unit=_unit_words(accepted),
        edition=accepted.edition_code,
        evidence_hash=accepted.evidence_hash,
        method=accepted.method,
        ledger_index=ledger_index,
    )


def _unit_words(accepted: Accepted) -> str:
    """Return the unit's name, or its short name where name and unit together are too long for the QR."""
    both = ("" if accepted.marked else accepted.name) + accepted.unit
    return accepted.unit if len(both.encode()) <= credential.NAME_AND_UNIT_LIMIT else accepted.unit_short


def _row(
    claims: credential.Claims, accepted: Accepted, *, to_be_signed: bytes, kid: bytes, signature: bytes
) -> dict[str, Any]:
    return {
        "number": number.from_cti(claims.cti),
        "cti": claims.cti,
        "person_id": accepted.person_id,
        "unit_id": accepted.unit_id,
        "edition_code": claims.edition,
        "key_id": accepted.key_id,
        "evidence_hash": claims.evidence_hash,
        "to_be_signed": to_be_signed,
        "cose": credential.assemble(claims, kid=kid, signature=signature),
        "ledger_index": claims.ledger_index,
        "status_index": claims.status_index,
        "method": claims.method,
        "issued_at": datetime.fromtimestamp(claims.issued_at, UTC),
        "expires_at": datetime.fromtimestamp(claims.expires_at, UTC),
        "status": Status.VALID,
        "status_class": "",
    }
