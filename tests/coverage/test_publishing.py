"""The public's picture: one a day, and two of them differ by whole groups of ten or more."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from pakta.commands.serving import Work
from pakta.coverage import publishing, rules
from pakta.coverage.models import PublicPicture
from pakta.coverage.rules import LEAST, Line
from pakta.database import db, transaction
from pakta.editions.models import Edition
from pakta.roster import counters
from pakta.roster.models import Person
from pakta.web import clock
from tests.coverage.conftest import NOW, edition
from tests.coverage.passing import next_day

pytestmark = pytest.mark.usefixtures("unbegun")  # the worker signs with keys that are shared
REST = 0
Figures = dict[tuple[int, ...], tuple[int, int]]


def line(id: int, signed: int, total: int) -> Line:
    return Line((str(id),), signed, total, (id,))


def days(*pictures: dict[int, tuple[int, int]]) -> list[Figures]:
    """Return what each day shows, groups by their units; what is not said of the rest is nobody."""
    shown, before = [], []
    for each in pictures:
        lines = rules.grouped([line(id, *share) for id, share in ({REST: (0, 0)} | each).items()], before, rest=REST)
        before = [set(found.ids) for found in lines]
        shown.append({tuple(sorted(found.ids)): (found.signed, found.total) for found in lines if found.total})
    return shown


def test_small_units_stay_together_when_one_of_them_grows() -> None:
    first = {1: (6, 10), 2: (12, 20), 3: (1, 3), 4: (4, 8)}
    one, other = days(first, first | {4: (6, 10)})
    assert one == {(1,): (6, 10), (2,): (12, 20), (3, 4): (5, 11)}
    assert other == {
        (1,): (6, 10),
        (2,): (12, 20),
        (3, 4): (7, 13),
    }  # merged anew: 1 with 3, so 3 alone by difference


def test_a_group_that_becomes_small_takes_a_whole_group_with_it() -> None:
    first = {1: (6, 10), 2: (12, 20), 3: (1, 3), 4: (4, 8)}
    assert days(first, first | {4: (2, 5)})[1] == {(1, 3, 4): (9, 18), (2,): (12, 20)}
    assert days(first, first | {4: (2, 5)}, first)[2] == {(1, 3, 4): (11, 21), (2,): (12, 20)}


def test_a_unit_that_is_gone_takes_its_group_into_the_rest() -> None:
    first = {REST: (5, 12), 1: (6, 10), 2: (2, 6), 3: (1, 5)}
    one, other = days(first, {REST: (7, 18), 1: (6, 10), 3: (1, 5)})
    assert one == {(REST,): (5, 12), (1,): (6, 10), (2, 3): (3, 11)}
    assert other == {(REST, 3): (8, 23), (1,): (6, 10)}


SIZES = st.lists(st.lists(st.integers(0, 25), min_size=6, max_size=6), min_size=2, max_size=5)


@given(SIZES)
def test_two_days_differ_by_whole_groups_of_ten_or_more_only(sizes: list[list[int]]) -> None:
    shown = days(*({id: (size // 2, size) for id, size in enumerate(each)} for each in sizes))
    for each, people in zip(shown, sizes, strict=True):
        assert sum(total for _, total in each.values()) == sum(people)
        assert sum(people) < LEAST or all(total >= LEAST for _, total in each.values())
    for earlier, later in pairwise(shown):
        for group in map(set, later):
            whole = [set(other) for other in earlier if set(other) & group]
            assert all(other <= group for other in whole)  # never taken apart


def public(city: Flask) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", city.test_client().get("/cakupan-umum").text).split())


def sign(city: Flask, name: str) -> None:
    with city.app_context(), transaction() as session:
        person = session.scalars(select(Person).where(Person.name == name)).one()
        counters.mark_signed(session, person=person, edition_code="ASN-1", now=clock.now())


def test_a_signature_is_in_the_figures_of_the_next_day_and_the_page_says_of_when_they_are(
    city: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = public(city)
    assert "22 dari 44" in before and "Angka per tanggal 23 November 2026" in before
    sign(city, "Orang setda-hukum 1")
    with city.app_context(), transaction() as session:
        assert publishing.take(session, now=clock.now())  # the worker looks again: the day has its picture
    assert public(city) == before
    assert next_day(city, monkeypatch)
    assert "23 dari 44" in public(city) and "Angka per tanggal 24 November 2026" in public(city)


def test_of_two_workers_the_first_ones_picture_stays(city: Flask) -> None:
    before = public(city)
    with city.app_context(), transaction() as session:
        other = PublicPicture(taken_on=NOW.date(), editions=["ASN-1"], institutions=[])
        publishing._keep(session, other)
    assert public(city) == before and "22 dari 44" in before


def test_the_worker_takes_the_picture_as_soon_as_there_are_people(city: Flask) -> None:
    with city.app_context(), transaction() as session:
        session.execute(delete(PublicPicture))
    assert "Belum ada angka" in public(city)
    work = Work(city)
    with city.app_context():
        work.tick()
        assert "22 dari 44" in public(city)
        with transaction() as session:
            session.execute(delete(PublicPicture))
        work.tick()  # it has the day's picture, and looks for no other
    assert "Belum ada angka" in public(city)


def test_a_day_without_a_worker_shows_the_day_before_and_says_so(
    city: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    assert "22 dari 44" in public(city) and "Angka per tanggal 23 November 2026" in public(city)


def test_who_signs_a_text_that_closes_earlier_stays_counted_until_all_are_closed(
    city: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert next_day(city, monkeypatch, days=3)  # POLRI-1 has closed
    assert "Kepolisian Resor Mojokerto Kota 50 %" in public(city) and "Pakta POLRI-1" not in public(city)
    assert not next_day(city, monkeypatch, days=10)
    assert "tidak ada naskah pakta yang dibuka" in public(city)


def test_editions_of_another_time_begin_with_new_groups(city: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def groups() -> dict[int, set[frozenset[int]]]:
        with city.app_context():
            newest = publishing.newest(db.session())
            assert newest is not None
            told: list[publishing.Told] = newest.institutions
            return {each["unit"]: {frozenset(group) for group in each["groups"]} for each in told}

    with city.app_context(), transaction() as session:
        merged = next(person for person in session.scalars(select(Person)) if person.name == "Orang inspektorat 0")
        for person in session.scalars(select(Person).where(Person.name.like("Orang dinkes%"))).all()[:8]:
            person.unit_id = merged.unit_id
        counters.rebuild(session, now=NOW)
        later = edition("ASN-2", ["pns"])
        later.text_sha256, later.ledger_index = "2" * 64, 99
        later.opens_on, later.closes_on = date(2027, 11, 1), date(2027, 11, 30)
        session.add(later)
    first = groups()
    assert next_day(city, monkeypatch) and groups() == first  # no unit is small now, yet what was merged stays so
    assert next_day(city, monkeypatch, days=365) and groups() != first
    with city.app_context():
        assert db.session().get(Edition, "ASN-2") is not None
