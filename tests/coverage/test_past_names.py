"""A past day calls its units what they were called then; what a unit is called now is said beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import unitnames, units
from pakta.roster.models import Unit, UnitName
from pakta.roster.unitfiles import UnitRow
from pakta.web import clock
from tests.coverage.conftest import NOW, SignIn
from tests.coverage.test_pages import words

WHOLE_ON_POSTGRESQL = True
OLD = "Dinas Kesehatan, Pengendalian Penduduk dan Keluarga Berencana"
NEW, NEWER = "Dinas Kesehatan dan Keluarga", "Dinas Kesehatan Masyarakat"


def unit(session: Session, code: str) -> Unit:
    found = units.by_code(session, code=code)
    assert found is not None
    return found


def called(city: Flask, day: int) -> str:
    with city.app_context():
        found = unit(db.session(), "dinkes")
        on = (NOW + timedelta(days=day)).date()
        return unitnames.on_day(db.session(), units=[found], on=on)[found.id].full


def rename(city: Flask, name: str, *, day: int) -> None:
    with city.app_context(), transaction() as session:
        found = unit(session, "dinkes")
        units.rename(session, unit=found, name=name, short_name=name[:80], now=NOW + timedelta(days=day))


def test_each_day_has_the_name_with_which_it_ended(city: Flask) -> None:
    rename(city, NEW, day=2)
    rename(city, NEWER, day=4)
    rename(city, NEWER, day=5)  # the same again
    assert [called(city, day) for day in range(6)] == [OLD, OLD, NEW, NEW, NEWER, NEWER]


def test_of_two_names_on_one_day_the_first_was_that_of_no_day(city: Flask) -> None:
    rename(city, NEW, day=2)
    rename(city, NEWER, day=2)
    assert [called(city, day) for day in (1, 2)] == [OLD, NEWER]


def test_a_file_of_units_renames_too_and_keeps_nothing_where_names_stay(city: Flask) -> None:
    with city.app_context():
        with transaction() as session:
            units.load_own(session, now=NOW + timedelta(days=1))
        assert db.session().query(UnitName).count() == 0
        found = unit(db.session(), "dinkes")
        row = UnitRow("dinkes", NEW, found.short_name, found.kind, "pemkot", "pemkot")
        with transaction() as session:
            units.load_units(session, rows=[row], now=NOW + timedelta(days=1))
    assert [called(city, day) for day in (0, 1)] == [OLD, NEW]


def test_a_past_page_shows_the_names_of_its_day(
    city: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename(city, NEW, day=1)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=2))
    client, day = sign_in((Role.ADMINISTRATOR, "pemkot")), NOW.date().isoformat()
    own, above = (client.get(f"/cakupan/{code}?hari={day}").text for code in ("dinkes", "pemkot"))
    assert f"<h1>{OLD}</h1>" in own and f"Sekarang namanya {NEW}" in words(own)
    assert OLD in words(above) and NEW not in words(above)
    assert f"<h1>{NEW}</h1>" in client.get("/cakupan/dinkes").text
