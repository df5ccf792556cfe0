"""Who is out of the sums is told beside every share, so that nobody makes a share better without trace."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.coverage import rules
from pakta.database import transaction
from pakta.editions import service as editions
from pakta.roles import Role
from pakta.roster import asks, lists, moving
from pakta.roster import service as roster
from pakta.roster.models import Person
from pakta.web import clock
from tests.coverage.conftest import NOW, SignIn
from tests.coverage.passing import next_day
from tests.coverage.test_pages import words


def put_away(city: Flask, *, unit: str = "") -> None:
    """Put people who have not signed on leave, one by one."""
    with city.app_context(), transaction() as session:
        rows = select(Person).where(Person.status == "aktif", Person.kind == "pns")
        rows = rows.where(Person.name.like(f"Orang {unit}%"), ~lists.has_signed(asked(session)))
        for person in session.scalars(rows.order_by(Person.id)).all():
            roster.set_place(session, person=person, status="cuti", now=clock.now())


def asked(session: Session) -> Sequence[asks.Ask]:
    return editions.asking(editions.open_editions(session, now=clock.now()))


def excused(page: str) -> list[str]:
    """Return the cells of units beside each other that tell how many are out of the sums."""
    return re.findall(r'data-label="Dikecualikan" class="num">([^<]*)<', page)


def test_the_supervisor_sees_how_many_were_put_away(city: Flask, sign_in: SignIn) -> None:
    bawaslu = sign_in((Role.SUPERVISOR, "pemkot"))
    assert "1 orang dikecualikan dari hitungan" in words(bawaslu.get("/pengawas").text)
    put_away(city, unit="dinkes")
    said = words(bawaslu.get("/pengawas").text)
    assert "8 orang dikecualikan dari hitungan" in said, said
    assert excused(bawaslu.get("/pengawas").text).count("8") == 1


def test_of_a_marked_institution_the_supervisor_sees_a_percentage_of_them(city: Flask, sign_in: SignIn) -> None:
    bawaslu = sign_in((Role.SUPERVISOR, "polres"))
    assert "Kurang dari 10 pegawai dikecualikan" in words(bawaslu.get("/pengawas").text)
    with city.app_context(), transaction() as session:
        for person in session.scalars(select(Person).where(Person.kind == "polri").order_by(Person.id)).all()[:10]:
            roster.set_place(session, person=person, status="cuti", now=clock.now())
    said = words(bawaslu.get("/pengawas").text)
    assert "50 % dari semua pegawai dikecualikan dari hitungan" in said and "10 orang" not in said, said


def test_units_beside_each_other_tell_of_whom_their_share_is_not(city: Flask, sign_in: SignIn) -> None:
    put_away(city, unit="pkm-blooto")
    chosen = sign_in((Role.HEAD, "dinkes"), (Role.HEAD, "setda")).get("/cakupan").text
    assert excused(chosen) == ["0", "7"], excused(chosen)
    below = sign_in((Role.ADMINISTRATOR, "pemkot"), name="Orang setda 1").get("/cakupan/dinkes").text
    assert "6" in excused(below), excused(below)


def test_the_public_is_told_of_ten_or_more_and_of_an_institution_alone(
    city: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def public(path: str = "/cakupan-umum") -> str:
        return words(city.test_client().get(path).text)

    assert "Kurang dari 10 orang dikecualikan" in public() and "1 orang dikecualikan" not in public()
    put_away(city)
    assert next_day(city, monkeypatch)
    assert "22 dari 22" in public() and "23 orang dikecualikan dari hitungan" in public(), public()
    assert "23 people are excused" in public("/cakupan-umum?bahasa=en")
    course = public("/cakupan-umum/pemkot")
    assert "23 orang dikecualikan dari hitungan" in course and "kurang dari 10 orang" in course, course
    told = {each["code"]: each for each in city.test_client().get("/api/v1/coverage").get_json()["institutions"]}
    assert (told["pemkot"]["excused"], told["pemkot"]["excused_percent"]) == (23, None)
    assert (told["kejari"]["excused"], told["kejari"]["excused_percent"]) == (None, None)


def test_who_has_signed_or_came_back_leaves_no_mark_in_the_days_count(city: Flask) -> None:
    with city.app_context(), transaction() as session:
        by_name = {person.name: person for person in session.scalars(select(Person))}
        for name in ("Orang dinkes 0", "Orang dinkes 1", "Orang dinkes 2"):  # the first and the last have signed
            roster.set_place(session, person=by_name[name], status="cuti", now=NOW)
        roster.set_place(session, person=by_name["Orang dinkes 3"], status="mutasi", now=NOW)
        unit = by_name["Orang dinkes 3"].unit
        out = moving.out_since(session, within=unit, since=NOW, asked=asked(session)).total()
    assert out == 2  # one is on leave and has not signed, one left


@pytest.mark.parametrize(
    ("excused", "total", "told", "percent"), [(9, 100, 0, 0), (10, 90, 10, 10), (30, 0, 30, 100)]
)
def test_fewer_than_ten_excused_are_no_figure(excused: int, total: int, told: int, percent: int) -> None:
    assert rules.excused_told(excused) == told
    assert rules.excused_percent(excused, total) == percent
