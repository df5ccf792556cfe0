"""Two of the public's pictures do not tell of few people who came to another office as a block."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from pakta.coverage import regrouping
from pakta.database import db, transaction
from pakta.roster import moving, reordering, rules, units
from pakta.roster import service as roster
from pakta.roster.models import Person, Unit
from pakta.web import clock
from tests.coverage.passing import next_day
from tests.coverage.test_excused_told import asked
from tests.coverage.test_pages import words

HEALTH = "Dinas Kesehatan, Pengendalian Penduduk dan Keluarga Berencana"


def shown(city: Flask) -> list[tuple[str, int]]:
    """Return the names of the city's groups, each with how many people it has."""
    page = city.test_client().get("/cakupan-umum").text.split("Instansi lain")[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>.*?dari (\d+),', page, re.S)
    return [(words(name), int(total)) for name, total in rows]


def under_setda(city: Flask) -> None:
    with city.app_context(), transaction() as session:
        found = {unit.code: unit for unit in session.scalars(select(Unit))}
        found["pkm-blooto"].parent_id = found["setda"].id
        session.flush()
        units.rehang(session, now=clock.now())


def leave(city: Flask, *names: str) -> None:
    with city.app_context(), transaction() as session:
        for person in session.scalars(select(Person).where(Person.name.in_(names))):
            roster.set_place(session, person=person, status="mutasi", now=clock.now())


def test_offices_between_which_a_small_unit_changed_become_one_group(
    city: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(city, "Orang pkm-blooto 1", "Orang pkm-blooto 3")  # nine are left
    assert next_day(city, monkeypatch)
    assert (HEALTH, 24) in shown(city)
    under_setda(city)
    assert next_day(city, monkeypatch)
    assert [total for _, total in shown(city)] == [42], shown(city)
    assert next_day(city, monkeypatch) and len(shown(city)) == 1  # and stay one


def test_a_unit_of_ten_or_more_changes_without_a_trace_on_the_groups(
    city: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_setda(city)
    assert next_day(city, monkeypatch)
    assert (HEALTH, 15) in shown(city) and sum(total for _, total in shown(city)) == 44


def test_a_small_office_that_is_merged_into_another_stays_in_one_group_with_it(
    city: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert next_day(city, monkeypatch)
    with city.app_context(), transaction() as session:
        found = {unit.code: unit for unit in session.scalars(select(Unit))}
        reordering.merge(session, old=[found["inspektorat"]], into=found["dinkes"], now=clock.now())
    assert next_day(city, monkeypatch)
    assert [total for _, total in shown(city)] == [44], shown(city)


def test_who_does_not_count_makes_no_block_larger(city: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(city, "Orang pkm-blooto 1", "Orang pkm-blooto 3")  # eleven move, nine count
    assert next_day(city, monkeypatch)
    with city.app_context(), transaction() as session:
        found = {unit.code: unit for unit in session.scalars(select(Unit))}
        reordering.merge(session, old=[found["pkm-blooto"]], into=found["setda"], now=clock.now())
    assert next_day(city, monkeypatch)
    assert [total for _, total in shown(city)] == [42]


def to_setda(city: Flask, *names: str) -> None:
    """Give people another unit as a file does."""
    with city.app_context(), transaction() as session:
        setda = session.scalars(select(Unit).where(Unit.code == "setda")).one()
        found = session.scalars(select(Person).where(Person.name.in_(names))).all()
        wanted = {person.id: moving.Place(setda.id, setda.path, person.status) for person in found}
        moving.move(session, wanted=wanted, how=moving.How.IMPORT, account_id=None, now=clock.now())


def test_a_small_unit_whose_people_all_come_over_by_a_file_is_a_block_too(
    city: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(city, "Orang pkm-blooto 1", "Orang pkm-blooto 3")  # nine are left
    assert next_day(city, monkeypatch)
    to_setda(city, *(f"Orang pkm-blooto {at}" for at in range(11)))
    assert next_day(city, monkeypatch)
    assert [total for _, total in shown(city)] == [42], shown(city)


def test_who_moves_alone_leaves_the_offices_apart(city: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert next_day(city, monkeypatch)
    to_setda(city, "Orang pkm-blooto 1", "Orang pkm-blooto 3")
    assert next_day(city, monkeypatch)
    assert len(shown(city)) > 1 and sum(total for _, total in shown(city)) == 44


def test_what_was_merged_before_a_picture_was_a_block_in_it_already(city: Flask) -> None:
    with city.app_context(), transaction() as session:
        found = {unit.code: unit for unit in session.scalars(select(Unit))}
        pair = sorted((found["inspektorat"].id, found["dinkes"].id))
        before = regrouping.offices(session, unit=found["pemkot"])
        reordering.merge(session, old=[found["inspektorat"]], into=found["dinkes"], now=clock.now())
    with city.app_context():
        session, today = db.session(), rules.day_of(clock.now())
        asking = asked(session)

        def together(since: date) -> list[list[int]]:
            at = regrouping.Since(since, None, None)
            return regrouping.together(session, before=before, now=before, since=at, asking=asking)

        assert together(today) == [pair]
        assert together(today + timedelta(days=1)) == []


def test_who_stayed_behind_is_asked_of_the_units_of_moves_alone(city: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    to_setda(city, "Orang pkm-blooto 1")
    with city.app_context():
        session = db.session()
        pemkot = session.scalars(select(Unit).where(Unit.code == "pemkot")).one()
        before, asking = regrouping.offices(session, unit=pemkot), asked(session)
        event.listen(db.engine, "before_cursor_execute", lambda *told: said.append(" ".join(told[2].split())))
        since = regrouping.Since(rules.day_of(clock.now()), None, None)
        assert regrouping.together(session, before=before, now=before, since=since, asking=asking) == []
    (stayed,) = [each for each in said if "EXISTS" in each]  # once, not for each move
    assert "FROM people WHERE people.unit_id" in stayed and "JOIN" not in stayed
