"""The one clock of the web: everything below takes the time as an argument."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


def today(moment: datetime | None = None) -> date:
    """Return the day that it is in WIB, the zone in which editions open and close."""
    return (moment or now()).astimezone(WIB).date()
