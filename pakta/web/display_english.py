"""How values are shown on English pages: times in WIB, numbers, shares.  The twin of the Indonesian `display`.

What `display` alone has (groups of digits, the words for kinds) needs no twin, or goes through the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pakta.web import display

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def moment(value: datetime) -> str:
    """Return an aware time as "23 November 2026 at 08:15 WIB"."""
    local = display.in_wib(value)
    return f"{day(local.date())} at {local:%H:%M} WIB"


def day(value: date) -> str:
    """Return a day as "23 November 2026"; a moment is taken as its day in WIB."""
    return display.day(value, MONTHS)


def number(value: int) -> str:
    """Return a whole number with commas between thousands: "1,004"."""
    return f"{value:,}"


def bytes(value: int) -> str:
    """Return a size as "12 kB", "3.4 MB" or "1.2 GB"."""
    return display.bytes(value).replace(",", ".")


def percent(part: int, total: int) -> str:
    """Return a share as "80.9%"; "100%" only where all, "0%" only where none, a dash of nobody."""
    return display.percent(part, total).replace(",", ".").replace(" ", "")


def audience(kinds: Sequence[str]) -> str:
    """Return several kinds as one phrase: "PNS, PPPK and Non-ASN"; the kinds themselves are words of the law."""
    words = [display.KINDS.get(value, value) for value in kinds]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
