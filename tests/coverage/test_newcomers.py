"""Who came to a unit between two pictures makes no block of few people larger that comes to another office."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pakta.coverage.models import PublicPicture
from pakta.database import transaction
from pakta.erasure import belongings
from pakta.roster import importing, moving, reordering, units
from pakta.roster.models import Person, Unit
from pakta.roster.unitfiles import UnitRow
from pakta.web import clock
from tests.coverage.conftest import HEADER, nip
from tests.coverage.passing import next_day
from tests.coverage.test_regrouping import leave, shown, under_setda

ALL = tuple(f"Orang pkm-blooto {at}" for at in range(11))
TWO = ("Orang setda-hukum 1", "Orang setda-hukum 3")


@pytest.fixture
def nine(city: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Give the city with nine people left in a health post, and a picture of it."""
    leave(city, "Orang pkm-blooto 1", "Orang pkm-blooto 3")
    assert next_day(city, monkeypatch)
    return city


def move(city: Flask, code: str, *names: str, status: str = "") -> None:
    """Give people another unit, or another status, as a file does."""
    with city.app_context(), transaction() as session:
        unit = session.scalars(select(Unit).where(Unit.code == code)).one()
        found = session.scalars(select(Person).where(Person.name.in_(names))).all()
        wanted = {each.id: moving.Place(unit.id, unit.path, status or each.status) for each in found}
        moving.move(session, wanted=wanted, how=moving.How.IMPORT, account_id=None, now=clock.now())


def bring(city: Flask, code: str, people: int = 2) -> None:
    """Let a file bring people who were in no row before."""
    rows = [f"{nip(400 + at)},pns,Orang baru {at},,Analis,{code},aktif,," for at in range(people)]
    content = "\n".join((HEADER, *rows)).encode()
    with city.app_context(), transaction() as session:
        report = importing.import_roster(
            session, content=content, now=clock.now(), pepper=lambda label: label.encode(), dry_run=False
        )
        assert report.errors == ()


def merge(city: Flask, code: str, into: str) -> None:
    with city.app_context(), transaction() as session:
        found = {unit.code: unit for unit in session.scalars(select(Unit))}
        reordering.merge(session, old=[found[code]], into=found[into], now=clock.now())


def open_unit(city: Flask, code: str, *, below: str) -> None:
    """Let an empty unit begin today."""
    with city.app_context(), transaction() as session:
        row = UnitRow(code, "Unit Baru", "Unit Baru", "upt", below, "pemkot")
        units.load_units(session, rows=[row], now=clock.now())


def come(city: Flask, how: str) -> None:
    """Let two people come to the health post, by one of the ways to come."""
    if how == "moved":
        move(city, "pkm-blooto", *TWO)
    elif how == "new":
        bring(city, "pkm-blooto")
    else:
        move(city, "pkm-blooto", "Orang pkm-blooto 1", "Orang pkm-blooto 3", status="aktif")


@pytest.mark.parametrize("how", ["moved", "new", "back"])
@pytest.mark.parametrize("over", ["hung", "merged"])
def test_newcomers_of_the_same_days_make_a_block_no_larger(
    nine: Flask, monkeypatch: pytest.MonkeyPatch, how: str, over: str
) -> None:
    come(nine, how)
    if over == "hung":
        under_setda(nine)
    else:
        merge(nine, "pkm-blooto", "setda")
    assert next_day(nine, monkeypatch)
    assert len(shown(nine)) == 1, shown(nine)  # else the office that they left differed by nine


