"""Whose role ends, or whose unit closes, while they wait for the writer's turn decides nothing behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from pakta.accounts import grants
from pakta.database import db
from pakta.departures.models import Departure
from pakta.ledger import service as ledger
from pakta.roster.models import Unit
from pakta.signing.models import DataReport
from pakta.web import clock
from tests.people import City
from tests.signing.test_correcting import NOW, person, report, report_id, send, stamp

PAGE = "/bukan-pegawai/1"


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city, in which siti reported wrong data, and her head that she has left."""
    app.config["WTF_CSRF_ENABLED"] = False
    made = City(app).build("siti", "budi", "ani", "dewi")
    report(made, "siti")
    sent = {"sebab": "pensiun", "keterangan": "SK pensiun 12/XI"}
    with app.app_context():
        siti = made.person("siti").id
    assert made.visitor("budi").post(f"/bukan-pegawai/lapor/{siti}", data=sent).status_code == 302
    return made


def end_the_role(city: City) -> Callable[[Session], None]:
    """Return what ends ani's role."""

    def act(session: Session) -> None:
        for grant in grants.of_people(session, people=[city.person("ani").id], now=clock.now()):
            grants.end_role(session, grant=grant, now=clock.now())

    return act


def close_the_unit(_city: City) -> Callable[[Session], None]:
    """Return what closes the unit over which ani holds her role, as another one's transaction does."""
    closed = update(Unit.__table__).where(Unit.__table__.c.code == "pemkot")  # type: ignore[arg-type]

    def act(session: Session) -> None:
        yesterday = clock.today() - timedelta(days=1)
        session.connection().execute(closed.values(valid_from=yesterday, valid_until=yesterday))

    return act


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[Session], None]) -> None:
    """Let something happen while the turn is waited for."""
    wait = ledger.wait_turn

    def waited(session: Session) -> None:
        wait(session)
        act(session)

    monkeypatch.setattr(ledger, "wait_turn", waited)


@pytest.mark.parametrize("what", [end_the_role, close_the_unit])
def test_a_report_of_wrong_data_is_neither_corrected_nor_answered(
    city: City, monkeypatch: pytest.MonkeyPatch, what: Callable[[City], Callable[[Session], None]]
) -> None:
    seen, number, ani = stamp(city.visitor("ani"), report_id(city)), report_id(city), city.visitor("ani")
    meanwhile(monkeypatch, what(city))
    assert "NOT_ALLOWED" in send(city, seen=seen, jabatan="Guru Ahli").text
    assert "NOT_ALLOWED" in ani.post(f"/laporan-data/{number}", data={"jawaban": "Sudah benar."}).text
    with city.app.app_context():
        assert db.session().get_one(DataReport, number).answered_at is None
    assert person(city).position == NOW["jabatan"]


@pytest.mark.parametrize("sent", [{"ubah": "1", "status": "pensiun"}, {"tolak": "1", "jawaban": "Masih aktif."}])
@pytest.mark.parametrize("what", [end_the_role, close_the_unit])
def test_who_left_is_not_answered(
    city: City,
    monkeypatch: pytest.MonkeyPatch,
    sent: dict[str, str],
    what: Callable[[City], Callable[[Session], None]],
) -> None:
    ani = city.visitor("ani")
    meanwhile(monkeypatch, what(city))
    assert ani.post(PAGE, data=sent).status_code in (403, 404, 422)
    with city.app.app_context():
        assert db.session().get_one(Departure, 1).outcome is None
    assert person(city).status == "aktif"
    monkeypatch.undo()
    assert city.visitor("dewi").post(PAGE, data=sent).status_code == 302
