"""Signing in: by number and passphrase, by passkey; what is refused, and how often."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from pakta.accounts import attempts, keys
from pakta.accounts.models import Attempt, PersonKey, SignIn
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwarePasskey
from tests.accounts.city import PASSPHRASE, RANGGA, SITI, City


def with_passkey(client: FlaskClient, phone: Any, **more: object) -> Any:
    """Sign in by passkey and return the reply."""
    options: Any = client.post("/masuk/kunci-sandi/mulai", json={}).json
    return client.post("/masuk/kunci-sandi", json={"response": phone.sign_in(options)} | more)


@pytest.mark.parametrize("typed", [SITI, "19860926 201505 1 901", " 198609262015051901\n", "19860926.201505.1.901"])
def test_the_number_is_understood_with_spaces(city: City, client: FlaskClient, typed: str) -> None:
    city.with_device(client)
    client.post("/keluar")
    assert client.get("/akun").status_code == 302
    assert city.sign_in(client, typed).location == "/pakta"
    assert client.get("/akun").status_code == 200


def test_the_passphrase_is_the_same_however_its_letters_are_composed(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    assert city.sign_in(client, passphrase=f"  {PASSPHRASE.replace(' ', '   ')} ").status_code == 302


def test_wrong_number_wrong_passphrase_and_not_activated_get_the_same_answer(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    client.post("/keluar")
    wrong = [
        city.sign_in(client, SITI, "salah salah salah"),
        city.sign_in(client, "198609262015051999", PASSPHRASE),
        city.sign_in(client, RANGGA, PASSPHRASE),
    ]
    assert {reply.status_code for reply in wrong} == {422}
    assert len({len(reply.data) for reply in wrong}) == 1
    assert all("SIGN_IN_FAILED" in reply.text for reply in wrong)
    assert city.sign_in(client).status_code == 302


def test_after_six_wrong_tries_the_seventh_waits_and_the_right_one_works_later(
    city: City, client: FlaskClient
) -> None:
    city.with_device(client)
    for _ in range(attempts.SUBJECT_FROM_HERE):
        assert city.sign_in(client, passphrase="salah salah salah").status_code == 422
    waits = city.sign_in(client)
    assert waits.status_code == 429
    assert "Coba lagi setelah 23 November 2026 pukul 08.30 WIB" in waits.text
    assert city.sign_in(client, RANGGA, "salah salah salah").status_code == 422
    city.time.pass_by(minutes=15)
    assert city.sign_in(client).status_code == 302


def test_a_stranger_elsewhere_does_not_lock_the_owner_out(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    for _ in range(attempts.SUBJECT_FROM_HERE + 1):
        last = city.sign_in(client, passphrase="salah salah salah")
    assert last.status_code == 429
    client.environ_base["REMOTE_ADDR"] = "36.70.10.4"
    assert city.sign_in(client).status_code == 302


def test_a_guesser_at_many_addresses_is_stopped_too(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    replies = []
    for place in range(attempts.SUBJECT_FROM_ANYWHERE + 1):
        client.environ_base["REMOTE_ADDR"] = f"203.0.{place}.9"
        replies.append(city.sign_in(client, passphrase="salah salah salah").status_code)
    assert replies[:-1] == [422] * attempts.SUBJECT_FROM_ANYWHERE
    assert replies[-1] == 429


def test_a_patient_guesser_is_stopped_for_the_day(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    replies = []
    for place in range(attempts.SUBJECT_A_DAY + 1):
        if place % 5 == 0:
            city.time.pass_by(minutes=15)
        client.environ_base["REMOTE_ADDR"] = f"203.0.{place}.9"
        replies.append(city.sign_in(client, passphrase="salah salah salah").status_code)
    assert replies.count(422) == attempts.SUBJECT_A_DAY
    assert replies[-1] == 429


def test_a_thousand_people_behind_one_address_can_sign_in(city: City) -> None:
    with transaction() as session:
        for person in range(1000):
            attempts.take(
                session,
                purpose="sign-in",
                tried=f"person {person}",
                address="36.70.10.4",
                now=city.time.at,
                pepper=city.pepper,
            )
    assert db.session.execute(select(func.max(Attempt.tries))).scalar() == 1000


def test_the_limits_are_as_promised() -> None:
    """Written out here: the tests around count by the program's own figures."""
    assert (attempts.SUBJECT_FROM_HERE, attempts.SUBJECT_FROM_ANYWHERE, attempts.SUBJECT_A_DAY) == (6, 20, 60)
    assert (
        4000, timedelta(minutes=15), timedelta(days=2),
    ) == (attempts.FROM_HERE, attempts.rules.WINDOW, attempts.KEPT)  # fmt: skip


