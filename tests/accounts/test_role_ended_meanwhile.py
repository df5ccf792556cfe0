"""Whose role ends while they wait for the writer's turn does nothing any more by it.

Two connections to PostgreSQL; SQLite lets one write at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from pakta.accounts import grants
from pakta.accounts.models import Account
from pakta.custody.models import SlipCustody
from pakta.database import db, transaction
from pakta.ledger import service as ledger
from pakta.objections.models import Objection
from pakta.rollcalls.models import Rollcall
from pakta.web import clock
from tests.custody.test_slips import Office
from tests.custody.test_slips import office as office
from tests.people import City
from tests.rollcalls.conftest import hall as hall
from tests.rollcalls.hall import Hall
from tests.signing.test_one_order_of_locks import WRITERS_TURN, Act, at_once

WHOLE_ON_POSTGRESQL = True
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def ending(city: City, who: str) -> Act:
    """Return what ends all roles of somebody, behind the writer's turn."""

    def end() -> object:
        with transaction() as session:
            ledger.wait_turn(session)
            account = session.get_one(Account, city.keys[who][0])
            for grant in grants.of_account(session, account=account, now=clock.now()):
                grants.end_role(session, grant=grant, now=clock.now())
        return "ended"

    return end


def posting(city: City, who: str, address: str, **sent: str) -> Act:
    """Return what sends a form as somebody who is signed in by then."""
    visitor = city.visitor(who)
    return lambda: visitor.post(address, data=sent).status_code


def refused(city: City, who: str, act: Act, kept: Callable[[], object]) -> None:
    """Let the act wait until the role has ended; nothing comes of it."""
    before = kept()
    ended, status = at_once(city, ending(city, who), act, held=WRITERS_TURN)
    assert (ended, isinstance(status, int) and 400 <= status < 500) == ("ended", True)
    assert kept() == before


def values(city: City, column: InstrumentedAttribute[object]) -> Callable[[], object]:
    """Return what reads a column anew."""

    def read() -> object:
        with city.app.app_context():
            db.session.remove()
            return db.session().execute(select(column)).scalars().all()

    return read


def test_an_objection_is_not_answered(hall: Hall) -> None:
    hall.visitor("joko").post("/keberatan-pakta", data={"jenis": "hukum", "uraian": "Butir tiga terlalu luas."})
    act = posting(hall, "ani", "/keberatan-pakta/masuk/1", jawaban="Butir tiga mengikuti undang-undang.")
    refused(hall, "ani", act, values(hall, Objection.answer))


@pytest.mark.parametrize("what", ["batalkan", "ubah"])
def test_a_roll_call_is_neither_cancelled_nor_changed(hall: Hall, what: str) -> None:
    hall.opened("rini")
    sent = {"batalkan": "1"} if what == "batalkan" else hall.sent(tempat="Aula")
    act = posting(hall, "budi", "/apel/1" if what == "batalkan" else "/apel/1/ubah", **sent)
    refused(hall, "budi", act, values(hall, Rollcall.place if what == "ubah" else Rollcall.cancelled_at))


def test_no_roll_call_is_opened(hall: Hall) -> None:
    refused(hall, "budi", posting(hall, "budi", "/apel/baru", **hall.sent()), values(hall, Rollcall.id))


def test_no_slip_is_noted_as_handed_over(office: Office) -> None:
    office.ask()
    assert office.press("dewi").status_code == 200
    unit = f"/slip/unit/{office.batches()[-1].unit.code}"
    act = posting(office, "ani", unit, slip=str(office.slip_ids()[0]), serah="1")
    refused(office, "ani", act, values(office, SlipCustody.handed_at))
