"""Pure rules of jobs: states, how long they are held and kept, how fast they go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LEASE = timedelta(seconds=20)  # a unit of work takes tenths of a second; who is silent for so long is dead
RETRY = timedelta(seconds=10)  # until a job that met trouble is tried again
KEPT = timedelta(days=1)  # after its end
STILL = timedelta(minutes=2)  # without a move: said on the page of the service's health
LEAST_MADE, LEAST_TIME = 3, timedelta(seconds=2)  # before that a rate is a guess


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN = (State.WAITING, State.WORKING)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a job goes: units made a second since it was begun, and the seconds that are left."""

    rate: float
    left: float


def pace(*, made: int, failed: int, costly: int, started_at: datetime | None, now: datetime) -> Pace | None:
    """Return how fast a job goes, or None before that can be said.

    costly  how many units were to be made when it was asked for: those that were found made cost no time
    """
    if started_at is None or made < LEAST_MADE or now - started_at < LEAST_TIME:
        return None
    rate = made / (now - started_at).total_seconds()
    return Pace(rate=rate, left=max(0, costly - made - failed) / rate)
