"""The words of the wall for a share, of ordinary and of marked institutions."""

from __future__ import annotations

import pytest

from pakta.rollcalls.place_views import Figures, shown_of
from pakta.roster.queries import Share


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Share(812, 1004), Figures("812", "dari 1.004 (80,9 %)", 809, 5)),
        (Share(0, 4), Figures("0", "dari 4 (0 %)", 0, 1)),
        (Share(0, 0), Figures("0", "dari 0 (–)", 0, 1)),
        (Share(4_999_999, 5_000_000), Figures("4.999.999", "dari 5.000.000 (99,9 %)", 994, 9)),
    ],
)
def test_how_many_of_how_many(share: Share, shown: Figures) -> None:
    assert shown_of(share, marked=False) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Share(812, 1004), Figures("81 %", "sudah menandatangani", 810, 5)),
        (Share(9, 9), Figures("–", "kurang dari 10 orang", 0, 5)),
        (Share(10, 10), Figures("100 %", "sudah menandatangani", 1000, 5)),
    ],
)
def test_of_a_marked_institution_whole_percents_alone(share: Share, shown: Figures) -> None:
    assert shown_of(share, marked=True) == shown
