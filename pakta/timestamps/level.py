"""How strongly a document is sealed, and how its seal says so: the reason inside names the level."""

from __future__ import annotations

from enum import StrEnum

REASON = "Segel elektronik pakta, PAdES "


class Level(StrEnum):
    """The levels of PAdES baseline signatures that we make."""

    B_B = "B-B"
    B_T = "B-T"
    B_LTA = "B-LTA"


def reason(level: Level) -> str:
    """Return the reason that a seal of this level gives."""
    return REASON + level


def claimed(text: str) -> Level | None:
    """Return the level that a seal's reason claims, or None where it claims none: seals did not, at first."""
    words = text.removeprefix(REASON)
    return Level(words) if text.startswith(REASON) and words in list(Level) else None
