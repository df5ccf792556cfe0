"""How a stored row is compared with its entry in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.core import ledgerentry
from pakta.core.ledgerentry import EntryKind
from pakta.ledger.check import Finding
from pakta.ledger.models import Absence, Entry, Payload

CLOSE = timedelta(seconds=2)  # times of one act, some of them cut to whole seconds


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands at an index: the entry, and when its payload was recorded (None where that is gone)."""

    entry: bytes
    at: datetime | None


def compare(
    where: str, *, index: int, entered: Entered | None, kind: EntryKind, payload: bytes, at: datetime | None
) -> Iterator[Finding]:
    """Compare what a row says was entered, and when, with what stands at its index."""
    if entered is None:
        yield Finding(where, f"entry {index} is missing")
    elif entered.entry != ledgerentry.entry(kind, payload):
        yield Finding(where, f"entry {index} differs")
    elif at is not None and entered.at is not None and not together(at, entered.at):
        yield Finding(where, f"its time is not that of entry {index}")


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


def at_indexes(session: Session, indexes: Iterable[int]) -> dict[int, Entered]:
    """Return what stands at these indexes."""
    wanted, found = sorted(set(indexes)), {}
    for at in range(0, len(wanted), 500):
        rows = session.execute(
            select(Entry.index, Entry.entry, Payload.recorded_at)
            .outerjoin(Payload, Payload.index == Entry.index)
            .where(Entry.index.in_(wanted[at : at + 500]))
        )
        found.update({row[0]: Entered(row[1], row[2]) for row in rows})
    return found


def together(one: datetime, other: datetime) -> bool:
    """Say whether two times can be of one act."""
    return abs(one - other) <= CLOSE
