""" "Bukan saya": one tap suspends the key and its pacts, and an administrator closes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from pakta.accounts import rules
from pakta.accounts import service as accounts
from pakta.accounts.models import AccessLog, PersonKey
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands.main import main
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey
from pakta.disputes.models import Dispute
from pakta.roles import Role
from pakta.web import clock
from tests import make
from tests.people import KNOWN, City
from tests.signing.test_accept import body, post, prepared


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city, with those who have a role activated."""
    app.config["WTF_CSRF_ENABLED"] = False
    return City(app).build("ani", "wati", "joko", signed=["siti"])


def key_id(city: City, who: str) -> int:
    """Return the id of a person's key."""
    return city.keys[who][1]


def status(city: City) -> int:
    """Return the status of siti's newest certificate."""
    with city.app.app_context():
        return certificates.of_person(db.session(), person_id=city.person("siti").id)[0].status


def key(city: City) -> PersonKey:
    """Return siti's key as it stands."""
    with city.app.app_context():
        return db.session().get_one(PersonKey, key_id(city, "siti"))


def say(client: FlaskClient, city: City) -> int:
    """Say it of siti's key; return the status of the answer."""
    return client.post(f"/bukan-saya/kunci/{key_id(city, 'siti')}").status_code


def test_the_owner_suspends_their_key_and_its_pacts_with_one_tap(city: City) -> None:
    assert (status(city), key(city).suspended_at) == (Status.VALID, None)
    assert say(city.visitor("siti"), city) == 200
    assert status(city) == Status.SUSPENDED
    assert key(city).suspended_at is not None


def test_saying_it_twice_is_one_dispute(city: City) -> None:
    say(city.visitor("siti"), city)
    say(city.visitor("siti"), city)
    with city.app.app_context():
        assert len(db.session().execute(select(Dispute)).all()) == 1


def test_the_pacts_of_a_revoked_key_can_be_disputed_while_they_stand(city: City) -> None:
    visitor = city.visitor("siti")
    with city.app.app_context(), transaction() as session:
        accounts.revoke_key(session, key=session.get_one(PersonKey, key_id(city, "siti")), now=clock.now())
    visitor = city.visitor("siti")
    button = "Bukan saya: tangguhkan pakta dari kunci ini"
    assert button in visitor.get("/bukan-saya").text
    assert say(visitor, city) == 200
    assert status(city) == Status.SUSPENDED
    assert button not in visitor.get("/bukan-saya").text


def test_a_key_that_a_kiosk_made_can_be_disputed_like_any_other(city: City) -> None:
    visitor = city.visitor("siti")
    with city.app.app_context(), transaction() as session:
        session.get_one(PersonKey, key_id(city, "siti")).kiosk = True
    assert "Bukan saya: tangguhkan kunci ini" in visitor.get("/bukan-saya").text


def test_nobody_disputes_another_persons_key_from_their_own_account(city: City) -> None:
    assert say(city.visitor("joko"), city) == 422
    assert status(city) == Status.VALID


def test_the_holder_of_an_unused_slip_has_nothing_to_dispute(city: City) -> None:
    code = city.slip("lina")
    answer = city.visitor().post("/bukan-saya", data={"kode": code})
    assert answer.status_code == 422
    assert "SLIP_UNUSED" in answer.text


@pytest.mark.parametrize("code", ["", "AAAA", "0" * 12, "A" * 5000])
def test_unknown_and_malformed_codes_answer_alike(city: City, code: str) -> None:
    answer = city.visitor().post("/bukan-saya", data={"kode": code})
    assert answer.status_code == 422
    assert "SLIP_UNKNOWN" in answer.text


def activate_with(city: City, code: str) -> FlaskClient:
    """Enrol a device key with a slip; return the browser that did it."""
    client = city.visitor()
    ticket = client.post("/aktivasi/periksa", json={"kode": code}).get_json()["ticket"]
    sent = {"ticket": ticket, "jwk": SoftwareDeviceKey().jwk, "passphrase": "kuda terbang melintasi danau"}
    assert client.post("/aktivasi/kunci-perangkat", json=sent).status_code == 200
    return client


def close(city: City, dispute_id: int, outcome: str) -> None:
    """Let two administrators close a dispute."""
    for who in ("ani", "dewi"):
        assert find(city, who, outcome, dispute_id=dispute_id).status_code == 302


def find(
    city: City, who: str, outcome: str, *, words: str = "diperiksa di kantor", dispute_id: int = 1
) -> TestResponse:
    """Let an administrator say what they found."""
    if who not in city.keys:
        city.activate(who)
    sent = {"hasil": outcome, "keterangan": words}
    return city.visitor(who).post(f"/keberatan/{dispute_id}", data=sent)


