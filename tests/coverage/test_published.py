"""What the public is told of the days before: what the pictures showed, in the groups of the newest."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from pakta.coverage import published, rules
from pakta.database import db, transaction
from pakta.roster import counters, units
from pakta.roster import service as roster
from pakta.roster.models import Person
from pakta.web import clock
from tests.coverage.conftest import NOW
from tests.coverage.passing import next_day
from tests.coverage.test_pages import words
from tests.coverage.test_publishing import sign


@pytest.fixture
def days(city: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Give the city after three pictures: one more signs before each, and a unit becomes small before the last."""
    sign(city, "Orang setda-hukum 1")
    assert next_day(city, monkeypatch)
    sign(city, "Orang dinkes 0")
    sign(city, "Orang dinkes 1")
    with city.app_context(), transaction() as session:
        for person in session.scalars(select(Person).where(Person.name.like("Orang pkm-blooto%"))).all()[:3]:
            roster.set_place(session, person=person, status="mutasi", now=clock.now())
    assert next_day(city, monkeypatch)
    return city


def course_of(city: Flask, code: str) -> published.Course:
    with city.app_context():
        unit = units.by_code(db.session(), code=code)
        assert unit is not None
        found = published.course(db.session(), unit=unit, now=clock.now())
        assert found is not None
        return found


def test_each_day_is_told_as_its_picture_showed_it(days: Flask) -> None:
    told = [
        (each.on.day, each.share.signed, each.share.total) for each in course_of(days, "pemkot").days if each.share
    ]
    assert [each[0] for each in told] == [23, 24, 25]
    assert told[0][1:] == (22, 44) and told[1][1:] == (23, 44) and told[2][2] == 41
    assert [each.percent for each in course_of(days, "polres").days] == [50, 50, 50]  # marked: a percentage only


def test_the_parts_of_every_day_add_up_to_what_was_shown_and_are_never_small(days: Flask) -> None:
    for each in course_of(days, "pemkot").days:
        assert each.share is not None
        assert sum(line.signed for line in each.lines) == each.share.signed
        assert sum(line.total for line in each.lines) == each.share.total
        assert all(line.total >= rules.LEAST for line in each.lines)


SIZES = st.lists(st.lists(st.integers(0, 25), min_size=5, max_size=5), min_size=2, max_size=5)


