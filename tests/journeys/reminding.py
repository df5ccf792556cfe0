"""What `screenshots` takes of reminders: a head's page before and after somebody was reminded."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from playwright.sync_api import Page, Route

from pakta.accounts.models import Account
from pakta.database import transaction
from pakta.reminders import service
from pakta.reminders.models import Reminder
from pakta.roster import units
from pakta.web import clock

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera

PAGE = "/cakupan/dikbud/ingatkan"


def reminding(camera: Camera) -> None:
    """Take the page with nothing done, with mail and WhatsApp behind it, and what opens WhatsApp."""
    camera.take("ingatkan-1-belum", PAGE, who="budi")
    city, now = camera.city, clock.now()
    with city.app.app_context(), transaction() as session:
        unit = units.by_code(session, code="dikbud")
        assert unit is not None
        budi = session.get_one(Account, city.keys["budi"][0])
        service.switch(session, by=budi, unit=unit, on=True, now=now - timedelta(days=4))
        for who, states in (("lina", ("diserahkan", "dibuka")), ("rini", ("gagal",)), ("budi", ("ditolak",))):
            person = city.person(who)
            person.phone, person.email = "081234567901", f"{who}@contoh.example"
            for state in states:
                way = "wa" if state == "dibuka" else "surel"
                session.add(
                    Reminder(
                        person_id=person.id,
                        edition_code="KEPALA-2026" if who == "budi" else "ASN-2026",
                        way=way,
                        state=state,
                        noted_at=now,
                    )
                )
    camera.take("ingatkan-2-menyala", PAGE, who="budi", act=_copy)
    camera.take("ingatkan-3-whatsapp", PAGE, who="budi", act=_open)


def _copy(page: Page) -> None:
    page.locator("#salin").click()


def _open(page: Page) -> None:
    """Open WhatsApp in this tab, and let the page that leads there stay."""
    page.context.route("https://wa.me/**", _stay)
    form = page.locator("td form").first
    form.evaluate("form => form.removeAttribute('target')")
    with page.expect_request("https://wa.me/628*"):  # our policy lets a browser go there
        form.locator("button").click()


def _stay(route: Route) -> None:
    route.fulfill(status=204)