def test_who_prints_a_second_slip_and_signs_with_it_is_stopped_by_the_holder_of_the_first(city: City) -> None:
    owners = city.slip("lina")
    row = city.sign("lina")  # with a second slip, which cancels the owner's
    told = city.visitor().post("/aktivasi", data={"kode": owners})
    assert "SLIP_REPLACED" in told.text
    assert 'action="/bukan-saya"' in told.text
    assert city.visitor().post("/bukan-saya", data={"kode": owners}).status_code == 200
    with city.app.app_context():
        assert certificates.require(db.session(), text=row.number).status == Status.SUSPENDED


def test_a_replaced_slip_offers_no_button_while_nobody_has_used_the_new_one(city: City) -> None:
    owners = city.slip("lina")
    newer = city.slip("lina")
    told = city.visitor().post("/aktivasi", data={"kode": owners})
    assert "SLIP_REPLACED" in told.text
    assert 'action="/bukan-saya"' not in told.text
    assert "SLIP_UNUSED" in city.visitor().post("/bukan-saya", data={"kode": owners}).text
    activate_with(city, newer)
    assert 'action="/bukan-saya"' in city.visitor().post("/aktivasi", data={"kode": owners}).text


def test_a_used_slip_disputes_its_own_key_and_not_the_one_of_a_later_slip(city: City) -> None:
    first = city.slip("lina")
    activate_with(city, first)
    with city.app.app_context(), transaction() as session:
        person = city.person("lina")
        own = accounts.keys_of(session, person=person)[0]
        accounts.revoke_key(session, key=own, now=clock.now())
        pepper = city.wired.keyring.pepper
        second = accounts.print_slip(session, person=person, purpose="recovery", now=clock.now(), pepper=pepper)
    activate_with(city, second)
    assert city.visitor().post("/bukan-saya", data={"kode": first}).status_code == 200
    with city.app.app_context():
        newest = accounts.keys_of(db.session(), person=city.person("lina"))[0]
        assert (newest.way, newest.suspended_at) == ("recovery", None)


def test_who_finds_a_used_slip_suspends_its_owner_once_and_not_again(city: City) -> None:
    code = city.slip("lina")
    owner = activate_with(city, code)
    assert city.visitor().post("/bukan-saya", data={"kode": code}).status_code == 200
    assert owner.get("/akun").status_code == 302
    close(city, 1, "keliru")
    words = {"nomor": KNOWN["lina"].number, "kata_sandi": "kuda terbang melintasi danau"}
    assert owner.post("/masuk", data=words).status_code == 302
    again = city.visitor().post("/bukan-saya", data={"kode": code})
    assert (again.status_code, "KEY_VOUCHED" in again.text) == (422, True)
    assert owner.get("/akun").status_code == 200
    told = city.visitor().post("/aktivasi", data={"kode": code}).text
    assert ('action="/bukan-saya"' in told, "Sudah diperiksa BKPSDM" in told) == (False, True)
    with city.app.app_context():
        key_id = accounts.keys_of(db.session(), person=city.person("lina"))[0].id
    assert owner.post(f"/bukan-saya/kunci/{key_id}").status_code == 200  # the owner still can


def test_a_dispute_over_a_key_that_was_revoked_since_can_still_be_closed_as_mistaken(city: City) -> None:
    say(city.visitor("siti"), city)
    with city.app.app_context(), transaction() as session:
        accounts.revoke_key(session, key=session.get_one(PersonKey, key_id(city, "siti")), now=clock.now())
    close(city, 1, "keliru")
    assert status(city) == Status.VALID
    assert key(city).revoked_at is not None


