"""What `screenshots` takes of departures: from the search of a head to what an administrator gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Page
from sqlalchemy import select

from pakta.accounts.models import Account
from pakta.database import db, transaction
from pakta.departures import service
from pakta.departures.models import Departure
from pakta.departures.service import Answer, Visitor
from pakta.roles import Role
from pakta.roster.models import Unit
from pakta.web import clock
from tests.people import City

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera


def leaving(camera: Camera) -> None:
    """Take one departure from the search to the answer and back."""
    city = camera.city
    with city.app.app_context():
        person_id = city.person("lina").id
    form = f"/bukan-pegawai/lapor/{person_id}"
    camera.take("kepergian-1-kosong", "/bukan-pegawai", who="budi")
    camera.take("kepergian-1-cari", "/bukan-pegawai", who="budi", act=lambda page: _search(page, "lina"))
    camera.take("kepergian-2-lapor", form, who="budi")
    camera.take("kepergian-2-salah", form, who="budi", act=_send)
    with city.app.app_context(), transaction() as session:
        by = _visitor(city, "budi", Role.HEAD)
        words = "SK pensiun 12/XI, berlaku 1 Desember 2026"
        service.report(session, by=by, person_id=person_id, cause="pensiun", words=words, now=clock.now())
    with city.app.app_context():
        departure_id = db.session().execute(select(Departure.id)).scalar_one()
    page = f"/bukan-pegawai/{departure_id}"
    camera.take("kepergian-3-menunggu", page, who="budi")
    camera.take("kepergian-3-jawab", page, who="ani")
    with city.app.app_context(), transaction() as session:
        by = _visitor(city, "ani", Role.ADMINISTRATOR)
        answer = Answer(status="pensiun", words="Sesuai SIASN.")
        service.change(session, departure_id=departure_id, by=by, answer=answer, now=clock.now())
    camera.take("kepergian-4-diubah", page, who="ani")
    camera.take("kepergian-4-daftar", "/bukan-pegawai", who="ani")


def _visitor(city: City, who: str, role: Role) -> Visitor:
    session = db.session()
    units = [
        session.execute(select(Unit).where(Unit.code == ("dikbud" if role is Role.HEAD else "pemkot"))).scalar_one()
    ]
    administers = units if role is Role.ADMINISTRATOR else []
    return Visitor(session.get_one(Account, city.keys[who][0]), units, administers)


def _search(page: Page, name: str) -> None:
    page.locator("[name=cari]").fill(name)
    _send(page)


def _send(page: Page) -> None:
    page.locator("main form button").first.click()
    page.wait_for_load_state("networkidle")
