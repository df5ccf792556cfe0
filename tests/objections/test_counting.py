"""How many object: of few people counted when it is asked for, of many kept by the worker, and the same figures."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from pakta.coverage import service as coverage
from pakta.database import db, transaction
from pakta.jobs.seldom import Seldom, Task
from pakta.objections import counting, rules
from pakta.objections.counting import Counts
from pakta.objections.models import Objection, ObjectionCount
from pakta.roster import service as roster
from pakta.roster import units
from pakta.web import clock
from tests.objections.test_objections import SAID, text
from tests.people import City

WHOLE_ON_POSTGRESQL = True
FORCED = {"jenis": "paksaan", "uraian": ""}


@pytest.fixture
def city(app: Flask) -> City:
    """Give the city, where two of one office and one of another object."""
    app.config["WTF_CSRF_ENABLED"] = False
    found = City(app).build("siti", "joko", "budi", "ani", "wati", "rini")
    for who, said in (("siti", SAID), ("joko", FORCED), ("rini", SAID)):
        assert found.visitor(who).post("/keberatan-pakta", data=said).status_code == 302
    return found


def counts(code: str) -> Counts:
    db.session().rollback()  # what the worker wrote meanwhile is read
    session, unit = db.session(), units.by_code(db.session(), code=code)
    assert unit is not None
    return counting.counts(session, within=unit, asked=coverage.asked(session, now=clock.now())[1])


def told(found: Counts) -> tuple[int, dict[str, int]]:
    return found.people, dict(found.classes)


def take(app: Flask) -> None:
    Seldom(app, [Task(counting.count_all, counting.keep, counting.QUIET)], clock=clock.now).round(threading.Event())


def withdraw(person_id: int) -> None:
    with transaction() as session:
        mine = Objection.person_id == person_id
        session.execute(update(Objection).where(mine).values(withdrawn_at=clock.now()))


def test_what_is_kept_is_what_is_counted_when_it_is_asked_for(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    with city.app.app_context():
        with transaction() as session:  # one has left: they count nowhere
            roster.set_place(session, person=city.person("rini"), status="mutasi", now=clock.now())
        live = {code: told(counts(code)) for code in ("pemkot", "dikbud", "dinkes")}
        assert live["pemkot"] == (2, {"hukum": 1, "paksaan": 1})
        take(city.app)
        assert db.session().scalars(select(ObjectionCount)).all() == []  # few people: nothing is kept
        monkeypatch.setattr(counting, "LIVE", 1)
        take(city.app)
        kept = counts("pemkot")
        assert kept.taken_at is not None and told(kept) == live["pemkot"]
        assert {code: told(counts(code)) for code in live} == live


def test_a_large_units_pages_say_of_when_it_is_and_read_no_objection(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "(dihitung" not in text(city.visitor("ani"), "/cakupan/pemkot")
    monkeypatch.setattr(counting, "LIVE", 1)
    monkeypatch.setattr(rules, "FEWEST", 3)
    take(city.app)
    said: list[str] = []
    with city.app.app_context():
        person_id = city.person("siti").id
        event.listen(db.engine, "before_cursor_execute", lambda *asked: said.append(asked[2]))
        assert told(counts("pemkot")) == (3, {"hukum": 2, "paksaan": 1})
    assert said and not [each for each in said if "FROM objections" in each]
    with city.app.app_context():
        withdraw(person_id)
    page, watched = text(city.visitor("ani"), "/cakupan/pemkot"), text(city.visitor("wati"), "/pengawas")
    assert "3 orang menyatakan keberatan (dihitung" in page
    assert "Sebabnya: dasar hukum 2, merasa dipaksa 1." in watched and "(dihitung" in watched
    assert "Keberatan menandatangani (3" in page  # the menu
    take(city.app)
    assert "2 orang menyatakan keberatan (dihitung" in text(city.visitor("ani"), "/cakupan/pemkot")


def test_the_menu_counts_where_nothing_is_kept_yet(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "LIVE", 1)  # the worker has not been there yet
    assert "Keberatan menandatangani (3" in text(city.visitor("ani"), "/cakupan/pemkot")
    monkeypatch.setattr(counting, "IN_MENU", 1)
    assert "Keberatan menandatangani (2" in text(city.visitor("ani"), "/cakupan/pemkot")
