"""The totals that the public may hold against the ledger: entries of each kind, valid certificates of each edition.

Rules    Certificates come from the counters, never from people.  Counters and size are read in one statement, so
         that they are of one moment; entries never change, so that those below that size can be counted after it.
         Institutions whose people stay unnamed, and editions with fewer than `LEAST`, are left out.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import cast

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from pakta.core import canonical
from pakta.ledger.models import Entry
from pakta.roster.models import CounterSigned, Institution, Unit

ENTRIES = cast(Table, Entry.__table__)
LEAST = 10  # certificates of the smallest edition that is told

_KIND = func.substr(ENTRIES.c.entry, 2, 1)
_KINDS = (
    select(_KIND, func.count())
    .where(ENTRIES.c.index >= bindparam("first"), ENTRIES.c.index < bindparam("last"))
    .group_by(_KIND)
)
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
    """Counts entries by kind once and for all: each time only those that came since the last."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._counted: tuple[int, Counter[int]] = (0, Counter())
        self._lock = threading.Lock()

    def upto(self, session: Session, *, size: int) -> Mapping[int, int]:
        """Return how many of the first `size` entries are of each kind; the ledger has at least as many.

        A first count of a large ledger takes seconds: whoever asks meanwhile gets Counting, and holds up nobody.
        """
        if not self._lock.acquire(blocking=False):
            raise Counting
        try:
            first, kinds = self._counted if self._counted[0] <= size else (0, Counter[int]())
            kinds = Counter(kinds)
            for kind, count in session.execute(_KINDS, {"first": first, "last": size}):
                kinds[bytes(kind)[0]] += count
            self._counted = (size, kinds)
        finally:
            self._lock.release()
        return kinds


def published(session: Session, *, tally: Tally) -> bytes:
    """Return the totals as canonical JSON: v, size, kinds, editions."""
    rows = session.execute(_SIGNED).all()
    size = int(rows[0][2] if rows else session.execute(_SIZE).scalar_one())
    kinds = tally.upto(session, size=size)
    return canonical.encode(
        {
            "v": 1,
            "size": size,
            "kinds": {str(kind): count for kind, count in kinds.items()},
            "editions": {code: int(signed) for code, signed, _ in rows if signed >= LEAST},
        }
    )
