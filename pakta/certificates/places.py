"""Places of the status list whose credentials were erased.

Rules  A place is an index of the ledger, and given once.  After an erasure it keeps its value, without
       saying whose it was, so that whoever holds the certificate gets the same verdict as before.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from typing import cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from pakta.certificates.models import ErasedPlace

Pepper = Callable[[str], bytes]

ERASED = cast(Table, ErasedPlace.__table__)


def mark(place: int, status: int, *, pepper: Pepper) -> bytes:
    """Return the keyed hash under an erased place and its value."""
    return hmac.digest(pepper("erased-place"), f"{place} {status}\n".encode(), "sha256")


def keep(session: Session, *, values: Iterable[tuple[int, int]], pepper: Pepper) -> None:
    """Keep the values (place, status) of credentials that are erased.

    All are written anew, in order: the rows do not tell which of them were erased together.
    """
    before = session.execute(select(ERASED.c.status_index, ERASED.c.status)).all()
    kept = {place: status for place, status in before} | dict(values)
    session.execute(delete(ERASED))
    rows = [
        {"status_index": place, "status": status, "mark": mark(place, status, pepper=pepper)}
        for place, status in sorted(kept.items())
    ]
    if rows:
        session.execute(insert(ERASED), rows)