def take(city: City, person: str, address: str) -> Reason | None:
    """Count one attempt; return why it is refused."""
    try:
        with transaction() as session:
            attempts.take(
                session, purpose="sign-in", tried=person, address=address, now=city.time.at, pepper=city.pepper
            )
    except Refusal as refusal:
        return refusal.reason
    return None


def test_one_neighbourhood_that_tries_very_many_people_is_stopped_and_another_is_not(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FROM_HERE", 5)
    assert [take(city, f"person {at}", "36.70.10.4") for at in range(6)] == [None] * 5 + [Reason.TRIES_USED_UP]
    assert take(city, "person 9", "203.0.113.9") is None
    city.time.pass_by(minutes=15)
    assert take(city, "person 6", "36.70.10.4") is None


def test_a_success_gives_back_its_own_tries_and_nobody_elses(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FROM_HERE", 8)
    for who in ("rightly", "wrongly"):
        for _ in range(3):
            assert take(city, who, "36.70.10.4") is None
    with transaction() as session:
        attempts.give_back(
            session, purpose="sign-in", tried="rightly", address="36.70.10.4", now=city.time.at, pepper=city.pepper
        )
    found = [take(city, "rightly", "36.70.10.4") for _ in range(4)]
    assert found == [None, None, None, Reason.TRIES_USED_UP]  # 5 were counted here: one was given back
    monkeypatch.setattr(attempts, "FROM_HERE", 4000)
    again = [take(city, "wrongly", "36.70.10.4") for _ in range(4)]
    assert again == [None, None, None, Reason.TRIES_USED_UP]  # 3 + 4 is one more than 6


@pytest.mark.parametrize(
    ("onward", "place"),
    [
        ("/akun", "/akun"),
        ("/sertifikat/7K3M?x=1", "/sertifikat/7K3M?x=1"),
        ("https://jahat.example/", "/pakta"),
        ("//jahat.example", "/pakta"),
        ("/\\jahat.example", "/pakta"),
        (f"/cakupan/{RANGGA}?halaman=2", "/cakupan?halaman=2"),
    ],
)
def test_signing_in_goes_on_to_pages_of_this_site_only(
    city: City, client: FlaskClient, onward: str, place: str
) -> None:
    city.with_device(client)
    data = {"nomor": SITI, "kata_sandi": PASSPHRASE, "lanjut": onward}
    assert client.post("/masuk", data=data).location == place


def test_a_closed_page_leads_to_sign_in_and_back(city: City, client: FlaskClient) -> None:
    assert client.get("/akun").location == "/masuk?lanjut=%2Fakun"
    assert client.get(f"/cakupan/{RANGGA}").location == "/masuk?lanjut=%2Fcakupan"


@pytest.mark.parametrize(
    ("asked", "clean"),
    [
        (f"lanjut=%2Fcakupan%2F{RANGGA}", "lanjut=%2Fcakupan"),
        (f"ulang=1&lanjut=%2Fcakupan%3Fcari%3D{RANGGA}", "lanjut=%2Fcakupan&ulang=1"),
        (f"lanjut=https%3A%2F%2Fjahat.example%2F{RANGGA}", "lanjut=%2Fpakta"),
    ],
)
def test_an_identity_number_does_not_stay_in_the_address_of_the_sign_in_page(
    client: FlaskClient, asked: str, clean: str
) -> None:
    answer = client.get(f"/masuk?{asked}")
    assert (answer.status_code, answer.location) == (302, f"/masuk?{clean}")
    page = client.get(answer.location)
    assert page.status_code == 200
    assert RANGGA not in answer.text + page.text


@pytest.mark.parametrize("asked", ["", "?lanjut=%2Fcakupan%2Fdikbud%3Fhalaman%3D3", "?ulang=1"])
def test_a_clean_address_of_the_sign_in_page_is_shown_at_once(client: FlaskClient, asked: str) -> None:
    assert client.get(f"/masuk{asked}").status_code == 200


def test_a_passkey_signs_its_owner_in(city: City, client: FlaskClient) -> None:
    phone = city.with_passkey(client)
    client.post("/keluar")
    reply = with_passkey(client, phone, lanjut="/akun")
    assert (reply.status_code, reply.json["next"]) == (200, "/akun")
    client.post("/keluar")
    assert with_passkey(client, phone, lanjut=f"/cakupan/{RANGGA}").json["next"] == "/cakupan"
    assert "Siti Lestari" in client.get("/akun").text


def test_a_passkey_reply_cannot_be_used_twice(city: City, client: FlaskClient) -> None:
    phone = city.with_passkey(client)
    options: Any = client.post("/masuk/kunci-sandi/mulai", json={}).json
    body = {"response": phone.sign_in(options)}
    assert client.post("/masuk/kunci-sandi", json=body).status_code == 200
    again: Any = client.post("/masuk/kunci-sandi", json=body)
    assert (again.status_code, again.json["reason"]) == (422, "CHALLENGE_GONE")


def test_a_passkey_that_was_never_enrolled_is_refused(city: City, client: FlaskClient) -> None:
    city.with_passkey(client)
    assert with_passkey(client, city.passkey()).json["reason"] == "PASSKEY_UNKNOWN"


def test_a_forged_assertion_is_refused(city: City, client: FlaskClient) -> None:
    phone, forger = city.with_passkey(client), city.passkey()
    forger.credential_id, forger.user_handle = phone.credential_id, phone.user_handle
    assert with_passkey(client, forger).json["reason"] == "PASSKEY_REFUSED"


def test_an_assertion_for_another_account_is_refused(city: City, client: FlaskClient) -> None:
    phone = city.with_passkey(client)
    phone.user_handle = bytes(32)
    assert with_passkey(client, phone).json["reason"] == "PASSKEY_REFUSED"


def test_a_suspended_key_opens_nothing(city: City, client: FlaskClient) -> None:
    phone = city.with_passkey(client)
    with transaction() as session:
        keys.suspend(session, key=session.execute(select(PersonKey)).scalar_one(), now=city.time.at)
    assert with_passkey(client, phone).json["reason"] == "KEY_SET_ASIDE"


@pytest.mark.parametrize("crossing", [{"crossOrigin": True}, {"crossOrigin": None}, {"topOrigin": "https://lain.id"}])
def test_a_passkey_shown_inside_another_site_is_refused(
    city: City, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, crossing: dict[str, object]
) -> None:
    """The authenticator signs what it was told; that the page was framed is said in these bytes only."""
    own, other = city.with_passkey(client), city.passkey()
    plain = SoftwarePasskey._client_data

    def framed(self: SoftwarePasskey, kind: str, challenge: bytes) -> bytes:
        return json.dumps(json.loads(plain(self, kind, challenge)) | crossing).encode()

    monkeypatch.setattr(SoftwarePasskey, "_client_data", framed)
    assert with_passkey(client, own).json["reason"] == "PASSKEY_REFUSED"
    ticket = city.ticket(client, city.slip(RANGGA))
    options: Any = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": ticket}).json
    sent = {"ticket": ticket, "response": other.register(options)}
    refused: Any = client.post("/aktivasi/kunci-sandi", json=sent).json
    assert refused["reason"] == "PASSKEY_REFUSED"
    monkeypatch.setattr(SoftwarePasskey, "_client_data", plain)
    assert with_passkey(client, own).status_code == 200


def test_a_statement_challenge_does_not_sign_in(city: City, client: FlaskClient) -> None:
    phone = city.with_passkey(client)
    made = phone.sign(b"pakta/statement/v1\n{}")
    options: Any = client.post("/masuk/kunci-sandi/mulai", json={}).json
    response = phone.sign_in(options)
    response["response"]["clientDataJSON"] = phone.proof(b"pakta/statement/v1\n{}")["clientDataJSON"]
    assert made.signature
    reply: Any = client.post("/masuk/kunci-sandi", json={"response": response})
    assert reply.json["reason"] == "CHALLENGE_GONE"


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    cookie = client.get_cookie("pakta")
    assert cookie is not None
    client.post("/keluar")
    client.set_cookie("pakta", cookie.value)
    assert client.get("/akun").status_code == 302
    assert db.session.execute(select(SignIn.ended_at)).scalar_one() is not None


def test_signing_in_again_renews_what_asks_for_a_fresh_sign_in(city: City, client: FlaskClient) -> None:
    city.administrator(client, SITI)
    assert client.get("/pemulihan").status_code == 200
    city.time.pass_by(minutes=6)
    assert client.get("/pemulihan").location == "/masuk?lanjut=%2Fpemulihan&ulang=1"
    city.sign_in(client)
    assert client.get("/pemulihan").status_code == 200


def test_the_address_of_signing_in_again_leads_to_signing_in_when_it_is_opened_by_itself(client: FlaskClient) -> None:
    answer = client.get("/masuk/lagi")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/masuk")
