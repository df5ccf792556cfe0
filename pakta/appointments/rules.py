"""Pure decisions about appointments: who may want which role given or ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from pakta.core.errors import Reason, Refusal
from pakta.roles import Role

REASON_LEAST, REASON_MOST = 10, 400  # characters
TITLE_MOST = 60  # characters
LONGEST = timedelta(days=5 * 366)  # until a last day: further ahead is a slip of the finger
TOLD_FOR = timedelta(days=14)  # how long administrators are told of a role whose last day is over


class Wanted(StrEnum):
    """What is to be done with a role."""

    GIVE = "angkat"
    END = "akhiri"
    PROLONG = "perpanjang"  # another last day, or none any more; also of a role whose last day is over


class State(StrEnum):
    """How far an appointment has come; the last three are its end."""

    WAITS_FOR_FIRST = "menunggu-pertama"
    WAITS_FOR_SECOND = "menunggu-kedua"
    APPROVED = "disetujui"
    REFUSED = "ditolak"
    WITHDRAWN = "ditarik"


OPEN = frozenset({State.WAITS_FOR_FIRST, State.WAITS_FOR_SECOND})
# Which roles somebody may want given or ended, by the role in which they ask.
MAY_ASK: Mapping[Role, tuple[Role, ...]] = {
    Role.ADMINISTRATOR: (Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR),
    Role.HEAD: (Role.DELEGATE,),
    Role.DELEGATE: (Role.DELEGATE,),
}

# The roles that may have a last day; administrators are never to become fewer than two by themselves.
LASTING = frozenset({Role.HEAD, Role.DELEGATE})


def last_day(text: str, *, role: Role, on: date) -> date | None:
    """Return the last day that was typed, or None for none.

    Refuses with APPOINTMENT_DAY what is no day, or one before today or far ahead, and any for an administrator.
    """
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Refusal(Reason.APPOINTMENT_DAY) from error
    if role not in LASTING or not on <= found <= on + LONGEST:
        raise Refusal(Reason.APPOINTMENT_DAY)
    return found


def state(*, outcome: str | None, has_first: bool) -> State:
    """Return how far an appointment has come."""
    if outcome is not None:
        return State(outcome)
    return State.WAITS_FOR_SECOND if has_first else State.WAITS_FOR_FIRST
