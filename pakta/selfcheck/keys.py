"""Keys enrolled in people's names, against their records and entries."""

from __future__ import annotations

from collections.abc import Iterator

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
    at = entries.entry_rows(session, (row.ledger_index for row in rows))
    revoked = _revocations(session)
    for row in rows:
        where = f"key {row.id}"
        yield from entries.compare(
            where, index=row.ledger_index, entry=at.get(row.ledger_index), kind=ENROLLED[row.way],
            payload=row.record,
        )  # fmt: skip
        yield from _record(where, row)
        if (row.revoked_at is not None) != (row.thumbprint in revoked):
            yield Finding(where, "revoked_at and the entries of revocation disagree")
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


def _revocations(session: Session) -> set[str]:
    """Return the thumbprints that the ledger's payloads say are revoked."""
    rows = session.execute(select(Payload.payload).where(Payload.kind == int(EntryKind.KEY_REVOKED)))
    found = set()
    for payload in rows.scalars():
        _, _, text = payload.partition(b"\n")
        try:
            members = canonical.decode_object(text, reason=Reason.ENROLMENT_MALFORMED)
        except Refusal:
            continue  # the payload is not what its entry is the hash of: the ledger's own check says so
        found.add(str(members.get("key")))
    return found
