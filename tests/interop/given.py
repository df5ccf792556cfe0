"""Which of our heads, places and growths are given to the tools, and which of them are changed."""

from __future__ import annotations

from collections.abc import Sequence

from tests.interop import cases
from tests.interop.cases import Case
from tests.interop.logs import Served


def everything(small: Sequence[Served], large: Sequence[Served], real: Sequence[Served]) -> list[Case]:
    """Return all that is good and all that is not."""
    good: list[Case] = []
    for log in (*small, *real):
        good += cases.places(log, range(log.head().size))
    for log in large:
        size = log.head().size
        good += cases.places(log, sorted({*range(0, size, 1009), 255, 256, 65_279, 65_280, 65_535, size - 1}))
    good += [*cases.growths([*small, *large]), *cases.growths(real)]
    logs = (*small, *large, *real)
    good += [cases.head(log) for log in logs] + [cases.cosigned(log) for log in logs if log not in real]
    return good + [bad for each in chosen(good) for bad in cases.changed(each)]


def chosen(good: Sequence[Case]) -> list[Case]:
    """Return what is changed: first, last and some in between of each kind."""
    found: list[Case] = []
    for op in sorted({each.op for each in good}):
        kind = [each for each in good if each.op == op]
        last = len(kind) - 1
        found += [kind[at] for at in sorted({0, 1, 2, last // 3, last // 2, last - 1, last}) if 0 <= at <= last]
    return found
