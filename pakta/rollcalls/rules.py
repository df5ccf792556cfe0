"""Pure decisions about roll calls: how far one is, and which places and times can be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from pakta.core.errors import Reason, Refusal

PLACE_LEAST, PLACE_MOST = 3, 120  # characters
SHORTEST = timedelta(minutes=5)
PAST_MOST = timedelta(minutes=15)  # somebody types while it has begun already
AHEAD_MOST = timedelta(days=180)
CLOCK = re.compile(r"([01][0-9]|2[0-3])[:.]([0-5][0-9])")


class State(StrEnum):
    """How far a roll call is."""

    PLANNED = "akan-datang"
    RUNNING = "berjalan"
    OVER = "selesai"
    CANCELLED = "dibatalkan"


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when: the beginning belongs to it, the end does not."""

    begins_at: datetime
    ends_at: datetime


def state(*, begins_at: datetime, over_at: datetime, now: datetime) -> State:
    """Return how far one is that was not cancelled."""
    if now < begins_at:
        return State.PLANNED
    return State.RUNNING if now < over_at else State.OVER


def span(*, day: str, begins: str, ends: str, zone: tzinfo) -> Span:
    """Return the span of one day that a form names, by the local clock.  Refuses with ROLLCALL_TIME."""
    try:
        on = date.fromisoformat(day)
        begin, end = (datetime.combine(on, _clock(each), zone) for each in (begins, ends))
    except (ValueError, OverflowError) as error:
        raise Refusal(Reason.ROLLCALL_TIME) from error
    if end - begin < SHORTEST:
        raise Refusal(Reason.ROLLCALL_TIME)
    return Span(begin, end)


def check_soon(found: Span, *, now: datetime) -> None:
    """Check that a span begins about now or within half a year.  Refuses with ROLLCALL_TIME."""
    if not now - PAST_MOST <= found.begins_at <= now + AHEAD_MOST or found.ends_at <= now:
        raise Refusal(Reason.ROLLCALL_TIME)


def checked_place(text: str) -> str:
    """Return a place on one line.  Refuses with ROLLCALL_PLACE."""
    found = " ".join(text.split())
    if not PLACE_LEAST <= len(found) <= PLACE_MOST:
        raise Refusal(Reason.ROLLCALL_PLACE)
    return found


def _clock(text: str) -> time:
    found = CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a time of the day")
    return time(int(found[1]), int(found[2]))