def test_no_command_brings_a_pact_back_while_its_key_is_disputed(city: City) -> None:
    say(city.visitor("siti"), city)
    assert "DISPUTE_OPEN" in reinstate(city)
    assert status(city) == Status.SUSPENDED
    close(city, 1, "keliru")
    with city.app.app_context(), transaction() as session:
        row = certificates.of_person(session, person_id=city.person("siti").id)[0]
        certificates.change_status(
            session, row=row, status=Status.SUSPENDED, reason=ReasonClass.ADMINISTRATIVE, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    assert "berlaku" in reinstate(city)
    assert status(city) == Status.VALID


def reinstate(city: City) -> str:
    """Type `python -m pakta certificate NUMBER --reinstate` for siti's certificate; return what it prints."""
    config = city.wired.config
    with city.app.app_context():
        number = certificates.of_person(db.session(), person_id=city.person("siti").id)[0].number
    return CliRunner(env=make.surroundings(config)).invoke(main, ["certificate", number, "--reinstate"]).output


def test_the_administrator_sees_names_and_the_supervisor_does_not(city: City) -> None:
    say(city.visitor("siti"), city)
    assert "Siti Lestari" in city.visitor("ani").get("/keberatan").text
    seen = city.visitor("wati").get("/keberatan")
    assert seen.status_code == 200
    assert "Siti Lestari" not in seen.text
    assert "1 keberatan belum ditutup" in seen.text


def test_a_supervisor_who_administers_another_unit_sees_names_there_only(city: City) -> None:
    city.sign("made")
    city.grant("wati", Role.ADMINISTRATOR, "kodim")
    city.grant("wati", Role.SUPERVISOR, "kodim")
    say(city.visitor("siti"), city)
    assert city.visitor("made").post(f"/bukan-saya/kunci/{key_id(city, 'made')}").status_code == 200
    page = city.visitor("wati").get("/keberatan").text
    assert "2 keberatan belum ditutup" in page
    assert ("Siti Lestari" in page, "Made Wirawan" in page) == (False, True)
    assert [f'action="/keberatan/{number}"' in page for number in (1, 2)] == [False, True]


def test_nobody_sees_or_closes_a_dispute_of_another_institution(city: City) -> None:
    city.sign("made")
    assert city.visitor("made").post(f"/bukan-saya/kunci/{key_id(city, 'made')}").status_code == 200
    say(city.visitor("siti"), city)
    page = city.visitor("ani").get("/keberatan").text
    assert ("Siti Lestari" in page, "1 keberatan belum ditutup" in page) == (True, True)
    answer = city.visitor("ani").post("/keberatan/1", data={"hasil": "benar", "keterangan": "diperiksa"})
    assert (answer.status_code, "NOT_ALLOWED" in answer.text) == (422, True)
    close(city, 2, "keliru")


@pytest.mark.parametrize(("outcome", "wanted"), [("benar", Status.REVOKED), ("keliru", Status.VALID)])
def test_closing_it_revokes_or_brings_back(city: City, outcome: str, wanted: Status) -> None:
    say(city.visitor("siti"), city)
    close(city, 1, outcome)
    assert status(city) == wanted
    standing = key(city)
    assert (standing.revoked_at is not None) == (wanted is Status.REVOKED)
    told = {"benar": "Benar bukan dia: kunci dan pakta dicabut", "keliru": "Ternyata miliknya: dipulihkan"}
    page = city.visitor("wati").get("/keberatan").text
    assert [words in page for words in told.values()] == [outcome == each for each in told]
    again = city.visitor("ani").post("/keberatan/1", data={"hasil": "benar", "keterangan": "sekali lagi"})
    assert "DISPUTE_CLOSED" in again.text
    assert status(city) == wanted


@pytest.mark.parametrize("data", [{}, {"hasil": "mungkin", "keterangan": "diperiksa"}, {"keterangan": "diperiksa"}])
def test_closing_without_a_plain_outcome_changes_nothing(city: City, data: dict[str, str]) -> None:
    say(city.visitor("siti"), city)
    answer = city.visitor("ani").post("/keberatan/1", data=data)
    assert answer.status_code == 422
    assert status(city) == Status.SUSPENDED


def test_only_an_administrator_closes_it(city: City) -> None:
    say(city.visitor("siti"), city)
    sent = {"hasil": "benar", "keterangan": "x" * 9}
    for who in ("wati", "joko"):
        assert city.visitor(who).post("/keberatan/1", data=sent).status_code == 403
    assert status(city) == Status.SUSPENDED


def test_a_code_is_forgiven_its_dashes_and_small_letters(city: City) -> None:
    code = city.slip("lina")
    answer = city.visitor().post("/bukan-saya", data={"kode": rules.grouped_code(code).lower()})
    assert "SLIP_UNUSED" in answer.text


def test_saying_it_ends_every_other_session(city: City) -> None:
    mine, other = city.visitor("siti"), city.visitor("siti")
    assert say(mine, city) == 200
    assert mine.get("/akun").status_code == 200
    assert other.get("/akun").status_code == 302


def test_the_slip_ends_the_sessions_of_who_used_it(city: City) -> None:
    code = city.slip("lina")
    thief = city.visitor()
    ticket = thief.post("/aktivasi/periksa", json={"kode": code}).get_json()["ticket"]
    words = "kuda terbang melintasi danau"
    sent = {"ticket": ticket, "jwk": SoftwareDeviceKey().jwk, "passphrase": words}
    assert thief.post("/aktivasi/kunci-perangkat", json=sent).status_code == 200
    assert thief.get("/akun").status_code == 200
    assert city.visitor().post("/bukan-saya", data={"kode": code}).status_code == 200
    assert thief.get("/akun").status_code == 302
    again = city.visitor().post("/masuk", data={"nomor": KNOWN["lina"].number, "kata_sandi": words})
    assert (again.status_code, "KEY_SET_ASIDE" in again.text) == (422, True)
    wrong = city.visitor().post("/masuk", data={"nomor": KNOWN["lina"].number, "kata_sandi": words + "x"})
    assert "SIGN_IN_FAILED" in wrong.text


def test_a_pact_suspended_for_another_reason_stays_so_when_the_key_comes_back(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        row = certificates.of_person(session, person_id=city.person("siti").id)[0]
        certificates.change_status(
            session, row=row, status=Status.SUSPENDED, reason=ReasonClass.ADMINISTRATIVE, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    say(city.visitor("siti"), city)
    close(city, 1, "keliru")
    assert (status(city), key(city).suspended_at) == (Status.SUSPENDED, None)


def test_nobody_closes_a_dispute_of_their_own(city: City) -> None:
    assert city.visitor("ani").post(f"/bukan-saya/kunci/{key_id(city, 'ani')}").status_code == 200
    closing = {"hasil": "keliru", "keterangan": "diperiksa sendiri"}
    answer = city.visitor("ani").post("/keberatan/1", data=closing)
    assert (answer.status_code, "NOT_ALLOWED" in answer.text) == (422, True)
    city.activate("dewi")
    assert city.visitor("dewi").post("/keberatan/1", data=closing).status_code == 302


def test_who_signs_while_the_key_is_suspended_waits_and_is_refused(city: City) -> None:
    text, holder = prepared(city, "joko"), city.keys["joko"][2]
    client = city.visitor("joko")
    with ThreadPoolExecutor(1) as pool:
        with city.app.app_context(), transaction() as session:
            mine = accounts.hold_keys(session, person_id=city.person("joko").id)[0]
            reply = pool.submit(post, client, body(text, holder.proof(text)))
            with pytest.raises(TimeoutError):
                reply.result(timeout=1)
            mine.suspended_at = clock.now()
            session.flush()
        code, told = reply.result(timeout=20)
    assert (code, told["reason"]) == (422, "KEY_NOT_USABLE")


def test_a_number_in_the_outcome_is_hidden(city: City) -> None:
    say(city.visitor("siti"), city)
    words = f"NIP {KNOWN['siti'].number} memang benar"
    city.visitor("ani").post("/keberatan/1", data={"hasil": "benar", "keterangan": words})
    assert "NIP •••901 memang benar" in city.visitor("wati").get("/keberatan").text


def test_a_used_slip_of_a_revoked_key_ends_nobodys_session(city: City) -> None:
    """Whoever kept the old slip must not log its owner out again and again."""
    code = city.slip("lina")
    client = city.visitor()
    ticket = client.post("/aktivasi/periksa", json={"kode": code}).get_json()["ticket"]
    sent = {"ticket": ticket, "jwk": SoftwareDeviceKey().jwk, "passphrase": "kuda terbang melintasi danau"}
    assert client.post("/aktivasi/kunci-perangkat", json=sent).status_code == 200
    with city.app.app_context(), transaction() as session:
        accounts.revoke_key(session, key=accounts.keys_of(session, person=city.person("lina"))[0], now=clock.now())
    assert city.visitor().post("/bukan-saya", data={"kode": code}).status_code == 200
    assert client.get("/akun").status_code == 200


def test_codes_are_counted_however_they_are_written(city: City) -> None:
    code = city.slip("lina")
    ways = [code, code.lower(), rules.grouped_code(code), f" {code}", f"{code} ", code[:6] + " " + code[6:], code]
    replies = [city.visitor().post("/bukan-saya", data={"kode": way}) for way in ways]
    assert [reply.status_code for reply in replies] == [422] * 6 + [429]
    assert "TRIES_USED_UP" in replies[-1].text


def test_who_looks_at_disputes_is_noted(city: City) -> None:
    city.visitor("wati").get("/keberatan")
    with city.app.app_context():
        line = db.session().execute(select(AccessLog).order_by(AccessLog.id.desc()).limit(1)).scalar_one()
        assert (line.action, line.account_id) == ("keberatan-lihat", city.keys["wati"][0])
