"""A unit's past on its pages: figures of any day, how they came about, and no names."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pakta.coverage import past
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import counters, units
from pakta.roster import service as roster
from pakta.roster.models import Person
from pakta.web import clock
from tests.coverage.conftest import NOW, SignIn
from tests.coverage.test_pages import names, words

WHOLE_ON_POSTGRESQL = True


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=days))


def sign(city: Flask, *people: str) -> None:
    with city.app_context(), transaction() as session:
        for name in people:
            person = session.scalars(select(Person).where(Person.name == name)).one()
            counters.mark_signed(session, person=person, edition_code="ASN-1", now=clock.now())


@pytest.fixture
def grown(city: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Give the city two days later: two more of Dinkes have signed, one of them has gone on leave."""
    later(monkeypatch, 1)
    sign(city, "Orang dinkes 0", "Orang dinkes 1", "Orang dinkes 2")  # one or two of them had signed before
    later(monkeypatch, 2)
    with city.app_context(), transaction() as session:
        person = session.scalars(select(Person).where(Person.name == "Orang dinkes 1")).one()
        roster.set_place(session, person=person, status="cuti", now=clock.now())
    return city


def test_a_past_day_shows_the_figures_of_its_end_and_no_name(grown: Flask, sign_in: SignIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    shown = [words(client.get(f"/cakupan/dinkes?hari=2026-11-{day}").text) for day in (23, 24)]
    today = words(client.get("/cakupan/dinkes").text)
    assert "13 dari 26 pegawai" in shown[0] and "Keadaan pada akhir 23 November 2026" in shown[0]
    assert not names(client.get("/cakupan/dinkes?hari=2026-11-23").text)
    signed = [int(found) for text in (*shown, today) for found in re.findall(r"(\d+) dari 2\d pegawai", text)[:1]]
    assert signed[1] > signed[0] and signed[2] == signed[1] - 1
    assert "1 orang dikecualikan" in shown[1] and "dari 25 pegawai" in today


def test_the_parts_of_a_past_day_stand_beside_each_other_and_lead_on(grown: Flask, sign_in: SignIn) -> None:
    page = sign_in((Role.HEAD, "dinkes")).get("/cakupan/dinkes?hari=2026-11-23").text
    assert 'href="/cakupan/pkm-blooto?hari=2026-11-23"' in page
    assert re.search(r"Puskesmas Blooto.*? \d+ dari 11, ", words(page))


@pytest.mark.parametrize("day", ["2026-11-22", "1999-01-01"])
def test_a_day_that_nobody_counted_says_so(grown: Flask, sign_in: SignIn, day: str) -> None:
    page = words(sign_in((Role.HEAD, "dinkes")).get(f"/cakupan/dinkes?hari={day}").text)
    assert "tidak tercatat" in page and "Catatan dimulai pada 23 November 2026" in page


@pytest.mark.parametrize("day", ["2026-11-26", "besok", "2026-13-01", "20261123", "<script>"])
def test_a_day_that_is_none_or_has_not_passed_is_answered_with_today(grown: Flask, sign_in: SignIn, day: str) -> None:
    page = sign_in((Role.HEAD, "dinkes")).get("/cakupan/dinkes", query_string={"hari": day}).text
    told = words(page.split("data-reason", 1)[-1])
    assert ("26 November 2026 belum lewat." in told) == (day == "2026-11-26") and "2026-11-26" not in told
    assert ("bukan tanggal." in told) == (day != "2026-11-26") and "<script>”" not in page
    assert 'type="date" value="2026-11-25"' in page and 'max="2026-11-25"' in page
    assert "Belum menandatangani" in page


def test_every_link_of_a_past_day_leads_on_also_into_a_unit_that_has_ended(grown: Flask, sign_in: SignIn) -> None:
    with grown.app_context(), transaction() as session:
        ended = units.by_code(session, code="pkm-blooto")
        assert ended is not None
        ended.valid_until = NOW.date()
    client = sign_in((Role.ADMINISTRATOR, "pemkot"))
    seen, open_ones = set(), ["/cakupan/dinkes?hari=2026-11-23"]
    while open_ones:
        path = open_ones.pop()
        answer = client.get(path)
        assert answer.status_code == 200, path
        seen.add(path)
        found = (
            set(re.findall(r'href="(/cakupan/[^"#]+)"', answer.text.split("<main")[1])) if "hari" in path else set()
        )
        open_ones += sorted(found - seen - set(open_ones))
    assert "/cakupan/pkm-blooto?hari=2026-11-23" in seen and "/cakupan/pkm-blooto" not in seen
    page = words(client.get("/cakupan/pkm-blooto?hari=2026-11-23").text)
    assert "dari 11 pegawai" in page and "Unit ini berakhir 23 November 2026" in page
    for path in ("", "?hari=2026-11-24", "?hari=2026-11-25", "?hari=besok", ".csv", "/daftar"):
        assert client.get(f"/cakupan/pkm-blooto{path}").status_code == 404, path
    other = sign_in((Role.HEAD, "inspektorat"), name="Orang setda 1")
    assert other.get("/cakupan/pkm-blooto?hari=2026-11-23").status_code == 404


def test_a_past_day_of_another_office_does_not_exist(grown: Flask, sign_in: SignIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    assert client.get("/cakupan/inspektorat?hari=2026-11-23").status_code == 404
    assert client.get("/cakupan/dinkes?hari=2026-11-23").status_code == 200


def test_the_course_is_drawn_and_told_as_a_table_whose_days_lead_on(grown: Flask, sign_in: SignIn) -> None:
    page = sign_in((Role.HEAD, "dinkes")).get("/cakupan/dinkes").text
    part = page.split('id="perkembangan"')[1]
    assert '<svg class="trend"' in part
    assert re.findall(r'href="/cakupan/dinkes\?hari=([-\d]+)"', part) == ["2026-11-25", "2026-11-24", "2026-11-23"]
    assert "13 dari 26, 50,0 %" in words(part)


def test_one_day_is_no_course(sign_in: SignIn) -> None:
    page = sign_in((Role.HEAD, "dinkes")).get("/cakupan/dinkes").text
    assert "Perkembangan tampak setelah dua hari" in page and '<svg class="trend"' not in page


def test_what_each_unit_gained_in_seven_days_stands_beside_its_share(
    grown: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gained() -> str:
        page = sign_in((Role.ADMINISTRATOR, "pemkot"), name=f"Orang setda-hukum {next(visitors)}").get(
            "/cakupan/pemkot"
        )
        row = next(each for each in page.text.split("<tr>") if 'href="/cakupan/dinkes"' in each)
        found = re.search(r'data-label="7 hari terakhir"[^>]*>([^<]+)<', row)
        assert found is not None
        return found.group(1)

    visitors = iter(range(9))
    assert gained() == f"+{_signed(grown)}"  # all of the past lies within seven days
    later(monkeypatch, 7)
    assert gained() == f"{_signed(grown) - 13:+}".replace("-", "−").replace("+0", "0")


def _signed(city: Flask) -> int:
    with city.app_context():
        unit = units.by_code(db.session(), code="dinkes")
        assert unit is not None
        return past.course(db.session(), unit=unit, until=clock.today()).days[-1][1].signed


def test_before_a_text_was_published_nobody_was_asked_to_sign_it(grown: Flask) -> None:
    with grown.app_context():
        session = db.session()
        unit = units.by_code(session, code="dinkes")
        assert unit is not None
        found = past.day(session, unit=unit, granted=[], on=NOW.date() - timedelta(days=2))
        assert found.editions == [] and found.standing.total == 0  # they opened on the 1st, published on the 23rd
        assert [on.day for on, _ in past.course(session, unit=unit, until=clock.today()).days] == [23, 24, 25]
