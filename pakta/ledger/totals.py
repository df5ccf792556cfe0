"""The totals that the public may hold against the ledger: entries of each kind, valid certificates of each edition.

Rules    Certificates come from the counters, never from people.  Counters and size are read in one statement, so
         that they are of one moment; entries never change, so that those below that size can be counted after it.
         Institutions whose people stay unnamed, and editions with fewer than `LEAST`, are left out.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from pakta.core import canonical
from pakta.ledger import kinds
from pakta.ledger.models import Entry
from pakta.roster.models import CounterSigned, Institution, Unit

ENTRIES = cast(Table, Entry.__table__)
LEAST = 10  # certificates of the smallest edition that is told

_SIZE = select(func.coalesce(func.max(ENTRIES.c.index) + 1, 0))
_SIGNED = (
    select(CounterSigned.edition_code, func.sum(CounterSigned.signed), _SIZE.scalar_subquery())
    .join(Unit, Unit.id == CounterSigned.unit_id)
    .join(Institution, Institution.id == Unit.institution_id)
    .where(Unit.parent_id.is_(None), Institution.marked.is_(False))
    .group_by(CounterSigned.edition_code)
)


class Counting(Exception):
    """The entries are being counted for somebody else just now."""


class Tally:
    """Counts entries by kind once and for all: each time only those since the last time or the newest head."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._counted = kinds.NOTHING
        self._lock = threading.Lock()

    def upto(self, session: Session, *, size: int) -> Mapping[int, int]:
        """Return how many of the first `size` entries are of each kind; the ledger has at least as many.

        Where no head tells its counts a large ledger takes seconds: whoever asks meanwhile gets Counting.
        """
        if not self._lock.acquire(blocking=False):
            raise Counting
        try:
            found = kinds.upto(session, size=size, known=self._counted)
            self._counted = (size, found)
        finally:
            self._lock.release()
        return found


def published(session: Session, *, tally: Tally) -> bytes:
    """Return the totals as canonical JSON: v, size, kinds, editions."""
    rows = session.execute(_SIGNED).all()
    size = int(rows[0][2] if rows else session.execute(_SIZE).scalar_one())
    counts = tally.upto(session, size=size)
    return canonical.encode(
        {
            "v": 1,
            "size": size,
            "kinds": {str(kind): count for kind, count in counts.items()},
            "editions": {code: int(signed) for code, signed, _ in rows if signed >= LEAST},
        }
    )
