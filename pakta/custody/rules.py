"""Pure decisions about the custody of slips."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

MOST = 300  # slips of one batch: a hundred sheets
AGAIN_WITHIN = timedelta(hours=24)


class Whom(StrEnum):
    """Of whom slips are asked for."""

    NEW = "baru"
    ALL = "ulang"


class Outcome(StrEnum):
    """How a batch ended."""

    PRINTED = "dicetak"
    REFUSED = "ditolak"
    WITHDRAWN = "ditarik"


class State(StrEnum):
    """Where a slip is."""

    PRINTED = "dicetak"
    HANDED = "diserahkan"
    USED = "dipakai"
    EXPIRED = "kedaluwarsa"
    REPLACED = "diganti"


def state(
    *,
    used_at: datetime | None,
    cancelled_at: datetime | None,
    expires_at: datetime,
    handed_at: datetime | None,
    now: datetime,
) -> State:
    """Return where a slip is."""
    if used_at is not None:
        return State.USED
    if cancelled_at is not None:
        return State.REPLACED
    if now >= expires_at:
        return State.EXPIRED
    return State.HANDED if handed_at is not None else State.PRINTED
