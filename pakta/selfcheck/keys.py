"""Keys enrolled in people's names, against their records and entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts.models import PersonKey
from pakta.core import canonical, signature
from pakta.core import evidence as core_evidence
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.ledger.check import Finding
from pakta.ledger.models import Payload
from pakta.selfcheck import entries

ENROLLED = {"slip": EntryKind.KEY_ENROLLED, "further": EntryKind.KEY_ENROLLED, "recovery": EntryKind.KEY_RECOVERED}


def check(session: Session) -> Iterator[Finding]:
    """Yield what does not agree in the keys."""
    rows = session.execute(select(PersonKey).order_by(PersonKey.id)).scalars().all()
    at = entries.at_indexes(session, (row.ledger_index for row in rows))
    revoked = _revocations(session)
    for row in rows:
        where = f"key {row.id}"
        yield from entries.compare(
            where, index=row.ledger_index, entered=at.get(row.ledger_index), kind=ENROLLED[row.way],
            payload=row.record, at=row.enrolled_at,
        )  # fmt: skip
        yield from _record(where, row)
        at_entry = revoked.get(row.thumbprint)
        if row.revoked_at != at_entry and not (
            row.revoked_at and at_entry and entries.together(row.revoked_at, at_entry)
        ):
            yield Finding(where, "revoked_at is not what the entries of revocation say")
    claimed = {row.ledger_index for row in rows}
    kinds = (EntryKind.KEY_ENROLLED, EntryKind.KEY_RECOVERED)
    yield from entries.unclaimed(session, kinds=kinds, claimed=claimed, what="key")


def _record(where: str, row: PersonKey) -> Iterator[Finding]:
    try:
        record = core_evidence.parse_enrolment(row.record)
        thumbprint = signature.thumbprint(row.jwk)
    except Refusal as refusal:
        yield Finding(where, f"record or key cannot be read ({refusal.reason})")
        return
    if record.key != row.thumbprint or thumbprint != row.thumbprint:
        yield Finding(where, "record, key and thumbprint are not of one key")
    if record.number != row.person.number:
        yield Finding(where, "its record is of another person's number")
    if record.way != row.way:
        yield Finding(where, "way is not that of its record")


def _revocations(session: Session) -> dict[str, datetime]:
    """Return the thumbprints that the ledger's payloads say are revoked, and since when."""
    rows = select(Payload.payload, Payload.recorded_at).where(Payload.kind == int(EntryKind.KEY_REVOKED))
    found: dict[str, datetime] = {}
    for payload, at in session.execute(rows):
        _, _, text = payload.partition(b"\n")
        try:
            members = canonical.decode_object(text, reason=Reason.ENROLMENT_MALFORMED)
        except Refusal:
            continue  # the payload is not what its entry is the hash of: the ledger's own check says so
        found[str(members.get("key"))] = at
    return found
