"""What `screenshots` takes of slips: asking, printing, the list for handing over, what the supervisor sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from pakta.accounts.models import Account
from pakta.custody import service
from pakta.custody.models import SlipBatch, SlipCustody
from pakta.custody.service import Printer
from pakta.database import db, transaction
from pakta.roster.models import Unit
from pakta.web import clock, display

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera
    from tests.people import City


def printing(camera: Camera) -> None:
    """Take one batch from the form to the list for handing over."""
    city = camera.city
    camera.take("slip-1-minta", "/slip", who="ani")
    camera.take(
        "slip-1-salah", "/slip", who="ani", act=lambda page: page.locator("form[action='/slip'] button").click()
    )
    with city.app.app_context(), transaction() as session:
        by = session.get_one(Account, city.keys["ani"][0])
        row = service.ask(session, by=by, unit_code="dikbud", below=True, whom="ulang", now=clock.now())
        batch_id = row.id
    page = f"/slip/cetak/{batch_id}"
    camera.take("slip-2-meminta", page, who="ani")
    camera.take("slip-2-mencetak", page, who="dewi")
    (camera.folder / "slip.pdf").write_bytes(_print(city, batch_id))
    camera.take("slip-3-dicetak", page, who="dewi")
    code = _hand_over(city, batch_id)
    camera.take("slip-4-serah", f"/slip/unit/{code}", who="ani")
    camera.take("slip-4-kepala", f"/slip/unit/{code}", who="budi")
    camera.take("slip-4-dikbud", "/slip/unit/dikbud", who="budi")
    camera.take("slip-5-kepala", "/slip", who="budi")
    camera.take("slip-5-pengawas", "/pengawas", who="wati")


def _print(city: City, batch_id: int) -> bytes:
    config = city.wired.config
    printer = Printer(
        config.city, config.contact, config.host, config.origin, True, city.wired.keyring.pepper,
        lambda at: display.moment(at),
    )  # fmt: skip
    with city.app.app_context(), transaction() as session:
        by = session.get_one(Account, city.keys["dewi"][0])
        return service.print_batch(session, batch_id=batch_id, by=by, now=clock.now(), printer=printer)


def _hand_over(city: City, batch_id: int) -> str:
    """Note that the first slip was handed over; return its unit's code."""
    with city.app.app_context(), transaction() as session:
        row = session.execute(select(SlipCustody).where(SlipCustody.batch_id == batch_id)).scalars().first()
        assert row is not None and session.get_one(SlipBatch, batch_id)
        unit = session.get_one(Unit, row.slip.person.unit_id)
        by = session.get_one(Account, city.keys["ani"][0])
        service.hand_over(session, unit=unit, by=by, slip_ids=[row.slip_id], handed=True, now=clock.now())
        return str(db.session().get_one(Unit, unit.id).code)
