"""How many entries of each kind there are: counted once, kept beside each head, and counted on from there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import cast

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from pakta.core import canonical
from pakta.ledger.models import Checkpoint, Entry

ENTRIES = cast(Table, Entry.__table__)

_KIND = func.substr(ENTRIES.c.entry, 2, 1)
_COUNTED = (
    select(_KIND, func.count())
    .where(ENTRIES.c.index >= bindparam("first"), ENTRIES.c.index < bindparam("last"))
    .group_by(_KIND)
)
Counted = tuple[int, Mapping[int, int]]  # how many entries were counted, and how many of each kind they are
NOTHING: Counted = (0, {})


def upto(session: Session, *, size: int, known: Counted = NOTHING) -> Mapping[int, int]:
    """Return how many of the first `size` entries are of each kind; the ledger has at least as many.

    known  what was counted before; what a head tells goes before it where it is further
    """
    first, counts = max(known if known[0] <= size else NOTHING, told(session, size=size), key=lambda each: each[0])
    found = Counter(counts)
    for kind, count in session.execute(_COUNTED, {"first": first, "last": size}):
        found[bytes(kind)[0]] += count
    return found


def told(session: Session, *, size: int) -> Counted:
    """Return what the newest head over at most `size` entries tells; nothing where it is from before heads told."""
    wanted = select(Checkpoint.size, Checkpoint.kinds).where(Checkpoint.size <= size)
    row = session.execute(wanted.order_by(Checkpoint.size.desc()).limit(1)).one_or_none()
    if row is None or row.kinds is None:
        return NOTHING
    try:
        return row.size, {int(kind): int(count) for kind, count in json.loads(row.kinds).items()}
    except (ValueError, TypeError, AttributeError):  # somebody edited it: `ledger check` names it
        return NOTHING


def text(counts: Mapping[int, int]) -> str:
    """Return counts as a head keeps them: RFC 8785 JSON of kinds and numbers."""
    return canonical.encode({str(kind): count for kind, count in counts.items() if count}).decode()
