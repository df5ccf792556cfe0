"""What the public may see of small groups, and what a spreadsheet may be given."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.coverage import exporting, rules
from pakta.coverage.rules import Line


def line(name: str, total: int, signed: int = 0) -> Line:
    return Line((name,), signed, total)


def totals(lines: list[Line]) -> list[tuple[tuple[str, ...], int]]:
    return [(each.names, each.total) for each in lines]


def test_large_units_stay_as_they_are_in_their_order() -> None:
    lines = [line("C", 40), line("A", 10), line("B", 90)]
    assert rules.merged(lines) == lines


def test_small_units_become_one_line_at_the_end() -> None:
    found = rules.merged([line("A", 3, 1), line("B", 50, 7), line("C", 9, 9)])
    assert found == [line("B", 50, 7), Line(("A", "C"), 10, 12)]
    assert found[-1].is_merged and not found[0].is_merged


def test_one_small_unit_takes_the_next_smallest_with_it() -> None:
    found = rules.merged([line("A", 3), line("B", 50), line("C", 20)])
    assert totals(found) == [(("B",), 50), (("A", "C"), 23)]


def test_small_units_that_stay_small_together_take_another_with_them() -> None:
    found = rules.merged([line("A", 2), line("B", 50), line("C", 3), line("D", 20)])
    assert totals(found) == [(("B",), 50), (("A", "C", "D"), 25)]


def test_units_without_people_are_left_out() -> None:
    assert rules.merged([line("A", 0), line("B", 20)]) == [line("B", 20)]
    assert rules.merged([]) == [Line((), 0, 0)][1:]


@given(st.lists(st.integers(0, 60), max_size=12))
def test_no_line_is_small_and_nothing_small_is_the_rest_of_the_sum(sizes: list[int]) -> None:
    lines = [line(str(at), size, size // 2) for at, size in enumerate(sizes)]
    found = rules.merged(lines)
    assert sum(each.total for each in found) == sum(sizes)
    assert sum(each.signed for each in found) == sum(size // 2 for size in sizes)
    if sum(sizes) >= rules.LEAST:
        assert all(each.total >= rules.LEAST for each in found)
    for each in found:
        if each.total - max(sizes, default=0) < rules.LEAST <= sum(sizes) and any(0 < s < rules.LEAST for s in sizes):
            assert each.total >= rules.LEAST


@pytest.mark.parametrize(
    ("signed", "total", "shown"),
    [
        (0, 9, None),
        (9, 9, None),
        (0, 10, 0),
        (10, 10, 100),
        (1, 600, 1),
        (599, 600, 99),
        (1, 3 * 10, 3),
        (5, 10, 50),
    ],
)
def test_a_marked_institution_is_shown_in_whole_percents_only(signed: int, total: int, shown: int | None) -> None:
    assert rules.whole_percent(signed, total) == shown


def test_the_last_day_has_no_days_left() -> None:
    assert rules.days_left(date(2026, 11, 30), today=date(2026, 11, 30)) == 0
    assert rules.days_left(date(2026, 11, 30), today=date(2026, 11, 23)) == 7


@pytest.mark.parametrize("text", ["=1+1", "+62", "-3", "@SUM(A1)", "\tx", "\r=1", "＝1+1", "－3"])
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert rules.safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["a;=1+1", 'a;"=1+1;', "a; '@SUM(A1)", "a|-1", "a\t+1", 'x;"＝1"'])
def test_no_part_of_a_cell_is_a_formula_for_who_divides_lines_elsewhere(text: str) -> None:
    line = exporting.csv_line(["Ani", text, "1"])
    for sign in (";", "|", "\t"):
        for cell in next(csv.reader([line], delimiter=sign))[1:]:
            assert not cell.lstrip(' "').startswith(("=", "+", "-", "@", "＝")), (sign, cell)


def test_other_cells_are_left_alone() -> None:
    assert rules.safe_cell("Ani Lestari") == "Ani Lestari"
    assert rules.safe_cell("") == ""
