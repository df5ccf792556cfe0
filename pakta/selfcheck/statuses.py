"""Statuses: each credential's row against its entries in the ledger and the newest status list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from pakta.certificates import publishing, service
from pakta.certificates.models import IssuedCredential, LostStatus
from pakta.certificates.rules import Status
from pakta.core import canonical, cbor, cose, number, status
from pakta.core.cbor import Cbor
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.ledger.check import Finding
from pakta.ledger.models import Absence, Payload
from pakta.selfcheck import entries

KINDS = (EntryKind.SUSPENDED, EntryKind.REVOKED, EntryKind.REINSTATED)


@dataclass(frozen=True, slots=True)
class _Entered:
    index: int
    status: int
    reason: str
    at: datetime


def check(session: Session) -> Iterator[Finding]:
    """Yield what does not agree in the statuses."""
    entered = _entered(session)
    packed = newest_list(session)
    rows = (
        select(
            IssuedCredential.number,
            IssuedCredential.status,
            IssuedCredential.status_class,
            IssuedCredential.status_at,
            IssuedCredential.status_index,
        )
        .order_by(IssuedCredential.id)
        .execution_options(yield_per=1000)
    )
    for text, value, reason, at, place in session.execute(rows):
        where = f"status of {number.spoken(text)}"
        yield from _row(where, entered.pop(text, None), value=value, reason=reason, at=at)
        if packed is not None:
            yield from compare_place(where, packed, place=place, value=value)
    yield from _lost(session, entered, packed)
    yield from _replaced(session)


def _replaced(session: Session) -> Iterator[Finding]:
    """Compare each certificate that was replaced with the one that took its place in the same moment."""
    old, new = aliased(IssuedCredential), aliased(IssuedCredential)
    rows = (
        select(old.number, old.status, old.status_at, new.issued_at)
        .outerjoin(
            new,
            and_(new.number == old.replaced_by, new.person_id == old.person_id, new.edition_code == old.edition_code),
        )
        .where(old.replaced_by.is_not(None))
        .order_by(old.id)
    )
    for text, value, at, issued_at in session.execute(rows):
        if value != Status.REVOKED or at is None or issued_at is None or not entries.together(at, issued_at):
            yield Finding(f"status of {number.spoken(text)}", "replaced_by is not what took its place")


def _lost(session: Session, entered: Mapping[str, _Entered], packed: bytes | None) -> Iterator[Finding]:
    """Compare the statuses of certificates without a row: lost with an old backup, and kept apart."""
    kept = {row.number: row for row in session.execute(select(LostStatus)).scalars()}
    gone = set(session.execute(select(Absence.index).where(Absence.cause == "replayed")).scalars())
    for text in sorted(set(entered) | set(kept)):
        where, row, last = f"status of {number.spoken(text)}", kept.get(text), entered.get(text)
        if row is None or row.status_index not in gone:
            yield Finding(where, "is entered, but there is no such credential")
        elif last is None or (row.status, row.status_index) != (last.status, last.index):
            yield Finding(where, "is not what its last entry says")
        elif packed is not None:
            yield from compare_place(where, packed, place=row.status_index, value=row.status)


def _row(where: str, entered: _Entered | None, *, value: int, reason: str, at: datetime | None) -> Iterator[Finding]:
    if entered is None:
        if value or reason or at:
            yield Finding(where, f"is {value}, but no entry says so")
    elif value != entered.status:
        yield Finding(where, f"is {value}, its last entry says {entered.status}")
    elif reason != entered.reason:
        yield Finding(where, "status_class is not that of its last entry")
    elif at is None or not entries.together(at, entered.at):
        yield Finding(where, "status_at is not that of its last entry")


def compare_place(where: str, packed: bytes, *, place: int, value: int) -> Iterator[Finding]:
    """Compare a value with what the newest list says at its place."""
    try:
        published = status.get(packed, place)
    except Refusal:
        yield Finding(where, "lies outside the newest status list")
        return
    if published != value:
        yield Finding(where, f"is {value}, the newest status list says {published}")


def _entered(session: Session) -> dict[str, _Entered]:
    """Return the last status that was entered, by certificate number."""
    found: dict[str, _Entered] = {}
    kinds = [int(kind) for kind in KINDS]
    rows = select(Payload.payload).where(Payload.kind.in_(kinds)).order_by(Payload.index)
    for payload in session.execute(rows).scalars():
        text = payload.removeprefix(service.STATUS_PREFIX)
        try:
            members = canonical.decode_object(text, reason=Reason.STATUS_MALFORMED)
            at = datetime.fromisoformat(str(members["at"]))
            index, value = cast(int, members["index"]), cast(int, members["status"])
            found[str(members["credential"])] = _Entered(index, value, str(members["class"]), at)
        except (Refusal, KeyError, ValueError):
            continue  # the payload is not what its entry is the hash of: the ledger's own check says so
    return found


def newest_list(session: Session) -> bytes | None:
    """Return the values of the newest status list, or None where it cannot be read."""
    row = publishing.newest_status_list(session)
    if row is None:
        return None
    try:
        claims = cast(Mapping[int, Cbor], cbor.decode(cose.parse(row.token).payload))
        return status.decode(cast(bytes, cast(Mapping[str, Cbor], claims[status.LIST])["lst"]))
    except (Refusal, KeyError, TypeError):
        return None  # the check of publications says so
