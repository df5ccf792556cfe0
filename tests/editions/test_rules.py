"""Which edition is open, which overlap, and which one a person signs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from pakta.editions import rules


@dataclass(frozen=True)
class Paper:
    code: str
    audience: tuple[str, ...]
    opens_on: date = date(2026, 11, 1)
    closes_on: date = date(2027, 3, 31)


ASN = Paper("ASN", ("pns", "pppk"))
HEADS = Paper("KEPALA", ("kepala",))


@pytest.mark.parametrize(
    ("on", "is_open"),
    [
        (date(2026, 10, 31), False),
        (date(2026, 11, 1), True),
        (date(2027, 3, 31), True),
        (date(2027, 4, 1), False),
    ],
)
def test_an_edition_is_open_from_its_first_day_to_its_last(on: date, is_open: bool) -> None:
    assert rules.is_open(ASN, on) is is_open


def test_the_day_is_that_of_western_indonesia() -> None:
    assert rules.day_of(datetime(2026, 10, 31, 16, 59, tzinfo=UTC)) == date(2026, 10, 31)
    assert rules.day_of(datetime(2026, 10, 31, 17, 0, tzinfo=UTC)) == date(2026, 11, 1)


def test_editions_that_share_a_day_and_an_audience_overlap() -> None:
    last_day = Paper("LAIN", ("non-asn", "pppk"), date(2027, 3, 31), date(2027, 4, 30))
    assert rules.overlapping(last_day, [HEADS, ASN]) is ASN


def test_editions_on_other_days_or_for_others_do_not_overlap() -> None:
    next_day = Paper("LAIN", ("pns",), date(2027, 4, 1), date(2027, 4, 30))
    assert rules.overlapping(next_day, [ASN]) is None
    assert rules.overlapping(HEADS, [ASN]) is None


def test_a_head_signs_the_text_for_heads_and_without_one_that_of_their_kind() -> None:
    assert rules.chosen([ASN, HEADS], signs_as="kepala", kind="pns") is HEADS
    assert rules.chosen([ASN], signs_as="kepala", kind="pns") is ASN
    assert rules.chosen([ASN, HEADS], signs_as="pns", kind="pns") is ASN
    assert rules.chosen([ASN, HEADS], signs_as="polri", kind="polri") is None
