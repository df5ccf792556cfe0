"""What is said to be missing with reason: each absence and erased place against its mark."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.certificates import places
from pakta.certificates.models import ErasedPlace, IssuedCredential
from pakta.core.ledgerentry import EntryKind
from pakta.ledger import absences
from pakta.ledger.check import Finding
from pakta.ledger.models import Absence, Entry
from pakta.selfcheck import statuses

Pepper = Callable[[str], bytes]


def check(session: Session, *, pepper: Pepper) -> Iterator[Finding]:
    """Yield what does not agree in the absences and the erased places."""
    erased = 0
    rows = select(Absence.index, Absence.cause, Absence.mark, Entry.entry)
    for index, cause, mark, entry in session.execute(
        rows.outerjoin(Entry, Entry.index == Absence.index).order_by(Absence.index)
    ):
        where = f"absence {index}"
        if entry is None:
            yield Finding(where, "has no entry")
            continue
        if not _same(mark, absences.mark(index, cause, entry, pepper=pepper)):
            yield Finding(where, f"says {cause}, but it was not we who wrote that")
        erased += cause == absences.ERASED and entry[1] == EntryKind.CREDENTIAL
    yield from _places(session, credentials=erased, pepper=pepper)


def _places(session: Session, *, credentials: int, pepper: Pepper) -> Iterator[Finding]:
    packed = statuses.newest_list(session)
    for place, value, mark in session.execute(
        select(ErasedPlace.status_index, ErasedPlace.status, ErasedPlace.mark).order_by(ErasedPlace.status_index)
    ):
        where = f"erased place {place}"
        if not _same(mark, places.mark(place, value, pepper=pepper)):
            yield Finding(where, f"says {value}, but it was not we who wrote that")
        elif packed is not None:
            yield from statuses.compare_place(where, packed, place=place, value=value)
    kept = session.execute(select(func.count()).select_from(ErasedPlace)).scalar_one()
    if kept != credentials:
        yield Finding("erased places", f"{kept} are kept, {credentials} credentials were erased")
    twice = select(ErasedPlace.status_index).join(
        IssuedCredential, IssuedCredential.status_index == ErasedPlace.status_index
    )
    for place in session.execute(twice).scalars():
        yield Finding(f"erased place {place}", "was given again")


def _same(stored: bytes | None, made: bytes) -> bool:
    return stored is not None and hmac.compare_digest(stored, made)
