"""Places of the status list: which is the next, and what stays of one whose credential was erased.

Rules  A place is given once.  After an erasure it keeps its value, without saying whose it was, so that
       whoever holds the certificate gets the same verdict as before.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from typing import cast

from sqlalchemy import Table, delete, func, insert, select, union_all
from sqlalchemy.orm import Session

from pakta.certificates.models import ErasedPlace, IssuedCredential

Pepper = Callable[[str], bytes]

CREDENTIALS, ERASED = cast(Table, IssuedCredential.__table__), cast(Table, ErasedPlace.__table__)
_BOTH = union_all(
    select(func.max(CREDENTIALS.c.status_index).label("place")), select(func.max(ERASED.c.status_index))
).subquery()
LAST = select(func.max(_BOTH.c.place).label("place")).subquery()  # the last place that was ever given


def next_place(session: Session) -> int:
    """Return the place that the next credential gets."""
    last = session.execute(select(LAST.c.place)).scalar()
    return 0 if last is None else last + 1


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
