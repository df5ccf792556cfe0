"""The public list of what was revoked or suspended, when and why: fetched whole, so that asking tells nothing.

The status list says only that a certificate is revoked.  Day and class of all of them stand in one file; who looks
for one certificate asks for no other bytes than who looks for any other.  It is not signed: the verdict comes from
the status list alone, and this list adds what `find` finds for that very status.

    {"v": 1, "changes": [[STATUS, CLASS, "2026-11-23", [INDEX, STEP, STEP, …]], …]}

Indexes rise; each after the first is told as its step from the one before.  Days are those of WIB.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate, pairwise
from typing import Any

from pakta.editions import rules as editions

PATH = "/s/0/alasan"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Change:
    """When and why a certificate was revoked or suspended; the class is public, the story is not."""

    status: int
    reason_class: str
    on: date


def build(rows: Iterable[tuple[int, str, datetime | None, int]]) -> bytes:
    """Return the list of these changes: status, class, time and index of each."""
    groups: dict[tuple[int, str, str], list[int]] = {}
    for status, name, at, index in rows:
        if at is not None:
            groups.setdefault((status, name, editions.day_of(at).isoformat()), []).append(index)
    told = [[*group, _steps(sorted(indexes))] for group, indexes in sorted(groups.items())]
    return json.dumps({"v": VERSION, "changes": told}, separators=(",", ":")).encode()


def find(content: bytes | None, *, index: int, status: int) -> Change | None:
    """Return what the list says of the certificate at `index`, or None where it does not say that it has this status.

    Bytes that are no such list say nothing.
    """
    try:
        return next((each for each in _read(content or b"", index) if each.status == status), None)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _read(content: bytes, wanted: int) -> Iterator[Change]:
    told: Any = json.loads(content)
    for status, name, on, steps in told["changes"] if told["v"] == VERSION else ():
        if wanted in accumulate(steps):
            yield Change(status, name, date.fromisoformat(on))


def _steps(indexes: list[int]) -> list[int]:
    return indexes[:1] + [after - before for before, after in pairwise(indexes)]