@given(SIZES, st.integers(1, 4))
def test_whatever_units_do_older_groups_go_whole_into_newer_ones(sizes: list[list[int]], gone: int) -> None:
    rest, groups, pictures = 0, [], []
    for at, each in enumerate(sizes):
        present = [id for id in range(5) if at < len(sizes) - 1 or id != gone]
        lines = [rules.Line((str(id),), each[id] // 2, each[id], (id,)) for id in present]
        found = rules.grouped(lines, groups, rest=rest)
        groups = [list(line.ids) for line in found]
        pictures.append([(list(line.ids), line.signed, line.total) for line in found if line.total])
    newest = [rules.Line((), signed, total, tuple(ids)) for ids, signed, total in pictures[-1]]
    for older, _ in pairwise(pictures):
        told = rules.regrouped(older, newest, rest=rest)
        assert [line.ids for line in told] == [line.ids for line in newest]
        shown = {total for _ids, _signed, total in older}
        sums = {sum(c[2] for c in picked) for picked in _subsets(older)}
        assert all(line.total == 0 or line.total in sums | shown for line in told)


def _subsets(groups: list[tuple[list[int], int, int]]) -> list[list[tuple[list[int], int, int]]]:
    found: list[list[tuple[list[int], int, int]]] = [[]]
    for group in groups:
        found += [[*each, group] for each in found]
    return found


def test_the_page_shows_the_line_its_table_and_the_parts(days: Flask) -> None:
    page = days.test_client().get("/cakupan-umum/pemkot").text
    assert '<svg class="trend"' in page and "Angka per tanggal 25 November 2026" in words(page)
    assert "22 dari 44, 50,0 %" in words(page) and "23 dari 44" in words(page)
    assert "Orang " not in page and "Dinas Kesehatan" in page
    assert 'href="/cakupan-umum/pemkot"' in days.test_client().get("/cakupan-umum").text


def test_the_parts_stand_beside_those_of_a_week_ago(days: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "23 November 2026" in words(days.test_client().get("/cakupan-umum/pemkot").text)
    assert 'data-label="23 November 2026"' not in days.test_client().get("/cakupan-umum/pemkot").text
    assert next_day(days, monkeypatch, days=5)
    assert 'data-label="23 November 2026"' in days.test_client().get("/cakupan-umum/pemkot").text


def test_a_marked_institution_is_told_as_percentages_only(days: Flask) -> None:
    page = days.test_client().get("/cakupan-umum/polres").text
    assert '<svg class="trend"' in page and ">50 %</text>" in page and ">50,0 %<" not in page
    assert not re.search(r"\d+ dari \d+", words(page))


def test_a_marked_institution_with_units_below_it_has_no_figures_of_them(
    city: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with city.app_context(), transaction() as session:
        pemkot = units.by_code(session, code="pemkot")
        assert pemkot is not None
        pemkot.institution.marked = True
    assert next_day(city, monkeypatch)
    page = words(city.test_client().get("/cakupan-umum").text)
    assert "50 %" in page and not re.search(r"\d+ dari \d+", page)
    kept = course_of(city, "pemkot").days
    assert [each.share is None for each in kept][-1] and not kept[-1].lines


@pytest.mark.parametrize("code", ["dinkes", "tidak-ada", "pn"])
def test_what_is_no_institution_of_the_picture_has_no_page(days: Flask, code: str) -> None:
    assert days.test_client().get(f"/cakupan-umum/{code}").status_code == 404


def test_an_institution_too_small_to_be_shown_says_so(days: Flask) -> None:
    page = words(days.test_client().get("/cakupan-umum/kejari").text)
    assert "tidak ditampilkan" in page and not re.search(r"\d+ dari \d+|\d %", page)


def test_english_is_spoken_where_it_is_asked_for(days: Flask) -> None:
    page = days.test_client().get("/cakupan-umum/pemkot?bahasa=en").text
    assert "22 of 44" in words(page) and "From 23 November 2026 to 25 November 2026" in page
    assert ">23 Nov</text>" in page and "50.0%" in words(page)


def test_the_csv_tells_each_day_and_nobody(days: Flask) -> None:
    reply = days.test_client().get("/api/v1/coverage/pemkot.csv")
    rows = list(csv.DictReader(io.StringIO(reply.text, newline="")))
    whole = [(row["date"], row["signed"], row["total"]) for row in rows if not row["units"]]
    assert whole[:2] == [("2026-11-23", "22", "44"), ("2026-11-24", "23", "44")]
    assert reply.headers["Cache-Control"] == "public, max-age=300" and reply.headers["ETag"]
    assert all(row["total"] == "" or int(row["total"]) >= rules.LEAST for row in rows)
    assert days.test_client().get("/api/v1/coverage/dinkes.csv").status_code == 404


def test_only_pictures_of_texts_that_are_open_are_told(days: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=20))
    assert days.test_client().get("/cakupan-umum/pemkot").status_code == 404
    assert days.test_client().get("/api/v1/coverage/pemkot.csv").text == ""


def test_a_signature_of_today_is_told_tomorrow(days: Flask) -> None:
    before = days.test_client().get("/api/v1/coverage/pemkot.csv").text
    with days.app_context(), transaction() as session:
        person = session.scalars(select(Person).where(Person.name == "Orang inspektorat 0")).one()
        counters.unmark_signed(session, person=person, edition_code="ASN-1", now=clock.now())
    assert days.test_client().get("/api/v1/coverage/pemkot.csv").text == before
