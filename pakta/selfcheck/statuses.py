"""Statuses: each credential's row against its entries in the ledger and the newest status list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import cast

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from pakta.certificates import publishing, service
from pakta.certificates.models import IssuedCredential, LostStatus, StatusList
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
class Change:
    """A change of status as it was entered: by this entry, of the certificate with this index, and when recorded."""

    entry: int
    index: int
    status: int
    reason: str
    at: datetime
    recorded_at: datetime


Changes = Mapping[str, Sequence[Change]]


def check(session: Session) -> Iterator[Finding]:
    """Yield what does not agree in the statuses."""
    changed = changes(session)
    entered = {text: found[-1] for text, found in changed.items()}
    packed, newest = newest_list(session), publishing.newest_status_list(session)
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
        where, last = f"status of {number.spoken(text)}", entered.pop(text, None)
        yield from _row(where, last, value=value, reason=reason, at=at)
        if packed is not None and not _waits(last, newest):
            yield from compare_place(where, packed, place=place, value=value)
    yield from _lost(session, entered, packed)
    yield from _replaced(session, changed)


def _waits(last: Change | None, newest: StatusList | None) -> bool:
    """Say whether there was no second for a list with this change when it was entered.

    The worker signs one a moment later (`publishing.status_list_is_due`); that it did not is not told here.
    """
    if last is None or newest is None or last.entry < newest.ledger_index:
        return False
    return newest.issued_at - last.recorded_at >= timedelta(seconds=status.SKEW - 1)


def _replaced(session: Session, changed: Changes) -> Iterator[Finding]:
    """Compare each certificate with the one that took its place: both entries were recorded in one moment."""
    old, new = aliased(IssuedCredential), aliased(IssuedCredential)
    same = and_(
        new.person_id == old.person_id,
        new.edition_code == old.edition_code,
        new.ledger_index > old.ledger_index,
    )
    rows = (
        select(old.number, old.status, old.replaced_by, new.number, Payload.recorded_at)
        .outerjoin(new, same)
        .outerjoin(Payload, Payload.index == new.ledger_index)
        .where(or_(old.status == Status.REVOKED, old.replaced_by.is_not(None)))
        .order_by(old.id)
    )
    for (text, value, said), found in groupby(session.execute(rows), key=lambda row: row[:3]):
        moments = {each.recorded_at for each in changed.get(text, ()) if value == each.status == Status.REVOKED}
        followed = [follower for *_, follower, at in found if at in moments]
        if said != (followed[0] if followed else None):
            yield Finding(f"status of {number.spoken(text)}", "replaced_by is not what took its place")


def _lost(session: Session, entered: Mapping[str, Change], packed: bytes | None) -> Iterator[Finding]:
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


def _row(where: str, entered: Change | None, *, value: int, reason: str, at: datetime | None) -> Iterator[Finding]:
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


def changes(session: Session) -> Changes:
    """Return what was entered about each certificate's status, by its number, oldest first."""
    found: dict[str, list[Change]] = {}
    kinds = [int(kind) for kind in KINDS]
    rows = (
        select(Payload.index, Payload.payload, Payload.recorded_at)
        .where(Payload.kind.in_(kinds))
        .order_by(Payload.index)
    )
    for entry, payload, recorded_at in session.execute(rows):
        text = payload.removeprefix(service.STATUS_PREFIX)
        try:
            members = canonical.decode_object(text, reason=Reason.STATUS_MALFORMED)
            at = datetime.fromisoformat(str(members["at"]))
            index, value = cast(int, members["index"]), cast(int, members["status"])
            change = Change(entry, index, value, str(members["class"]), at, recorded_at)
            found.setdefault(str(members["credential"]), []).append(change)
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
