""" "Bukan saya": one tap suspends the key and its pacts, and an administrator closes it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from pakta.accounts import rules
from pakta.accounts.models import PersonKey
from pakta.certificates import service as certificates
from pakta.certificates.rules import Status
from pakta.database import db
from pakta.disputes.models import Dispute
from tests.people import City


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city, with those who have a role activated."""
    app.config["WTF_CSRF_ENABLED"] = False
    city = City(app).build().activate("ani", "wati", "joko")
    city.sign("siti")
    return city


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


def test_the_administrator_sees_names_and_the_supervisor_does_not(city: City) -> None:
    say(city.visitor("siti"), city)
    assert "Siti Lestari" in city.visitor("ani").get("/keberatan").text
    seen = city.visitor("wati").get("/keberatan")
    assert seen.status_code == 200
    assert "Siti Lestari" not in seen.text
    assert "1 keberatan belum ditutup" in seen.text


@pytest.mark.parametrize(("outcome", "wanted"), [("benar", Status.REVOKED), ("keliru", Status.VALID)])
def test_closing_it_revokes_or_brings_back(city: City, outcome: str, wanted: Status) -> None:
    say(city.visitor("siti"), city)
    answer = city.visitor("ani").post("/keberatan/1", data={"hasil": outcome, "keterangan": "diperiksa di kantor"})
    assert answer.status_code == 302
    assert status(city) == wanted
    standing = key(city)
    assert (standing.revoked_at is not None) == (wanted is Status.REVOKED)
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
