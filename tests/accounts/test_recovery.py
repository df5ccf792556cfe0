"""Recovery: two administrators, never the person, never in silence."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from pakta.accounts import grants, recovery, service
from pakta.accounts.models import AccessLog, PersonKey, Recovery
from pakta.core import evidence
from pakta.core.errors import Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey
from pakta.ledger.models import Payload
from pakta.roles import Role
from tests.accounts.city import DEWI, PASSPHRASE, RANGGA, SITI, City

REASON = "Ponsel hilang di pasar, surat kehilangan 12/XI"


class Office:
    """Two administrators, and a person who has lost their phone."""

    def __init__(self, app: Flask, city: City) -> None:
        self.city = city
        self.first, self.second, self.owner = (app.test_client() for _ in range(3))
        city.administrator(self.first, RANGGA)
        city.administrator(self.second, DEWI)
        city.with_device(self.owner, SITI)

    def ask(self, by: FlaskClient | None = None, number: str = SITI, reason: str = REASON) -> Any:
        """Ask for a recovery."""
        return (by or self.first).post("/pemulihan", data={"nomor": number, "alasan": reason})

    def row(self) -> Recovery:
        """Return the one recovery."""
        db.session.expire_all()
        return db.session.execute(select(Recovery)).scalar_one()

    def approve(self, by: FlaskClient) -> Any:
        """Approve it."""
        return by.post(f"/pemulihan/{self.row().id}/setujui")


@pytest.fixture
def office(app: Flask, city: City) -> Office:
    """Build the office."""
    return Office(app, city)


def reason_of(page: Any) -> str:
    """Return the reason code that a page shows."""
    found = re.search(r"Kode: <code>([A-Z_]+)</code>", page.text)
    return found.group(1) if found else ""


def test_two_administrators_recover_an_account(office: Office, client: FlaskClient) -> None:
    assert office.ask(number="19860926 201505 1 901").status_code == 302
    page = office.approve(office.second)
    code = re.search(r"([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})", page.text)
    assert code is not None
    assert office.owner.get("/akun").status_code == 302
    key = SoftwareDeviceKey()
    body = {"ticket": office.city.ticket(client, code.group(1)), "jwk": key.jwk, "passphrase": PASSPHRASE}
    assert client.post("/aktivasi/kunci-perangkat", json=body).status_code == 200
    newest = db.session.execute(select(PersonKey).order_by(PersonKey.id.desc())).scalars().first()
    assert newest is not None and newest.way == "recovery"
    assert evidence.parse_enrolment(newest.record).way == "recovery"
    assert db.session.get_one(Payload, newest.ledger_index).kind == EntryKind.KEY_RECOVERED
    assert "Akun ini pernah dipulihkan" in client.get("/akun").text


def test_who_waits_is_counted_in_the_menu_and_who_approved_is_named(office: Office) -> None:
    office.ask()
    assert "Pemulihan (1" in office.second.get("/akun").text
    assert 'href="/pemulihan">Pemulihan (1)' in office.second.get("/").text  # the start page says it, too
    assert "Menunggu Anda" in office.first.get("/").text and "Menunggu Anda" not in office.owner.get("/").text
    assert not any("Pemulihan (" in each.get("/akun").text for each in (office.first, office.owner))
    page = office.second.get("/pemulihan").text
    assert page.index("Menunggu Anda</h2>") < page.index("Setujui: cabut") < page.index("Minta pemulihan</h2>")
    assert "Menunggu Anda</h2>" not in office.first.get("/pemulihan").text
    office.approve(office.second)
    page = office.second.get("/pemulihan").text
    name = office.city.person(DEWI).name
    assert "Pemulihan (" not in page and re.search(rf"<dt>Disetujui</dt><dd>.*, oleh {re.escape(name)}", page)


def test_a_number_in_the_reason_is_hidden(office: Office) -> None:
    office.ask(reason=f"Ponsel hilang, NIP {SITI[:8]} {SITI[8:]}")
    assert office.row().reason == f"Ponsel hilang, NIP •••{SITI[-3:]}"
    assert not any(SITI[8:] in row.detail for row in db.session.execute(select(AccessLog)).scalars())


def test_the_old_keys_are_revoked_in_the_ledger(office: Office) -> None:
    office.ask()
    office.approve(office.second)
    old = db.session.execute(select(PersonKey).where(PersonKey.person_id == office.row().person_id)).scalar_one()
    assert old.revoked_at is not None
    payloads = db.session.execute(select(Payload).where(Payload.kind == EntryKind.KEY_REVOKED)).scalars().all()
    assert len(payloads) == 1
    assert old.thumbprint.encode() in payloads[0].payload
    assert SITI.encode() not in payloads[0].payload


def test_the_old_passphrase_no_longer_opens_the_account(office: Office, client: FlaskClient) -> None:
    assert office.city.sign_in(client).status_code == 302
    office.ask()
    office.approve(office.second)
    assert office.city.sign_in(client).status_code == 422


def test_who_asked_cannot_approve(office: Office) -> None:
    office.ask()
    assert reason_of(office.approve(office.first)) == "RECOVERY_SAME_PERSON"
    assert office.row().approved_at is None


def test_nobody_asks_for_themselves(office: Office) -> None:
    assert reason_of(office.ask(number=RANGGA)) == "RECOVERY_OWN"


def test_nobody_approves_their_own(office: Office) -> None:
    office.ask(number=DEWI)
    assert reason_of(office.approve(office.second)) == "RECOVERY_OWN"
    assert office.row().approved_at is None


def test_a_person_without_a_role_sees_no_recoveries(office: Office) -> None:
    refused = office.owner.get("/pemulihan")
    assert refused.status_code == 403 and 'href="/pakta"' in refused.text  # the menu stays
    assert office.owner.post("/pemulihan", data={"nomor": RANGGA, "alasan": REASON}).status_code == 403
    office.ask()
    assert office.approve(office.owner).status_code == 403


def test_the_person_sees_the_request_and_its_reason(office: Office) -> None:
    office.ask()
    page = office.owner.get("/akun").text
    assert "Ada permintaan pemulihan akun Anda" in page and REASON in page


def test_a_refused_request_changes_nothing(office: Office) -> None:
    office.ask()
    office.second.post(f"/pemulihan/{office.row().id}/tolak")
    assert reason_of(office.approve(office.second)) == "RECOVERY_CLOSED"
    assert office.owner.get("/akun").status_code == 200
    assert "ditolak" in office.owner.get("/akun").text


def test_one_request_at_a_time(office: Office) -> None:
    office.ask()
    assert reason_of(office.ask(by=office.second)) == "RECOVERY_OPEN"


def test_an_approved_request_is_not_approved_twice(office: Office) -> None:
    office.ask()
    assert office.approve(office.second).status_code == 200
    assert reason_of(office.approve(office.second)) == "RECOVERY_CLOSED"


@pytest.mark.parametrize("number", ["198609262015051999", "", "bukan nomor"])
def test_an_unknown_number_is_refused(office: Office, number: str) -> None:
    assert reason_of(office.ask(number=number)) == "PERSON_UNKNOWN"


@pytest.mark.parametrize("reason", ["", "hilang", "x" * 500])
def test_a_reason_must_be_given(office: Office, reason: str) -> None:
    assert reason_of(office.ask(reason=reason)) == "RECOVERY_REASON"


def test_everything_is_in_the_access_log(office: Office) -> None:
    office.ask()
    office.approve(office.second)
    lines = db.session.execute(select(AccessLog).where(AccessLog.action.like("pemulihan%"))).scalars().all()
    assert [line.action for line in lines] == ["pemulihan-minta", "pemulihan-setujui"]
    assert lines[0].account_id != lines[1].account_id


def test_an_administrator_of_other_units_decides_nothing(app: Flask, office: Office) -> None:
    """A third administrator, of a school only, neither asks for, approves nor refuses what concerns the office."""
    office.ask()
    with transaction() as session:
        for grant in grants.of_account(session, account=office.city.account(DEWI), now=office.city.time.at):
            grants.end_role(session, grant=grant, now=office.city.time.at)
        grants.grant_role(
            session, person=office.city.person(DEWI), role=Role.ADMINISTRATOR, unit=office.city.unit("sdn-1"),
            now=office.city.time.at,
        )  # fmt: skip
    office.city.sign_in(office.second, DEWI)
    assert REASON not in office.second.get("/pemulihan").text
    assert reason_of(office.approve(office.second)) == "PERSON_UNKNOWN"
    assert reason_of(office.second.post(f"/pemulihan/{office.row().id}/tolak")) == "PERSON_UNKNOWN"
    assert reason_of(office.ask(by=office.second)) == "PERSON_UNKNOWN"
    assert (office.row().approved_at, office.row().refused_at) == (None, None)


def test_a_request_of_who_is_no_administrator_any_more_is_not_approved(office: Office) -> None:
    office.ask()
    with transaction() as session:
        (row,) = grants.of_account(session, account=office.city.account(RANGGA), now=office.city.time.at)
        grants.end_role(session, grant=row, now=office.city.time.at)
    assert reason_of(office.approve(office.second)) == "RECOVERY_REQUESTER"
    assert office.row().approved_at is None
    assert office.owner.get("/akun").status_code == 200


def test_who_looks_and_who_tries_a_wrong_number_is_noted(office: Office) -> None:
    office.first.get("/pemulihan")
    office.ask(number="198609262015051999")
    actions = db.session.execute(select(AccessLog.action).order_by(AccessLog.id)).scalars().all()
    assert actions[-3:] == ["pemulihan-lihat", "pemulihan-gagal", "pemulihan-lihat"]


def test_a_request_of_an_administrator_whose_key_was_disputed_since_is_not_approved(office: Office) -> None:
    office.ask()
    with transaction() as session:
        for key in service.hold_keys(session, person_id=office.city.person(RANGGA).id):
            service.suspend_key(session, key=key, now=office.city.time.at)
    assert reason_of(office.approve(office.second)) == "RECOVERY_REQUESTER"
    with transaction() as session:
        for key in service.hold_keys(session, person_id=office.city.person(RANGGA).id):
            service.vouch_for_key(session, key=key, now=office.city.time.at)
    assert office.approve(office.second).status_code == 200


def test_a_role_that_ended_while_its_holder_waited_for_their_turn_recovers_nobody(office: Office) -> None:
    office.ask()
    account = office.city.account(DEWI)
    with transaction() as session:
        for grant in grants.of_account(session, account=account, now=office.city.time.at):
            grants.end_role(session, grant=grant, now=office.city.time.at)
    now, pepper = office.city.time.at, office.city.pepper
    with pytest.raises(Refusal, match="PERSON_UNKNOWN"), transaction() as session:
        recovery.approve(session, recovery_id=office.row().id, by=account, now=now, pepper=pepper)


def _only_over(office: Office, number: str, code: str) -> None:
    """Let somebody administer this unit alone."""
    now = office.city.time.at
    with transaction() as session:
        for grant in grants.of_account(session, account=office.city.account(number), now=now):
            grants.end_role(session, grant=grant, now=now)
        person, unit = office.city.person(number), office.city.unit(code)
        grants.grant_role(session, person=person, role=Role.ADMINISTRATOR, unit=unit, now=now)


def test_administrators_of_a_part_recover_nobody_who_holds_a_role_over_more(office: Office) -> None:
    def whole() -> None:
        with transaction() as session:
            person, unit = office.city.person(SITI), office.city.unit("pemkot")
            grants.grant_role(session, person=person, role=Role.ADMINISTRATOR, unit=unit, now=office.city.time.at)

    part = office.city.person(SITI).unit.code
    whole()
    _only_over(office, RANGGA, part)
    office.city.sign_in(office.first, RANGGA)
    assert reason_of(office.ask()) == "ROLE_BEYOND"
    office.ask(by=office.second)
    _only_over(office, RANGGA, "pemkot")
    _only_over(office, DEWI, part)
    office.city.sign_in(office.first, RANGGA)
    assert reason_of(office.approve(office.first)) == "RECOVERY_REQUESTER"  # who asked reaches the role no more
    _only_over(office, DEWI, "pemkot")
    assert office.approve(office.first).status_code == 200


def test_a_recovery_beyond_the_visitors_reach_waits_for_others(office: Office) -> None:
    part = office.city.person(SITI).unit.code
    office.ask()
    with transaction() as session:
        person, unit = office.city.person(SITI), office.city.unit("pemkot")
        grants.grant_role(session, person=person, role=Role.HEAD, unit=unit, now=office.city.time.at)
    _only_over(office, DEWI, part)
    office.city.sign_in(office.second, DEWI)
    page = office.second.get("/pemulihan").text
    assert "Pemulihan (" not in page and "yang tidak Anda kelola" in page and "Setujui" not in page
    assert reason_of(office.approve(office.second)) == "ROLE_BEYOND"
    refusing = f"/pemulihan/{office.row().id}/tolak"
    assert refusing not in page and reason_of(office.second.post(refusing)) == "ROLE_BEYOND"
    assert office.row().refused_at is None
    assert refusing in office.first.get("/pemulihan").text and office.first.post(refusing).status_code == 302


def test_a_slip_that_two_of_a_part_let_be_made_reaches_no_role_that_came_after_it(
    office: Office, client: FlaskClient
) -> None:
    part = office.city.person(SITI).unit.code
    for browser, number in ((office.first, RANGGA), (office.second, DEWI)):
        _only_over(office, number, part)
        office.city.sign_in(browser, number)
    office.ask()
    code = re.search(r"([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})", office.approve(office.second).text)
    assert code is not None
    ticket = office.city.ticket(client, code.group(1))  # shown, before the role was given
    with transaction() as session:
        person, unit = office.city.person(SITI), office.city.unit("pemkot")
        grants.grant_role(session, person=person, role=Role.ADMINISTRATOR, unit=unit, now=office.city.time.at)
    body = {"ticket": ticket, "jwk": SoftwareDeviceKey().jwk, "passphrase": PASSPHRASE}
    refused = client.post("/aktivasi/kunci-perangkat", json=body)
    assert refused.status_code == 422 and refused.json["reason"] == "SLIP_REPLACED"  # type: ignore[index]
    office.ask()
    assert reason_of(office.ask()) == "ROLE_BEYOND"


def test_a_slip_that_died_unused_is_said_to_be_dead(office: Office) -> None:
    office.ask()
    office.approve(office.second)
    assert "Disetujui, slip belum dipakai" in office.first.get("/pemulihan").text
    with office.city.app.app_context():
        row, later = office.row(), office.city.time.at + timedelta(days=15)
        assert recovery.state(db.session(), row, now=later) == "kedaluwarsa"
    with transaction() as session:
        person, unit = office.city.person(SITI), office.city.unit("pemkot")
        grants.grant_role(session, person=person, role=Role.ADMINISTRATOR, unit=unit, now=office.city.time.at)
    page = office.first.get("/pemulihan").text
    assert "slipnya mati sebelum dipakai" in page and "slip belum dipakai" not in page