@pytest.mark.parametrize("how", ["moved", "new", "back"])
def test_whoever_came_before_the_picture_is_of_the_block(
    nine: Flask, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    come(nine, how)
    assert next_day(nine, monkeypatch, days=2)
    under_setda(nine)
    assert next_day(nine, monkeypatch)
    assert len(shown(nine)) > 1, shown(nine)


def test_who_is_put_into_an_emptied_unit_did_not_stay_in_it(nine: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    move(nine, "setda", *ALL)
    move(nine, "pkm-blooto", "Orang dinkes 1")
    assert next_day(nine, monkeypatch)
    assert len(shown(nine)) == 1, shown(nine)


def test_a_new_row_in_an_emptied_unit_did_not_stay_in_it(nine: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    move(nine, "setda", *ALL)
    bring(nine, "pkm-blooto", 1)
    assert next_day(nine, monkeypatch)
    assert len(shown(nine)) == 1, shown(nine)


def test_those_who_come_over_in_two_steps_are_counted_where_they_stood(
    nine: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(nine, "inspektorat", *ALL)
    move(nine, "setda", *ALL)
    assert next_day(nine, monkeypatch)
    assert len(shown(nine)) == 1, shown(nine)


def test_a_unit_that_is_hung_into_one_that_is_hung_makes_no_block_larger(
    nine: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_setda(nine)
    with nine.app_context(), transaction() as session:
        found = {unit.code: unit for unit in session.scalars(select(Unit))}
        found["setda-hukum"].parent_id = found["pkm-blooto"].id  # twelve who were of that office before
        session.flush()
        units.rehang(session, now=clock.now())
    assert next_day(nine, monkeypatch)
    assert len(shown(nine)) == 1, shown(nine)


def test_a_move_of_the_pictures_own_day_that_stands_in_it_is_no_move_since(
    nine: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_unit(nine, "setda-baru", below="setda")
    morning = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: morning)
    move(nine, "setda-baru", *ALL)
    assert next_day(nine, monkeypatch, days=0)
    with nine.app_context(), transaction() as session:
        picture = session.scalars(select(PublicPicture).order_by(PublicPicture.taken_on.desc())).first()
        assert picture is not None
        picture.institutions = [each | {"groups": []} for each in picture.institutions]  # as a city's first has none
    move(nine, "pkm-blooto", *ALL)
    assert next_day(nine, monkeypatch)
    assert len(shown(nine)) == 1, shown(nine)


def test_a_merger_of_those_who_were_gathered_for_it_is_a_block(nine: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    open_unit(nine, "pkm-baru", below="dinkes")
    assert next_day(nine, monkeypatch)
    before = shown(nine)
    move(nine, "pkm-baru", *(f"Orang dinkes {at}" for at in range(9)))
    merge(nine, "pkm-baru", "setda")
    assert next_day(nine, monkeypatch)
    assert len(shown(nine)) == len(before) - 1, (before, shown(nine))


def test_a_merger_inside_the_office_to_which_one_came_makes_no_block(
    nine: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_unit(nine, "pkm-baru", below="dinkes")
    assert next_day(nine, monkeypatch)
    before = shown(nine)
    move(nine, "pkm-baru", TWO[0])
    merge(nine, "pkm-baru", "pkm-blooto")
    assert next_day(nine, monkeypatch)
    assert len(shown(nine)) == len(before), (before, shown(nine))


@pytest.mark.parametrize("what", ["moves", "people"])
def test_rows_that_get_the_ids_of_erased_ones_came_after_the_picture(
    nine: Flask, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """SQLite gives the highest ids anew; PostgreSQL none."""
    bring(nine, "polres", 1)
    if what == "moves":
        for status in ("cuti", "aktif") * 6:
            move(nine, "polres", "Orang baru 0", status=status)
    assert next_day(nine, monkeypatch)
    with nine.app_context(), transaction() as session:
        erased = session.scalars(select(Person.id).where(Person.name == "Orang baru 0")).one()
        belongings.remove(session, person_id=erased, now=clock.now())
    if what == "moves":
        move(nine, "setda", *ALL)
    else:
        bring(nine, "pkm-blooto", 1)
        under_setda(nine)
    assert next_day(nine, monkeypatch)
    assert len(shown(nine)) == 1, shown(nine)
