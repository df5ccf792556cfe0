"""Somebody writes about the person while they are erased: the erasure waits for them, and takes that with it.

SQLite has one writer at a time: there is nobody to wait for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from pakta.accounts import service as accounts
from pakta.accounts import slips
from pakta.accounts.models import Slip
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey
from pakta.erasure import service as erasure
from pakta.erasure.service import Erased
from pakta.ledger import service as ledger
from pakta.roster import planning, units
from pakta.roster import service as roster
from pakta.signing import reports
from pakta.web import clock
from tests.erasure import tester
from tests.people import KNOWN, City

WHOLE_ON_POSTGRESQL = True

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
Halves = tuple[Callable[[Session, City], object], Callable[[Session, City], object]]


def _enrols(session: Session, city: City) -> object:
    return accounts.enrol_device(
        session,
        slip_id=_slip(session, city),
        jwk=SoftwareDeviceKey().jwk,
        passphrase_hash="x",
        now=clock.now(),
        device="",
    )


def _holds_slip(session: Session, city: City) -> object:
    return slips.lock(session, slip_id=_slip(session, city))


def _slip(session: Session, city: City) -> int:
    return session.execute(select(Slip.id).where(Slip.person_id == city.person("siti").id)).scalar_one()


def _writes_again(session: Session, city: City) -> object:
    return session.execute(text("SELECT 1"))


WRITERS: dict[str, Halves] = {
    "enrols": (_holds_slip, _enrols),
    "signs": (
        lambda session, city: accounts.hold_keys(session, person_id=city.person("siti").id),
        lambda session, city: ledger.lock(session),
    ),
    "reports": (
        lambda session, city: reports.report(
            session, person=city.person("siti"), field="nama", message="Gelar saya kurang S.Pd.", now=clock.now()
        ),
        _writes_again,
    ),
    "moves": (
        lambda session, city: planning.lock(session),  # an import or a merger
        lambda session, city: roster.set_place(
            session, person=city.person("siti"), unit=units.by_code(session, code="dinkes"), now=clock.now()
        ),
    ),
}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("writer", WRITERS)
def test_who_writes_about_the_person_meanwhile_is_waited_for_and_leaves_nothing(app: Flask, writer: str) -> None:
    city = City(app).build()
    if writer == "enrols":
        city.slip("siti")
    else:
        city.sign("siti")
    begin, finish = WRITERS[writer]

    def erase() -> Erased:
        with app.app_context(), transaction() as session:
            person, pepper = city.person("siti"), city.wired.keyring.pepper
            return erasure.erase(session, person=person, now=clock.now(), pepper=pepper)

    with ThreadPoolExecutor(1) as pool, app.app_context():
        with transaction() as session:
            begin(session, city)
            erasing = pool.submit(erase)
            wait_until_somebody_waits(app)
            finish(session, city)
        assert erasing.result(30).entries == (1 if writer == "enrols" else 2)
        search = tester.Tester(tester.Suspect(KNOWN["siti"].number, KNOWN["siti"].name), city.wired.keyring.pepper)
        assert search.belongings() == {table: [] for table in tester.TABLES}


def wait_until_somebody_waits(app: Flask) -> None:
    """Return once a connection waits for a lock."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with db.engine.connect() as connection:
            if connection.execute(text(WAITING)).scalar_one():
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")
