"""Inline pictures: they hold what the numbers say, in words too, and carry no style of their own."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree

import pytest

from pakta.web import pictures

DAYS = [(date(2026, 11, 1), 0.0), (date(2026, 11, 11), 0.5), (date(2026, 11, 23), 0.809)]
ALL = [
    pictures.share_bar(812, 1004),
    pictures.share_bar(0, 0, thin=True),
    pictures.trend(DAYS),
    *(pictures.icon(name) for name in pictures.ICONS),
]


@pytest.mark.parametrize("picture", ALL)
def test_a_picture_is_well_formed_and_has_no_style_of_its_own(picture: str) -> None:
    ElementTree.fromstring(str(picture))
    assert "style" not in picture
    assert "<script" not in picture


@pytest.mark.parametrize("name", pictures.CHECK_MARKS)
def test_each_mark_says_its_meaning_in_words_too(name: str) -> None:
    assert pictures.CHECK_MARKS[name][1] in pictures.check_mark(name)
    assert f"mark-{name}" in pictures.check_mark(name)


def test_the_bar_says_its_numbers_in_words() -> None:
    assert 'role="img" aria-label="812 dari 1.004, 80,9 %"' in pictures.share_bar(812, 1004)


def test_words_in_a_picture_are_escaped() -> None:
    assert "<b>" not in pictures.share_bar(1, 2, words='"><b>')


def test_the_bar_is_full_only_when_all_signed_and_empty_only_when_none_did() -> None:
    assert pictures.filled(1000, 1000) == pictures.WIDTH
    assert pictures.filled(999_999, 1_000_000) < pictures.WIDTH
    assert pictures.filled(1, 1_000_000) > 0
    assert pictures.filled(0, 10) == 0
    assert pictures.filled(0, 0) == 0


def test_the_trend_writes_its_last_value_at_its_end() -> None:
    drawn = pictures.trend(DAYS)
    assert ">80,9 %</text>" in drawn
    assert "1 Nov" in drawn
    assert "23 Nov" in drawn


def test_the_trend_rises_where_the_share_rises() -> None:
    line = re.search(r'class="line" points="([^"]+)"', pictures.trend(DAYS))
    assert line is not None
    points = [tuple(map(float, pair.split(","))) for pair in line[1].split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)


def test_one_day_is_no_trend() -> None:
    assert pictures.trend(DAYS[:1]) == ""
