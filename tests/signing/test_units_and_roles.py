"""A unit does not end while somebody is given a role over it: one of both waits, and finds what the other did.

Two connections to PostgreSQL, each at the place where the other would be waited for.
"""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from pakta.accounts.models import Account
from pakta.appointments import service as appointments
from pakta.appointments import wishes
from pakta.appointments.wishes import Typed
from pakta.database import db, transaction
from pakta.roster import units
from pakta.roster.models import Unit
from pakta.structure import service
from pakta.structure.service import Administrator
from pakta.web import clock
from tests.people import KNOWN, City
from tests.signing.copied import config as config
from tests.signing.copied import patient as patient
from tests.signing.test_one_order_of_locks import WRITERS_TURN, Act, at_once, correcting_the_name

WHOLE_ON_POSTGRESQL = True

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
ENDS = "dinkes"


def unit(code: str) -> Unit:
    """Return a unit; inside the app's context."""
    found = units.by_code(db.session(), code=code)
    assert found is not None
    return found


def giving(city: City) -> Act:
    """Return what approves, as the second administrator, that rini leads the unit that ends."""
    city.activate("rini")
    typed = Typed(number=KNOWN["rini"].number, unit=ENDS, role="head", reason="SK 821/12/2026")
    with city.app.app_context(), transaction() as session:
        by = wishes.visitor(session, account=session.get_one(Account, city.keys["ani"][0]), now=clock.now())
        pepper = city.wired.keyring.pepper
        asked = appointments.give(session, by=by, typed=typed, now=clock.now(), pepper=pepper).id

    def approve() -> object:
        with transaction() as session:
            by = wishes.visitor(session, account=session.get_one(Account, city.keys["dewi"][0]), now=clock.now())
            appointments.approve(session, appointment_id=asked, by=by, now=clock.now())
        return "given"

    return approve


def merging(city: City) -> Act:
    """Return what merges the unit that ends into another, as it was shown."""

    def merge(seen: str | None) -> str:
        with transaction() as session:
            by = Administrator(city.keys["ani"][0], [unit("pemkot")])
            done = service.merge(session, unit=unit(ENDS), into="dlh", by=by, now=clock.now(), seen=seen)
            return done.mark

    with city.app.app_context():
        with transaction() as session:
            session.execute(update(Unit).values(valid_from=date(2020, 1, 1)))  # what began today ends today
        mark = merge(None)
    return lambda: merge(mark) and "merged"


def row_of(city: City, who: str) -> str:
    with city.app.app_context():
        return f"SELECT 1 FROM people WHERE id = {city.person(who).id} FOR UPDATE"


def test_who_merges_finds_the_role_that_was_being_given(patient: City) -> None:
    assert at_once(patient, giving(patient), merging(patient), held=WRITERS_TURN) == ["given", "UNITS_FILE"]


def test_who_gives_a_role_finds_the_unit_that_was_being_merged(patient: City) -> None:
    acts = giving(patient), merging(patient)
    assert at_once(patient, acts[1], acts[0], held=row_of(patient, "joko")) == ["merged", "UNIT_CLOSED"]


def test_who_merges_and_who_corrects_do_not_wait_for_each_other(patient: City) -> None:
    acts = correcting_the_name(patient, "siti"), merging(patient)
    assert at_once(patient, *acts, held=WRITERS_TURN) == ["corrected", "merged"]
