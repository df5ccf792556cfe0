"""Entries without payload: why, and that it was we who said so.

Rules  Whoever changes the database without our keys can delete a payload, and can say why in
       `ledger_absences`, but cannot make the mark under it: `ledger check` names that row.
       Erased indexes are written anew in the ledger's order each time: neither their places in the
       table nor the transaction that wrote them tells which of them were one person's.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, text
from sqlalchemy.orm import Session

from pakta.core.ledgerentry import EntryKind
from pakta.ledger.models import Absence, Entry, Payload

Pepper = Callable[[str], bytes]

ABSENCES = cast(Table, Absence.__table__)
ENTRIES, PAYLOADS = cast(Table, Entry.__table__), cast(Table, Payload.__table__)
ERASED = "erased"
_HOLDING = {
    "sqlite": text('SELECT "index" FROM ledger_payloads WHERE kind IN :kinds AND instr(payload, :needle) > 0'),
    "postgresql": text(
        'SELECT "index" FROM ledger_payloads WHERE kind IN :kinds AND pg_catalog.position(payload, :needle) > 0'
    ),
}


def mark(index: int, cause: str, entry: bytes, *, pepper: Pepper) -> bytes:
    """Return the keyed hash under a row that says why an entry has no payload."""
    return hmac.digest(pepper("absence"), f"{index} {cause}\n".encode() + entry, "sha256")


def row(index: int, cause: str, entry: bytes, *, pepper: Pepper | None) -> dict[str, Any]:
    """Return a row of the table; without a mark where the pepper is not at hand."""
    return {"index": index, "cause": cause, "mark": pepper and mark(index, cause, entry, pepper=pepper)}


def holding(session: Session, *, kinds: Iterable[EntryKind], needles: Iterable[bytes]) -> set[int]:
    """Return the indexes of the payloads of these kinds that hold one of the needles; reads them all."""
    question = _HOLDING[session.get_bind().dialect.name].bindparams(bindparam("kinds", expanding=True))
    wanted = [int(kind) for kind in kinds]
    return {
        index
        for needle in needles
        for index in session.execute(question, {"kinds": wanted, "needle": needle}).scalars()
    }


def erase(session: Session, *, indexes: Iterable[int], pepper: Pepper) -> int:
    """Delete these entries' payloads and say so; return how many entries there were.

    Run it behind the writer's lock.
    """
    gone = sorted(set(indexes))
    for part in _parts(gone):
        session.execute(delete(PAYLOADS).where(PAYLOADS.c.index.in_(part)))
        session.execute(delete(ABSENCES).where(ABSENCES.c.index.in_(part)))
    before = session.execute(select(ABSENCES.c.index).where(ABSENCES.c.cause == ERASED)).scalars().all()
    session.execute(delete(ABSENCES).where(ABSENCES.c.cause == ERASED))
    rows = []
    for part in _parts(sorted({*gone, *before})):
        found = select(ENTRIES.c.index, ENTRIES.c.entry).where(ENTRIES.c.index.in_(part)).order_by(ENTRIES.c.index)
        rows += [row(index, ERASED, entry, pepper=pepper) for index, entry in session.execute(found)]
    if rows:
        session.execute(insert(ABSENCES), rows)
    return len(gone)


def _parts(indexes: Sequence[int], size: int = 500) -> Iterable[Sequence[int]]:
    return (indexes[at : at + size] for at in range(0, len(indexes), size))
