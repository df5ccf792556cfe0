"""How a stored row is compared with its entry in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.core import ledgerentry
from pakta.core.ledgerentry import EntryKind
from pakta.ledger.check import Finding
from pakta.ledger.models import Absence, Entry, Payload

CLOSE = timedelta(seconds=2)  # times of one act, some of them cut to whole seconds


def compare(where: str, *, index: int, entry: bytes | None, kind: EntryKind, payload: bytes) -> Iterator[Finding]:
    """Compare what a row says was entered with the entry at its index."""
    if entry is None:
        yield Finding(where, f"entry {index} is missing")
    elif entry != ledgerentry.entry(kind, payload):
        yield Finding(where, f"entry {index} differs")


def unclaimed(session: Session, *, kinds: Iterable[EntryKind], claimed: set[int], what: str) -> Iterator[Finding]:
    """Name the entries of some kinds that no stored row stands behind.

    An entry replayed from the copy belongs to an act that was never finished: it has no row.
    """
    numbers = [int(kind) for kind in kinds]
    replayed = select(Absence.index)
    found = select(Payload.index).where(Payload.kind.in_(numbers), Payload.index.not_in(replayed))
    for index in session.execute(found.order_by(Payload.index)).scalars():
        if index not in claimed:
            yield Finding(f"entry {index}", f"no {what} stands behind it")


def entry_rows(session: Session, indexes: Iterable[int]) -> dict[int, bytes]:
    """Return the entries at these indexes."""
    wanted, found = sorted(set(indexes)), {}
    for at in range(0, len(wanted), 500):
        rows = session.execute(
            select(Entry.index, Entry.entry).where(Entry.index.in_(wanted[at : at + 500]))
        )
        found.update({row[0]: row[1] for row in rows})
    return found


def together(one: datetime, other: datetime) -> bool:
    """Say whether two times can be of one act."""
    return abs(one - other) <= CLOSE
