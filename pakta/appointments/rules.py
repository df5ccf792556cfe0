"""Pure decisions about appointments: who may want which role given or ended."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pakta.roles import Role

REASON_LEAST, REASON_MOST = 10, 400  # characters
TITLE_MOST = 60  # characters


class Wanted(StrEnum):
    """What is to be done with a role."""

    GIVE = "angkat"
    END = "akhiri"


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


def state(*, outcome: str | None, has_first: bool) -> State:
    """Return how far an appointment has come."""
    if outcome is not None:
        return State(outcome)
    return State.WAITS_FOR_SECOND if has_first else State.WAITS_FOR_FIRST
