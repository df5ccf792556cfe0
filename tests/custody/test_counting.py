"""How many slips are in which state: few people are counted when it is asked for, many by the worker."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from pakta.accounts.models import Slip
from pakta.custody import counting, queries
from pakta.custody.counting import Counts
from pakta.custody.models import SlipCount, SlipCustody
from pakta.custody.rules import State
from pakta.database import db, transaction
from pakta.jobs.seldom import Seldom, Task
from pakta.roster import service as roster
from pakta.roster import units
from pakta.web import clock
from tests.custody.test_slips import Office
from tests.revocation.office import plain

NOT_YET = "Belum dihitung."


@pytest.fixture
def office(app: Flask) -> Office:
    """Give the city, in which the slips of an office's units were printed."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    found = Office(app)
    found.build("ani", "dewi", "budi", "wati")
    found.ask(unit="dikbud", bawah="1")
    assert found.press("dewi").status_code == 200
    return found


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the city have more people than are counted when it is asked for."""
    monkeypatch.setattr(counting, "LIVE", 1)


def counted(code: str = "pemkot", *of: str) -> Counts:
    db.session().rollback()  # what the worker wrote meanwhile is read
    unit = units.by_code(db.session(), code=code)
    assert unit is not None
    below = [each for each in map(lambda code: units.by_code(db.session(), code=code), of) if each is not None]
    return counting.counts(db.session(), within=unit, of=below, now=clock.now())


def figures(found: Counts) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Return what is not nought of a unit, and of those below it."""
    assert found.states is not None
    each = {unit.code: {state.value: n for state, n in states.items() if n} for unit, states in found.each}
    return {state.value: n for state, n in found.states.items() if n}, each


def take(app: Flask) -> Seldom:
    made = Seldom(app, [Task(counting.find, counting.keep, counting.QUIET)], clock=clock.now)
    made.round(threading.Event())
    return made


def spread() -> None:
    """Bring the printed slips into as many states as there are slips, in turn."""
    with transaction() as session:
        now = clock.now()
        for at, row in enumerate(session.scalars(select(SlipCustody).order_by(SlipCustody.slip_id)).all()):
            if at % 5 == 1:
                row.handed_at = now
            elif at % 5 == 2:
                row.slip.used_at = now
            elif at % 5 == 3:
                row.slip.expires_at = now - timedelta(seconds=1)
            elif at % 5 == 4:
                row.slip.cancelled_at = now


def test_what_the_worker_keeps_is_what_is_counted_when_it_is_asked_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.app.app_context():
        spread()
        live = figures(counted("pemkot", "dikbud", "dinkes"))
        assert live[0] == live[1]["dikbud"] and "dinkes" not in live[1] and sum(live[0].values()) > 1
        monkeypatch.setattr(counting, "LIVE", 1)
        take(office.app)
        kept = counted("pemkot", "dikbud", "dinkes")
        assert figures(kept) == live and kept.taken_at is not None


@pytest.mark.usefixtures("many")
def test_many_are_not_counted_on_a_page_but_shown_as_of_when_they_were(office: Office) -> None:
    for who, path in (("ani", "/slip"), ("wati", "/pengawas")):
        assert NOT_YET in plain(office.visitor(who).get(path).text)
    take(office.app)
    with office.app.app_context():
        before = figures(counted())
        spread()
        assert figures(counted()) == before
    for who, path in (("ani", "/slip"), ("wati", "/pengawas")):
        page = plain(office.visitor(who).get(path).text)
        assert NOT_YET not in page and "dihitung lagi berkala" in page


@pytest.mark.usefixtures("many")
def test_where_no_slip_is_printed_yet_many_are_counted_all_the_same(app: Flask) -> None:
    city = Office(app)
    city.build("ani")
    assert NOT_YET in plain(city.visitor("ani").get("/slip").text)
    take(app)
    assert NOT_YET not in plain(city.visitor("ani").get("/slip").text)
    with app.app_context():
        assert figures(counted("pemkot", "dikbud")) == ({}, {}) and counted("dikbud").taken_at is not None


@pytest.mark.usefixtures("many")
def test_a_page_of_many_reads_no_slips(office: Office) -> None:
    take(office.app)
    said: list[str] = []
    with office.app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
        counted("pemkot", "dikbud")
    assert said and not [each for each in said if "FROM slips" in each or "JOIN slips" in each]


@pytest.mark.usefixtures("many")
def test_the_worker_counts_again_after_a_while_and_replaces_what_was_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = take(office.app)
    with office.app.app_context():
        first = figures(counted())
        spread()
        made.round(threading.Event())
        assert figures(counted()) == first  # it is not time yet
        monkeypatch.setattr(made, "_next", [0.0])
        made.round(threading.Event())
        assert figures(counted()) != first
        assert sum(figures(counted())[0].values()) == sum(first[0].values())


def test_where_few_are_counted_when_asked_for_the_worker_keeps_nothing(office: Office) -> None:
    take(office.app)
    with office.app.app_context():
        assert db.session().scalars(select(SlipCount)).all() == []
        assert counted().taken_at is None


def test_slips_count_where_their_people_stand(office: Office) -> None:
    with office.app.app_context():
        with transaction() as session:
            slip = session.scalars(select(Slip).join(SlipCustody).order_by(Slip.id)).first()
            dinkes = units.by_code(session, code="dinkes")
            assert slip is not None
            roster.set_place(session, person=slip.person, unit=dinkes, now=clock.now())
        found = figures(counted("pemkot", "dikbud", "dinkes"))[1]
        assert found["dinkes"] == {State.PRINTED.value: 1}


def test_a_units_list_has_pages_that_count_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 1)
    with office.app.app_context():
        unit = db.session().get_one(Slip, office.slip_ids()[0]).person.unit
        found = [queries.slips_of(db.session(), unit=unit, now=clock.now(), page=page) for page in (1, 99)]
    assert [(len(each.slips), each.before) for each in found] == [(1, 0), (1, found[1].last - 1)]
    assert [each.page for each in found] == [1, found[1].last]
