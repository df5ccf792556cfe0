"""Activation: from the slip's code to an account with its first key, in one transaction."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from pakta.accounts.models import Account, PersonKey, SignIn, Slip
from pakta.core import canonical, evidence, ledgerentry
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey, SoftwarePasskey
from pakta.ledger.models import Entry, Payload
from pakta.web import wired
from tests.accounts.city import PASSPHRASE, RANGGA, SITI, City


def count(table: Any) -> int:
    """Return how many rows a table has."""
    return db.session.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_slip_and_a_device_key_make_an_account(city: City, client: FlaskClient) -> None:
    key = city.with_device(client)
    row = db.session.execute(select(PersonKey)).scalar_one()
    assert (row.method, row.way, row.jwk, row.kiosk) == ("device", "slip", key.jwk, False)
    assert row.person.number == SITI
    assert client.get("/akun").status_code == 200


def test_a_slip_and_a_passkey_make_an_account(city: City, client: FlaskClient) -> None:
    phone = city.with_passkey(client)
    row = db.session.execute(select(PersonKey)).scalar_one()
    assert (row.method, row.credential_id) == ("passkey", phone.credential_id)
    assert row.backup_eligible and row.backed_up
    account = city.account()
    assert account.user_handle == phone.user_handle and len(account.user_handle) == 32
    assert account.passphrase is None
    assert client.get("/akun").status_code == 200


def test_a_windows_hello_key_is_accepted(city: City, client: FlaskClient) -> None:
    config = wired().config
    phone = SoftwarePasskey(config.relying_party, config.origin, use_rsa=True, synced=False)
    ticket = city.ticket(client, city.slip())
    options: Any = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": ticket}).json
    assert client.post("/aktivasi/kunci-sandi", json={"ticket": ticket, "response": phone.register(options)}).json
    row = db.session.execute(select(PersonKey)).scalar_one()
    assert row.jwk["kty"] == "RSA" and not row.backup_eligible
    again: Any = client.post("/masuk/kunci-sandi/mulai", json={}).json
    assert client.post("/masuk/kunci-sandi", json={"response": phone.sign_in(again)}).status_code == 200


def test_the_key_enters_the_ledger_with_its_record(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    row = db.session.execute(select(PersonKey)).scalar_one()
    record = evidence.parse_enrolment(row.record)
    assert (record.number, record.key, record.way) == (SITI, row.thumbprint, "slip")
    payload = db.session.get_one(Payload, row.ledger_index)
    assert (payload.kind, payload.payload) == (EntryKind.KEY_ENROLLED, row.record)
    entry = db.session.get_one(Entry, row.ledger_index)
    assert entry.entry == ledgerentry.entry(EntryKind.KEY_ENROLLED, row.record)


def test_the_options_ask_for_a_passkey_of_this_host_behind_the_screen_lock(city: City, client: FlaskClient) -> None:
    ticket = city.ticket(client, city.slip())
    options: Any = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": ticket}).json
    assert options["rp"]["id"] == wired().config.relying_party
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [-7, -257]
    assert options["user"]["name"] == "•••901"
    assert SITI not in str(options)


def test_a_lost_reply_is_answered_again_for_the_same_device_key(city: City, client: FlaskClient) -> None:
    key, ticket = SoftwareDeviceKey(), city.ticket(client, city.slip())
    body = {"ticket": ticket, "jwk": key.jwk, "passphrase": PASSPHRASE}
    first = client.post("/aktivasi/kunci-perangkat", json=body)
    second = client.post("/aktivasi/kunci-perangkat", json=body)
    assert first.status_code == second.status_code == 200
    assert first.json["thumbprint"] == second.json["thumbprint"]  # type: ignore[index]
    assert (count(PersonKey), count(Account), count(Entry)) == (1, 1, 1)


def test_a_ticket_of_ones_own_does_not_answer_again_who_only_knows_the_key(city: City, client: FlaskClient) -> None:
    code, stranger = city.slip(), city.app.test_client()
    before = city.ticket(stranger, code)  # taken while the slip was unused, as who photographed it could
    body = {"ticket": city.ticket(client, code), "jwk": SoftwareDeviceKey().jwk, "passphrase": PASSPHRASE}
    assert client.post("/aktivasi/kunci-perangkat", json=body).status_code == 200
    answer: Any = stranger.post("/aktivasi/kunci-perangkat", json=body | {"ticket": before})
    assert (answer.status_code, answer.json["reason"]) == (422, "SLIP_USED")
    assert stranger.get("/akun").status_code == 302 and count(SignIn) == 1


def test_a_lost_reply_is_answered_again_for_the_same_passkey(city: City, client: FlaskClient) -> None:
    ticket, phone = city.ticket(client, city.slip()), city.passkey()
    options: Any = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": ticket}).json
    body = {"ticket": ticket, "response": phone.register(options)}
    assert client.post("/aktivasi/kunci-sandi", json=body).status_code == 200
    assert client.post("/aktivasi/kunci-sandi", json=body).status_code == 200
    assert (count(PersonKey), count(Entry)) == (1, 1)


@pytest.mark.parametrize("out_of_use", ["suspended_at", "revoked_at"])
def test_a_key_that_is_out_of_use_does_not_come_back_by_its_slip(
    city: City, client: FlaskClient, out_of_use: str
) -> None:
    key, ticket, phone = SoftwareDeviceKey(), city.ticket(client, city.slip()), city.passkey()
    body = {"ticket": ticket, "jwk": key.jwk, "passphrase": PASSPHRASE}
    assert client.post("/aktivasi/kunci-perangkat", json=body).status_code == 200
    others = city.ticket(client, city.slip(RANGGA))
    options: Any = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": others}).json
    response = {"ticket": others, "response": phone.register(options)}
    assert client.post("/aktivasi/kunci-sandi", json=response).status_code == 200
    with transaction() as session:
        session.execute(update(PersonKey).values({out_of_use: city.time.at}))
    for where, sent in (("/aktivasi/kunci-perangkat", body), ("/aktivasi/kunci-sandi", response)):
        stranger = city.app.test_client()
        reply: Any = stranger.post(where, json=sent)
        assert (reply.status_code, reply.json["reason"]) == (422, "SLIP_USED")
        assert stranger.get("/akun").status_code == 302


def test_another_key_with_the_same_slip_is_refused(city: City, client: FlaskClient) -> None:
    ticket = city.ticket(client, city.slip())
    for expected in (200, 422):
        body = {"ticket": ticket, "jwk": SoftwareDeviceKey().jwk, "passphrase": PASSPHRASE}
        reply: Any = client.post("/aktivasi/kunci-perangkat", json=body)
        assert reply.status_code == expected
    assert reply.json["reason"] == "SLIP_USED"
    assert "08.15 WIB" in reply.json["message"]
    assert count(PersonKey) == 1


def test_one_key_cannot_be_enrolled_for_two_people(city: City, client: FlaskClient) -> None:
    key = city.with_device(client)
    ticket = city.ticket(client, city.slip(RANGGA))
    reply: Any = client.post(
        "/aktivasi/kunci-perangkat", json={"ticket": ticket, "jwk": key.jwk, "passphrase": PASSPHRASE}
    )
    assert reply.json["reason"] == "KEY_TAKEN"
    assert (count(PersonKey), count(Account), count(Entry)) == (1, 1, 1)


GOOD = SoftwareDeviceKey().jwk


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        "kunci",
        {},
        GOOD | {"crv": "P-384"},
        GOOD | {"kty": "RSA"},
        GOOD | {"x": GOOD["x"][:-1]},
        GOOD | {"x": GOOD["y"], "y": GOOD["x"]},
        GOOD | {"x": GOOD["x"] + "="},
        GOOD | {"x": 5},
        GOOD | {"d": GOOD["x"]},
    ],
)
def test_a_malformed_key_is_refused_and_nothing_is_written(city: City, client: FlaskClient, jwk: object) -> None:
    ticket = city.ticket(client, city.slip())
    body = {"ticket": ticket, "jwk": jwk, "passphrase": PASSPHRASE}
    reply: Any = client.post("/aktivasi/kunci-perangkat", json=body)
    assert (reply.status_code, reply.json["reason"]) == (422, "KEY_MALFORMED")
    assert count(PersonKey) == count(Account) == count(Entry) == count(SignIn) == 0
    assert db.session.execute(select(Slip.used_at)).scalar_one() is None


@pytest.mark.parametrize(
    ("passphrase", "reason"),
    [
        ("pendek", "PASSPHRASE_SHORT"),
        ("", "PASSPHRASE_SHORT"),
        ("x" * 200, "PASSPHRASE_LONG"),
        (SITI, "PASSPHRASE_GUESSABLE"),
        ("Siti Lestari 86", "PASSPHRASE_GUESSABLE"),
        ("netral mojokerto", "PASSPHRASE_GUESSABLE"),
    ],
)
def test_a_weak_passphrase_is_refused(city: City, client: FlaskClient, passphrase: str, reason: str) -> None:
    ticket = city.ticket(client, city.slip())
    body = {"ticket": ticket, "jwk": SoftwareDeviceKey().jwk, "passphrase": passphrase}
    reply: Any = client.post("/aktivasi/kunci-perangkat", json=body)
    assert (reply.status_code, reply.json["reason"]) == (422, reason)
    assert count(PersonKey) == 0


def assertion(phone: SoftwarePasskey, options: Any) -> dict[str, Any]:
    """Return what an authenticator says that asserts where it should register."""
    made = phone.assertion(canonical.from_base64url(options["challenge"]))
    parts = {
        "clientDataJSON": made.client_data, "authenticatorData": made.authenticator_data, "signature": made.signature,
    }  # fmt: skip
    name = canonical.base64url(phone.credential_id)
    response = {each: canonical.base64url(value) for each, value in parts.items()}
    return {"id": name, "rawId": name, "type": "public-key", "response": response}


def wrong_registrations(phone: SoftwarePasskey, options: Any) -> dict[str, Any]:
    """Return registrations that are wrong in one way each."""
    other_host = SoftwarePasskey("jahat.example", phone.origin)
    other_origin = SoftwarePasskey(phone.rp_id, "https://jahat.example")
    return {
        "other_host": other_host.register(options),
        "other_origin": other_origin.register(options),
        "no_response": {"id": "abc", "response": {}},
        "text": {"id": "abc", "response": "teks"},
        "not_base64": {"id": "abc", "response": {"clientDataJSON": "%%%", "attestationObject": "%%%"}},
        "assertion": assertion(phone, options),
    }


@pytest.mark.parametrize("fault", ["other_host", "other_origin", "no_response", "text", "not_base64", "assertion"])
def test_a_foreign_registration_is_refused(city: City, client: FlaskClient, fault: str) -> None:
    ticket, phone = city.ticket(client, city.slip()), city.passkey()
    options: Any = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": ticket}).json
    response = wrong_registrations(phone, options)[fault]
    reply: Any = client.post("/aktivasi/kunci-sandi", json={"ticket": ticket, "response": response})
    assert (reply.status_code, reply.json["reason"]) == (422, "PASSKEY_REFUSED")
    assert count(PersonKey) == 0
    good = client.post("/aktivasi/kunci-sandi", json={"ticket": ticket, "response": phone.register(options)})
    assert good.status_code == 200


def test_a_challenge_lives_for_five_minutes(city: City, client: FlaskClient) -> None:
    ticket, phone = city.ticket(client, city.slip()), city.passkey()
    options: Any = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": ticket}).json
    city.time.pass_by(minutes=5, seconds=1)
    reply: Any = client.post("/aktivasi/kunci-sandi", json={"ticket": ticket, "response": phone.register(options)})
    assert reply.json["reason"] == "CHALLENGE_GONE"


def test_a_challenge_of_another_slip_is_refused(city: City, client: FlaskClient) -> None:
    siti, rangga = (city.ticket(client, city.slip(number)) for number in (SITI, RANGGA))
    options: Any = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": siti}).json
    body = {"ticket": rangga, "response": city.passkey().register(options)}
    reply: Any = client.post("/aktivasi/kunci-sandi", json=body)
    assert reply.json["reason"] == "CHALLENGE_GONE"


@pytest.mark.parametrize("ticket", ["", "abc", None, 5, ["x"]])
def test_a_forged_ticket_is_refused(city: City, client: FlaskClient, ticket: object) -> None:
    city.slip()
    reply: Any = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": ticket})
    assert reply.json["reason"] == "ACTIVATION_EXPIRED"


def test_the_pages_lead_from_the_code_to_the_key(city: City, client: FlaskClient) -> None:
    page = client.post("/aktivasi", data={"kode": city.slip()}, follow_redirects=True)
    assert page.request.path == "/aktivasi/kunci"
    assert "Siti Lestari" in page.text and "Dinas Pendidikan" in page.text
    assert SITI not in page.text and "901" in page.text


def test_the_key_page_without_a_code_leads_back(city: City, client: FlaskClient) -> None:
    assert client.get("/aktivasi/kunci").location == "/aktivasi"


def test_a_browser_inside_whatsapp_is_told_to_open_chrome(city: City, client: FlaskClient) -> None:
    inside = {"User-Agent": "Mozilla/5.0 (Linux; Android 13; wv) WhatsApp/2.24"}
    assert "Buka di Chrome" in client.get("/aktivasi", headers=inside).text
    assert "Buka di Chrome" not in client.get("/aktivasi", headers={"User-Agent": "Chrome/126"}).text


def test_a_kiosk_key_needs_no_passphrase_and_its_session_is_short(city: City, client: FlaskClient) -> None:
    city.with_device(client, kiosk=1, passphrase="")
    assert db.session.execute(select(PersonKey.kiosk)).scalar_one() is True
    assert city.account().passphrase is None
    assert client.get("/akun").status_code == 200
    city.time.pass_by(minutes=11)
    assert client.get("/akun").status_code == 302
