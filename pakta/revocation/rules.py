"""Pure decisions about requests: what may be asked of which certificate, and when a request is overtaken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from pakta.certificates.rules import ReasonClass, Status

REASON_LEAST, REASON_MOST = 10, 400  # characters


class Wanted(StrEnum):
    """What is to be done to a certificate."""

    SUSPEND = "tangguhkan"
    REVOKE = "cabut"
    REINSTATE = "pulihkan"


class State(StrEnum):
    """How far a request has come; the last four are its end."""

    WAITS_FOR_FIRST = "menunggu-pertama"
    WAITS_FOR_SECOND = "menunggu-kedua"
    APPROVED = "disetujui"
    REFUSED = "ditolak"
    WITHDRAWN = "ditarik"
    OVERTAKEN = "didahului"


OPEN = frozenset({State.WAITS_FOR_FIRST, State.WAITS_FOR_SECOND})
STATUS: Mapping[Wanted, Status] = {
    Wanted.SUSPEND: Status.SUSPENDED,
    Wanted.REVOKE: Status.REVOKED,
    Wanted.REINSTATE: Status.VALID,
}
# A dispute suspends by itself ("Bukan saya"), and its end brings back what it suspended: nobody else says so.
CLASSES: Mapping[Wanted, Sequence[ReasonClass]] = {
    Wanted.SUSPEND: tuple(each for each in ReasonClass if each is not ReasonClass.DISPUTE),
    Wanted.REVOKE: tuple(ReasonClass),
    Wanted.REINSTATE: (ReasonClass.ADMINISTRATIVE,),
}


def possible(status: int, *, administers: bool) -> list[Wanted]:
    """Return what may be wanted of a certificate with this status, the gentlest first."""
    if status == Status.REVOKED:
        return []
    if status == Status.SUSPENDED:
        return [Wanted.REINSTATE, Wanted.REVOKE]
    return [Wanted.SUSPEND, Wanted.REVOKE] if administers else [Wanted.REVOKE]


def is_overtaken(wanted: str, *, asked_at: datetime, status: int, status_at: datetime | None) -> bool:
    """Say whether an open request has lost its object.

    To revoke: the certificate is revoked already.  To bring back: it is not suspended any more, or has been
    suspended once more, for which this request was not.
    """
    if wanted == Wanted.REVOKE or status == Status.REVOKED:
        return status == Status.REVOKED
    return status != Status.SUSPENDED or (status_at is not None and status_at > asked_at)
