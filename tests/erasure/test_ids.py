"""An erased person's id is in no list that waits: SQLite may give it to whoever comes next."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from pakta.accounts import service as accounts
from pakta.core.errors import Reason
from pakta.custody.models import AskedFor
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey
from pakta.erasure import service as erasure
from pakta.imports.models import Removal, RosterImport
from pakta.roster.models import Person
from pakta.web import clock
from tests.custody.test_asked import NEW, Asking

GATOT, HANA = NEW


@pytest.fixture
def office(app: Flask) -> Asking:
    """Give the city, in which Gatot is the newest of the roster."""
    app.config["WTF_CSRF_ENABLED"] = False
    found = Asking(app)
    found.build("ani", "dewi")
    found.add(GATOT)
    return found


def named(number: str) -> Person:
    """Return a person by their number; inside the app's context."""
    return db.session().execute(select(Person).where(Person.number == number)).scalar_one()


def mark(office: Asking, *lists: list[int]) -> None:
    """Let an import have marks of these people that wait for the second administrator."""
    with office.app.app_context(), transaction() as session:
        now, ani = clock.now(), office.keys["ani"][0]
        unit_id = office.person("ani").unit_id
        row = RosterImport(
            unit_id=unit_id, about_id=unit_id, account_id=ani, file_name="a.csv", state="diterapkan", header=[],
            mapped={}, rows=0, last_row=1, job_id=None, uploaded_at=now, touched_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        for people in lists:
            session.add(Removal(
                import_id=row.id, status="mutasi", people=people, alone=False, asked_by_id=ani, asked_at=now,
            ))  # fmt: skip


def erase(office: Asking, number: str) -> None:
    """Erase a person."""
    with office.app.app_context(), transaction() as session:
        erasure.erase(session, person=named(number), now=clock.now(), pepper=office.wired.keyring.pepper)


def slip_of(office: Asking, number: str) -> str:
    """Print somebody's slip and return its code."""
    with office.app.app_context(), transaction() as session:
        pepper = office.wired.keyring.pepper
        return accounts.print_slip(session, person=named(number), now=clock.now(), pepper=pepper)


def test_marks_and_requests_for_slips_name_an_erased_person_no_more(office: Asking) -> None:
    with office.app.app_context():
        gatot, joko = named(GATOT[0]).id, office.person("joko").id
    mark(office, [joko, gatot], [gatot])
    office.ask()
    erase(office, GATOT[0])
    office.add(HANA)
    with office.app.app_context():
        rows = db.session().execute(select(Removal).order_by(Removal.id)).scalars().all()
        assert [(row.people, row.outcome) for row in rows] == [([joko], None), ([], "ditarik")]
        asked = select(func.count()).select_from(AskedFor).where(AskedFor.person_id.in_([gatot, named(HANA[0]).id]))
        assert db.session().execute(asked).scalar_one() == 0
    assert "Hana" not in office.shown("dewi") and "Gugur sejak diminta: 1 orang" in office.shown("dewi")


def test_a_ticket_of_an_erased_persons_slip_activates_nobody_else(office: Asking) -> None:
    visitor = office.visitor()

    def activate(ticket: str) -> Any:
        body = {"ticket": ticket, "jwk": SoftwareDeviceKey().jwk, "passphrase": "kuda nil makan rumput laut"}
        return visitor.post("/aktivasi/kunci-perangkat", json=body)

    def ticket(code: str) -> str:
        return str(visitor.post("/aktivasi/periksa", json={"kode": code}).json["ticket"])  # type: ignore[index]

    theirs = ticket(slip_of(office, GATOT[0]))
    erase(office, GATOT[0])
    office.add(HANA)
    hers = slip_of(office, HANA[0])
    refused = activate(theirs)
    assert refused.json["reason"] == Reason.ACTIVATION_EXPIRED.value  # type: ignore[index]
    assert activate(ticket(hers)).status_code == 200
