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
YEARS = (2000, 2999)  # no other can be meant, and at the ends of time clocks cannot be told
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
    """Return the span of one day that a form names, by the local clock.

    Refuses with ROLLCALL_DAY, ROLLCALL_CLOCK, ROLLCALL_ORDER or ROLLCALL_SHORT.
    """
    first, last = _clock(begins, of="mulai"), _clock(ends, of="selesai")
    on = _day(day)
    begin, end = (datetime.combine(on, each, zone) for each in (first, last))
    typed = f"{first:%H.%M} sampai {last:%H.%M}"
    if end <= begin:
        raise Refusal(Reason.ROLLCALL_ORDER, typed)
    if end - begin < SHORTEST:
        raise Refusal(Reason.ROLLCALL_SHORT, typed)
    return Span(begin, end)


def check_soon(found: Span, *, now: datetime) -> None:
    """Check that a span begins about now or within half a year, and is not over.

    Refuses with ROLLCALL_PASSED, ROLLCALL_FAR or ROLLCALL_ENDED.
    """
    if found.begins_at < now - PAST_MOST:
        raise Refusal(Reason.ROLLCALL_PASSED, found.begins_at.isoformat())
    if found.begins_at > now + AHEAD_MOST:
        raise Refusal(Reason.ROLLCALL_FAR, found.begins_at.isoformat())
    check_ahead(found, now=now)


def check_ahead(found: Span, *, now: datetime) -> None:
    """Check that a span is not over.  Refuses with ROLLCALL_ENDED."""
    if found.ends_at <= now:
        raise Refusal(Reason.ROLLCALL_ENDED, found.ends_at.isoformat())


def checked_place(text: str) -> str:
    """Return a place on one line.  Refuses with ROLLCALL_PLACE."""
    found = " ".join(text.split())
    if not PLACE_LEAST <= len(found) <= PLACE_MOST:
        raise Refusal(Reason.ROLLCALL_PLACE)
    return found


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(Reason.ROLLCALL_DAY) from error
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise Refusal(Reason.ROLLCALL_DAY)
    return found


def _clock(text: str, *, of: str) -> time:
    found = CLOCK.fullmatch(text.strip())
    if found is None:
        raise Refusal(Reason.ROLLCALL_CLOCK, of)
    return time(int(found[1]), int(found[2]))
