"""Slips: printed once, used once, for fourteen days; and what a wrong code is told."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from pakta.accounts import rules, service, slips
from pakta.accounts.models import Slip
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey
from tests.accounts.city import PASSPHRASE, RANGGA, SITI, City


def refusal_of(city: City, code: str) -> Refusal:
    """Return what the code is refused with."""
    with pytest.raises(Refusal) as refused:
        service.check_slip(db.session(), code=code, now=city.time.at, pepper=city.pepper)
    return refused.value


def test_a_printed_code_opens_its_slip_however_it_is_typed(city: City) -> None:
    code = city.slip()
    for typed in (code, rules.grouped_code(code).lower(), code.replace("0", "O").replace("1", "l")):
        slip = service.check_slip(db.session(), code=typed, now=city.time.at, pepper=city.pepper)
        assert slip.person.number == SITI


def test_the_code_itself_is_stored_nowhere(city: City) -> None:
    code = city.slip()
    row = db.session.execute(select(Slip)).scalar_one()
    assert code.encode() not in row.code_hash
    assert len(row.code_hash) == 32


def test_unknown_and_malformed_codes_are_answered_alike(city: City, client: FlaskClient) -> None:
    city.slip()
    assert refusal_of(city, "ZZZZZZZZZZZZ").reason is Reason.SLIP_UNKNOWN
    assert refusal_of(city, "bukan kode").reason is Reason.SLIP_UNKNOWN
    unknown = client.post("/aktivasi/periksa", json={"kode": "ZZZZZZZZZZZZ"})
    malformed = client.post("/aktivasi/periksa", json={"kode": "bukan kode"})
    assert (unknown.status_code, unknown.json) == (malformed.status_code, malformed.json)


def test_a_new_slip_cancels_the_old_one(city: City) -> None:
    old, new = city.slip(), city.slip()
    assert refusal_of(city, old).reason is Reason.SLIP_REPLACED
    assert service.check_slip(db.session(), code=new, now=city.time.at, pepper=city.pepper)


def test_a_slip_of_another_person_is_not_cancelled(city: City) -> None:
    siti = city.slip(SITI)
    city.slip(RANGGA)
    assert service.check_slip(db.session(), code=siti, now=city.time.at, pepper=city.pepper)


def test_a_slip_lives_for_fourteen_days(city: City) -> None:
    code = city.slip()
    city.time.pass_by(days=13, hours=23)
    assert service.check_slip(db.session(), code=code, now=city.time.at, pepper=city.pepper)
    city.time.pass_by(hours=1)
    assert refusal_of(city, code).reason is Reason.SLIP_EXPIRED


def test_a_used_slip_says_when_and_offers_bukan_saya(city: City, client: FlaskClient) -> None:
    code = city.slip()
    ticket = city.ticket(client, code)
    phone = city.passkey()
    options = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": ticket}).json
    assert options is not None
    client.post("/aktivasi/kunci-sandi", json={"ticket": ticket, "response": phone.register(options)})
    page = client.post("/aktivasi", data={"kode": code})
    assert page.status_code == 422
    assert "sudah dipakai pada 23 November 2026 pukul 08.15 WIB" in page.text
    assert 'action="/bukan-saya"' in page.text
    assert f'name="kode" value="{code}"' in page.text
    assert f"?kode={code}" not in page.text


def test_an_unused_slip_offers_no_bukan_saya(city: City, client: FlaskClient) -> None:
    code = city.slip()
    assert 'action="/bukan-saya"' not in client.post("/aktivasi", data={"kode": code}, follow_redirects=True).text


def test_an_activated_person_gets_no_first_slip(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    with pytest.raises(Refusal) as refused, transaction() as session:
        service.print_slip(session, person=city.person(), now=city.time.at, pepper=city.pepper)
    assert refused.value.reason is Reason.ALREADY_ACTIVE


def test_who_has_left_gets_no_slip(city: City) -> None:
    with pytest.raises(Refusal) as refused, transaction() as session:
        person = city.person()
        person.status = "pensiun"
        service.print_slip(session, person=person, now=city.time.at, pepper=city.pepper)
    assert refused.value.reason is Reason.PERSON_NOT_ACTIVE
    assert db.session.execute(select(Slip)).first() is None


def test_a_slip_printed_before_its_owner_left_opens_nothing(city: City, client: FlaskClient) -> None:
    code = city.slip()
    with transaction():
        city.person().status = "mutasi"
    page = client.post("/aktivasi", data={"kode": code})
    assert (page.status_code, "PERSON_NOT_ACTIVE" in page.text) == (422, True)


def test_the_database_holds_one_open_slip_a_person(city: City) -> None:
    city.slip()
    with pytest.raises(IntegrityError), transaction() as session:
        known = session.execute(select(Slip)).scalar_one()
        session.add(
            Slip(person_id=known.person_id, code_hash=b"x" * 32, created_at=city.time.at, expires_at=known.expires_at)
        )
        session.flush()


def test_a_first_slip_that_was_printed_behind_an_enrolment_enrols_no_second_key(
    city: City, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted mistake: whoever prints the slip does not see that the account has just been made."""
    city.with_device(client)
    monkeypatch.setattr(slips, "_check_person", lambda *_args, **_named: None)
    ticket = city.ticket(client, city.slip())
    body = {"ticket": ticket, "jwk": SoftwareDeviceKey().jwk, "passphrase": PASSPHRASE}
    reply = client.post("/aktivasi/kunci-perangkat", json=body)
    assert (reply.status_code, reply.get_json()["reason"]) == (422, "ALREADY_ACTIVE")
    assert len(service.keys_of(db.session(), person=city.person())) == 1
