"""Which places and times a roll call can have, and how far one is at its borders."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pakta.core.errors import Refusal
from pakta.rollcalls import rules
from pakta.rollcalls.rules import Span, State
from pakta.roster.rules import WIB

BEGIN = datetime(2026, 11, 27, 7, 30, tzinfo=WIB)
END = BEGIN + timedelta(hours=1)
TICK = timedelta(microseconds=1)


def test_the_beginning_belongs_to_it_and_the_end_does_not() -> None:
    states = [
        rules.state(begins_at=BEGIN, over_at=END, now=now)
        for now in (BEGIN - TICK, BEGIN, END - TICK, END, END + TICK)
    ]
    assert states == [State.PLANNED, State.RUNNING, State.RUNNING, State.OVER, State.OVER]


def test_a_span_is_read_by_the_local_clock() -> None:
    for begins, ends in (("07:30", "08:30"), ("07.30", " 08.30 ")):
        assert rules.span(day="2026-11-27", begins=begins, ends=ends, zone=WIB) == Span(BEGIN, END)


@pytest.mark.parametrize(
    ("day", "begins", "ends", "told"),
    [
        ("", "07:30", "08:30", "DAY"), ("27-11-2026", "07:30", "08:30", "DAY"),
        ("2026-11-31", "07:30", "08:30", "DAY"), ("0001-01-01", "07:30", "08:30", "DAY"),
        ("9999-12-31", "07:30", "08:30", "DAY"), ("2026-11-27", "", "08:30", "CLOCK: mulai"),
        ("2026-11-27", "7:30", "08:30", "CLOCK: mulai"), ("2026-11-27", "23:00", "24:30", "CLOCK: selesai"),
        ("2026-11-27", "٠٧:٣٠", "08:30", "CLOCK: mulai"),
        ("2026-11-27", "07:30", "07:30", "ORDER: 07.30 sampai 07.30"),
        ("2026-11-27", "22:00", "01:00", "ORDER: 22.00 sampai 01.00"),
        ("2026-11-27", "07:30", "07:34", "SHORT: 07.30 sampai 07.34"),
    ],
)  # fmt: skip
def test_what_is_no_span_of_one_day_is_refused_with_its_own_reason(
    day: str, begins: str, ends: str, told: str
) -> None:
    with pytest.raises(Refusal) as refused:
        rules.span(day=day, begins=begins, ends=ends, zone=WIB)
    assert str(refused.value) == f"ROLLCALL_{told}"


@pytest.mark.parametrize(
    ("ahead", "told"),
    [(-15, ""), (-16, "ROLLCALL_PASSED"), (0, ""), (180 * 24 * 60, ""), (180 * 24 * 60 + 1, "ROLLCALL_FAR")],
)
def test_it_begins_about_now_or_within_half_a_year(ahead: int, told: str) -> None:
    begin = BEGIN + timedelta(minutes=ahead)
    span = Span(begin, begin + timedelta(minutes=30))
    if not told:
        rules.check_soon(span, now=BEGIN)
    else:
        with pytest.raises(Refusal, match=told):
            rules.check_soon(span, now=BEGIN)


def test_what_is_over_already_is_not_opened() -> None:
    with pytest.raises(Refusal, match="ROLLCALL_ENDED"):
        rules.check_soon(Span(BEGIN, BEGIN + timedelta(minutes=10)), now=BEGIN + timedelta(minutes=10))


def test_a_place_is_one_line_of_some_length() -> None:
    assert rules.checked_place("  Halaman\n Balai  Kota ") == "Halaman Balai Kota"
    assert rules.checked_place("x" * 120) == "x" * 120
    for text in ("", " a ", "x" * 121):
        with pytest.raises(Refusal, match="ROLLCALL_PLACE"):
            rules.checked_place(text)
