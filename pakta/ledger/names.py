"""The names that a ledger has and had: HOST/log, and after a new start HOST/log/2 (docs/decisions/0016)."""

from __future__ import annotations

import re
from collections.abc import Sequence

SUFFIX = re.compile(r"/log(?:/([1-9][0-9]?))?$")


def earlier_names(name: str) -> Sequence[str]:
    """Return the names that a ledger had before this one: of HOST/log/3 they are HOST/log and HOST/log/2."""
    first = SUFFIX.sub("/log", name)
    return [first, *(f"{first}/{number}" for number in range(2, number_of(name)))][: number_of(name) - 1]


def number_of(name: str) -> int:
    """Return the number in a ledger's name, 1 where it has none."""
    found = SUFFIX.search(name)
    return int(found[1]) if found and found[1] else 1
