"""The enrolment records behind entries of kinds 2 and 4, for whoever compares them with their own receipts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from pakta.core import canonical
from pakta.core.canonical import Json
from pakta.core.ledgerentry import VERSION, EntryKind
from pakta.ledger import service
from pakta.ledger.models import Absence, Entry, Payload

ENTRIES, PAYLOADS, ABSENCES = (cast(Table, each.__table__) for each in (Entry, Payload, Absence))
HEADS = tuple(bytes((VERSION, kind)) for kind in (EntryKind.KEY_ENROLLED, EntryKind.KEY_RECOVERED))
CHUNK = 4096  # rows read at once


def exported(session: Session) -> Iterator[str]:
    """Yield the export as JSON lines, oldest first: each record, or why there is none.  Holds identity numbers.

    The first line is {"v":1,"size":N}: entries from N on are not in the export.
    """
    size = service.size(session)
    yield _line({"v": 1, "size": size})
    rows = (
        select(ENTRIES.c.index, PAYLOADS.c.payload, ABSENCES.c.cause)
        .outerjoin(PAYLOADS, PAYLOADS.c.index == ENTRIES.c.index)
        .outerjoin(ABSENCES, ABSENCES.c.index == ENTRIES.c.index)
        .where(ENTRIES.c.index < size, func.substr(ENTRIES.c.entry, 1, 2).in_(HEADS))
        .order_by(ENTRIES.c.index)
        .execution_options(yield_per=CHUNK)
    )
    for index, payload, cause in session.execute(rows):
        if payload is None:
            yield _line({"index": index, "absent": cause or "missing"})
        else:
            yield _line({"index": index, "record": canonical.base64url(payload)})


def _line(members: dict[str, Json]) -> str:
    return canonical.encode(members).decode() + "\n"
