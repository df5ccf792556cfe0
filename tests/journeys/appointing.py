"""What `screenshots` takes of appointments: each page, and each state that an appointment comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Page

from pakta.accounts import grants
from pakta.accounts.models import Account
from pakta.appointments import service, wishes
from pakta.appointments.wishes import Typed
from pakta.database import db, transaction
from pakta.web import clock
from tests.people import KNOWN, City

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera

REASON = "SK Wali Kota 821/12/2026 tanggal 20 November 2026"


def appointing(camera: Camera) -> None:
    """Take one appointment from the form to the notice, and the end of a role."""
    city = camera.city
    camera.take("peran-1-daftar", "/peran", who="ani")
    camera.take("peran-1-kepala", "/peran", who="budi")
    camera.take("peran-1-salah", "/peran", who="ani", act=lambda page: _fill(page, reason="x"))
    camera.take("peran-2-periksa", "/peran", who="ani", act=_fill)
    asked = ask(city, "budi", "siti")
    address = f"/peran/permintaan/{asked}"
    camera.take("peran-3-menunggu-dua", address, who="ani")
    decide(city, "ani", asked)
    camera.take("peran-3-menunggu-kedua", address, who="dewi")
    decide(city, "dewi", asked)
    camera.take("peran-4-disetujui", address, who="dewi")
    camera.take("peran-4-pemberitahuan", "/pemberitahuan", who="siti")
    camera.take("peran-5-akhiri", f"/peran/pemegang/{_grant(city, 'siti')}", who="ani")


def ask(city: City, by: str, whose: str) -> int:
    """Let somebody ask for a delegate of Dikbud; return the appointment's id."""
    with city.app.app_context(), transaction() as session:
        visitor = wishes.visitor(session, account=session.get_one(Account, city.keys[by][0]), now=clock.now())
        typed = Typed(KNOWN[whose].number, "dikbud", "delegate", "Plt.", REASON)
        pepper = city.wired.keyring.pepper
        return service.give(session, by=visitor, typed=typed, now=clock.now(), pepper=pepper).id


def decide(city: City, by: str, appointment_id: int) -> None:
    """Let an administrator approve."""
    with city.app.app_context(), transaction() as session:
        visitor = wishes.visitor(session, account=session.get_one(Account, city.keys[by][0]), now=clock.now())
        service.approve(session, appointment_id=appointment_id, by=visitor, now=clock.now())


def _grant(city: City, who: str) -> int:
    with city.app.app_context():
        account = db.session().get_one(Account, city.keys[who][0])
        return grants.of_account(db.session(), account=account, now=clock.now())[0].id


def _fill(page: Page, reason: str = REASON) -> None:
    page.locator("[name=nomor]").fill(KNOWN["joko"].number)
    page.locator("[name=peran][value=head]").check()
    page.locator("[name=unit]").select_option("dinkes")
    page.locator("[name=alasan]").fill(reason)
    page.locator("form[action='/peran/periksa'] button").click()
    page.wait_for_load_state("networkidle")
