"""Pure rules of what may be shown to whom: small groups, marked institutions, cells of a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

LEAST = 10  # people in the smallest group that the public is shown
FORMULA = "=+\\-@＝＋－＠"  # what a formula begins with, also in wide letters
DIVIDED = re.compile(rf"([;\t|])(?=[\s\"']*[{FORMULA}])")  # behind a sign at which some divide lines
BEGUN = re.compile(rf"[{FORMULA}\t\r\n]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a public table; `names` are the units that it stands for, `ids` their rows."""

    names: tuple[str, ...]
    signed: int
    total: int
    ids: tuple[int, ...] = ()

    @property
    def is_merged(self) -> bool:
        """Say whether the line stands for several units."""
        return len(self.names) > 1


def merged(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with all groups below `LEAST` in one line at the end; lines of nobody fall out.

    One small group alone, or small groups that stay below `LEAST` together, take the next
    smallest with them: else their figures were the sum's rest.
    """
    people = [line for line in lines if line.total > 0]
    small = [line for line in people if line.total < LEAST]
    if not small:
        return people
    others = sorted((line for line in people if line.total >= LEAST), key=lambda line: line.total)
    while others and (len(small) < 2 or sum(line.total for line in small) < LEAST):
        small.append(others.pop(0))
    kept = [line for line in people if line in others]
    return [*kept, _together(small)]


def grouped(lines: Sequence[Line], before: Iterable[Collection[int]], *, rest: int) -> list[Line]:
    """Return the lines in the groups of the picture before, then `merged`; lines of nobody stay, at the end.

    lines  one for each unit, and one for the `rest`, the people who stand in none of them
    A group is never taken apart, and a unit that is gone takes its group into the rest's, where its people are
    counted now: so two pictures differ by whole groups, and no small one is the difference of two.
    """
    known = {line.ids[0]: line for line in lines}
    groups = [{each if each in known else rest for each in group} for group in before]
    groups += [{each} for each in known]
    joined: list[set[int]] = []
    for group in groups:
        touched = [each for each in joined if each & group]
        joined = [each for each in joined if not each & group] + [group.union(*touched)]
    order = list(known)
    joined.sort(key=lambda group: min(map(order.index, group)))
    fused = [_together([line for line in lines if line.ids[0] in group]) for group in joined]
    return [*merged(fused), *(line for line in fused if line.total == 0)]


def regrouped(older: Iterable[tuple[Sequence[int], int, int]], newest: Sequence[Line], *, rest: int) -> list[Line]:
    """Return the groups of an older picture, as (ids, signed, total), in those of the newest one.

    Each older group has become part of one newer; one whose units are all gone is counted in the `rest`'s.
    """
    place = {each: at for at, line in enumerate(newest) for each in line.ids}
    sums = [[0, 0] for _ in newest]
    for ids, signed, total in older:
        at = next((place[each] for each in ids if each in place), place.get(rest))
        if at is not None:
            sums[at][0] += signed
            sums[at][1] += total
    return [Line(line.names, signed, total, line.ids) for line, (signed, total) in zip(newest, sums, strict=True)]


def _together(lines: Sequence[Line]) -> Line:
    return Line(
        names=tuple(name for line in lines for name in line.names),
        signed=sum(line.signed for line in lines),
        total=sum(line.total for line in lines),
        ids=tuple(each for line in lines for each in line.ids),
    )


def whole_percent(signed: int, total: int) -> int | None:
    """Return a marked institution's share in whole percent, None of a group below `LEAST`.

    0 means none and 100 means all: what lies between is never rounded to them.
    """
    if total < LEAST:
        return None
    if signed in (0, total):
        return 100 * signed // total
    return min(99, max(1, (200 * signed + total) // (2 * total)))


def excused_told(excused: int) -> int:
    """Return how many people are out of the sums as the public is told it: 0 says "fewer than `LEAST`"."""
    return excused if excused >= LEAST else 0


def excused_percent(excused: int, total: int) -> int:
    """Return in whole percent how many of a marked institution's people are out of the sums, 0 of fewer than `LEAST`.

    total  who are in them
    """
    return (whole_percent(excused, excused + total) or 0) if excused >= LEAST else 0


def days_left(closes_on: date, *, today: date) -> int:
    """Return how many days after today an edition can still be signed; 0 on its last day."""
    return (closes_on - today).days


def past_day(text: str) -> date | None:
    """Return the day that an address names, as "2026-11-20", or None where it names none."""
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-20") else None
    except ValueError:
        return None


def unsigned_words(*, moved: bool, returned: bool, objects: bool = False) -> str:
    """Return what is said of somebody who has not signed where they stand now."""
    if objects:
        return "ada keberatan"
    if moved:
        return "pindah unit, belum menandatangani lagi"
    return "bertugas lagi, belum menandatangani lagi" if returned else "belum"


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, also one that divides lines at other signs."""
    guarded = DIVIDED.sub(r"\1'", text)
    return "'" + guarded if BEGUN.match(guarded) else guarded
