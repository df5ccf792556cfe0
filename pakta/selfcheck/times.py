"""When certificates say that they were issued, against the heads before and after their entries.

A head that does not hold an entry was signed and witnessed before it, one that holds it after it: a certificate
whose own time says otherwise is back-dated, or its entry is.  With a policy the time of a head is that of its
witnesses, which nobody who owns the database can make; without one it is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.certificates.models import IssuedCredential
from pakta.core import number
from pakta.core import policy as policies
from pakta.core.policy import Policy
from pakta.ledger import gate
from pakta.ledger.check import CHUNK, Finding
from pakta.ledger.models import Checkpoint, Cosignature

SKEW = timedelta(minutes=10)  # between clocks; a witness's time is taken where it lies as near to ours
Head = tuple[int, datetime]  # size, and when it was seen
_CERTIFICATES = (
    select(IssuedCredential.number, IssuedCredential.ledger_index, IssuedCredential.issued_at)
    .order_by(IssuedCredential.ledger_index)
    .execution_options(yield_per=CHUNK)
)
_HEADS = (
    select(Checkpoint.size, Checkpoint.signed_at, Cosignature.vkey, Cosignature.cosigned_at)
    .outerjoin(Cosignature, Cosignature.size == Checkpoint.size)
    .order_by(Checkpoint.size)
    .execution_options(yield_per=CHUNK)
)


def check(session: Session, *, policy: Policy | None) -> Iterator[Finding]:
    """Yield each certificate whose time is not between the heads that its entry stands between."""
    heads = _heads(session, policy)
    following = next(heads, None)
    before: Head | None = None  # of the heads without the entry, the one that was seen last
    for text, index, issued_at in session.execute(_CERTIFICATES):
        while following is not None and following[0] <= index:
            before = following if before is None or following[1] >= before[1] else before
            following = next(heads, None)
        where = f"credential {number.spoken(text)}"
        yield from check_after(where, issued_at, before)
        yield from check_before(where, issued_at, following)


def check_after(where: str, issued_at: datetime, before: Head | None) -> Iterator[Finding]:
    """Check that a certificate is not older than the last head without it: that would be back-dated."""
    if before is not None and issued_at + SKEW < before[1]:
        yield Finding(where, f"is older than checkpoint {before[0]}, which does not hold it")


def check_before(where: str, issued_at: datetime, following: Head | None) -> Iterator[Finding]:
    """Check that a certificate is not younger than the first head that holds it."""
    if following is not None and following[1] + SKEW < issued_at:
        yield Finding(where, f"is younger than checkpoint {following[0]}, which holds it")


def _heads(session: Session, policy: Policy | None) -> Iterator[Head]:
    """Yield the heads; with a policy only those with its quorum, at its time."""
    names = gate.names_by_vkey(policy) if policy is not None else {}
    for (size, signed_at), rows in groupby(session.execute(_HEADS), key=lambda row: (row[0], row[1])):
        times = {names[row[2]]: int(row[3].timestamp()) for row in rows if row[2] in names}
        if policy is None:
            yield size, signed_at
        elif (since := policies.since(policy, times=times)) is not None:
            yield size, datetime.fromtimestamp(since, UTC)
