"""Signing through the services and the JSON endpoint: the good way once, and every bad one."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from pakta.accounts.models import PersonKey
from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.core import canonical, evidence, statement
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey, SoftwarePasskey
from pakta.editions import service as editions
from pakta.ledger.models import Entry
from pakta.roles import Role
from pakta.roster.models import CounterSigned, Person
from pakta.signing import acceptance, service
from pakta.signing.models import PreparedStatement
from pakta.web import clock
from tests.people import KNOWN, City

WHOLE_ON_POSTGRESQL = True

COUNTED = (IssuedCredential, StoredEvidence, Entry, CounterSigned)


def rows(city: City) -> list[int]:
    """Return how many rows stand in each table that a signature touches."""
    with city.app.app_context():
        return [db.session().execute(select(func.count()).select_from(table)).scalar_one() for table in COUNTED]


def prepared(city: City, who: str) -> bytes:
    """Prepare a person's statement and return its bytes."""
    with city.app.app_context(), transaction() as session:
        person = city.person(who)
        edition = service.edition_for(session, person=person, now=clock.now())
        assert edition is not None
        key = session.get_one(PersonKey, city.keys[who][1])
        row = service.prepare(
            session, person=person, key=key, ticked=list(editions.clause_ids(edition)), now=clock.now()
        )
        return row.statement


def body(text: bytes, proof: dict[str, str]) -> dict[str, str]:
    """Return what a browser posts."""
    return {"statement": canonical.base64url(text), **proof}


def post(client: FlaskClient, sent: Any) -> tuple[int, dict[str, Any]]:
    """Post a signature; return status and answer."""
    client.application.config["WTF_CSRF_ENABLED"] = False
    answer = client.post("/pakta/tandatangani", json=sent, headers={"Accept": "application/json"})
    return answer.status_code, answer.get_json()


def changed(text: bytes, **members: Any) -> bytes:
    """Return the statement with some members changed, in canonical form again."""
    found = canonical.decode_object(text[len(statement.STATEMENT_PREFIX) :], reason=Reason.STATEMENT_MALFORMED)
    return statement.STATEMENT_PREFIX + canonical.encode({**found, **members})  # type: ignore[dict-item]


def test_a_prepared_statement_signed_by_its_key_gives_a_certificate(city: City) -> None:
    before = rows(city)
    text = prepared(city, "siti")
    status, told = post(city.visitor("siti"), body(text, city.keys["siti"][2].proof(text)))
    assert status == 200
    assert told["address"].startswith("/sertifikat/")
    after = rows(city)
    assert [new - old for old, new in zip(before, after, strict=True)][:3] == [1, 1, 1]


def test_the_same_signed_statement_again_gives_the_same_certificate(city: City) -> None:
    text = prepared(city, "siti")
    sent = body(text, city.keys["siti"][2].proof(text))
    first = post(city.visitor("siti"), sent)
    after = rows(city)
    assert post(city.visitor("siti"), sent) == first
    assert rows(city) == after


def test_a_person_cannot_sign_the_same_edition_twice(city: City) -> None:
    first, second = prepared(city, "siti"), prepared(city, "siti")
    holder = city.keys["siti"][2]
    assert post(city.visitor("siti"), body(first, holder.proof(first)))[0] == 200
    after = rows(city)
    status, told = post(city.visitor("siti"), body(second, holder.proof(second)))
    assert (status, told["reason"]) == (409, "SUDAH_MENANDATANGANI")
    assert rows(city) == after


def test_a_changed_letter_in_the_statement_is_refused(city: City) -> None:
    text = prepared(city, "siti")
    forged = changed(text, title="Pakta lain")
    refused(city, "siti", body(forged, city.keys["siti"][2].proof(forged)), "STATEMENT_UNKNOWN")


def test_a_signature_of_another_key_is_refused(city: City) -> None:
    text = prepared(city, "siti")
    stranger = SoftwarePasskey("localhost", "http://localhost:5000")
    refused(city, "siti", body(text, stranger.proof(text)), "PASSKEY_DIFFERS")


def test_a_signature_made_for_another_host_is_refused(city: City) -> None:
    text = prepared(city, "siti")
    holder = city.keys["siti"][2]
    assert isinstance(holder, SoftwarePasskey)
    holder.origin = "https://lain.example"
    refused(city, "siti", body(text, holder.proof(text)), "PASSKEY_DIFFERS")


def test_another_persons_statement_is_refused(city: City) -> None:
    text = prepared(city, "joko")
    refused(city, "siti", body(text, city.keys["joko"][2].proof(text)), "STATEMENT_FOREIGN")


def test_a_statement_accepted_for_another_person_is_refused(city: City) -> None:
    text = prepared(city, "joko")
    sent = body(text, city.keys["joko"][2].proof(text))
    assert post(city.visitor("joko"), sent)[0] == 200
    refused(city, "siti", sent, "STATEMENT_FOREIGN")


def test_a_statement_older_than_fifteen_minutes_is_refused(city: City) -> None:
    text = prepared(city, "siti")
    with city.app.app_context(), transaction() as session:
        session.execute(update(PreparedStatement).values(prepared_at=clock.now() - timedelta(minutes=16)))
    refused(city, "siti", body(text, city.keys["siti"][2].proof(text)), "STATEMENT_STALE")


def test_a_statement_whose_facts_have_changed_since_is_refused(city: City) -> None:
    text = prepared(city, "siti")
    with city.app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == city.person("siti").id).values(name="Siti Rahayu"))
    refused(city, "siti", body(text, city.keys["siti"][2].proof(text)), "STATEMENT_STALE")


def test_a_statement_over_another_text_than_the_editions_is_refused(city: City) -> None:
    """Who can write into our tables puts a text into the statement that was never published."""
    other = changed(prepared(city, "siti"), text_sha256="0" * 64)
    with city.app.app_context(), transaction() as session:
        session.execute(update(PreparedStatement).values(statement=other, sha256=hashlib.sha256(other).digest()))
    refused(city, "siti", body(other, city.keys["siti"][2].proof(other)), "STATEMENT_STALE")


def test_a_suspended_key_signs_nothing(city: City) -> None:
    text = prepared(city, "siti")
    client = city.visitor("siti")
    with city.app.app_context(), transaction() as session:
        session.execute(
            update(PersonKey).where(PersonKey.id == city.keys["siti"][1]).values(suspended_at=clock.now())
        )
    before = rows(city)
    status, told = post(client, body(text, city.keys["siti"][2].proof(text)))
    assert (status, told["reason"]) == (422, "KEY_NOT_USABLE")
    assert rows(city) == before


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ([], "STATEMENT_MALFORMED"),
        ({}, "STATEMENT_MALFORMED"),
        ({"statement": 7}, "STATEMENT_MALFORMED"),
        ({"statement": "=="}, "STATEMENT_MALFORMED"),
        ({"statement": "A" * 20_000}, "STATEMENT_MALFORMED"),
        ({"statement": "AAAA", "signature": 7}, "SIGNATURE_MALFORMED"),
        ({"statement": "AAAA"}, "STATEMENT_UNKNOWN"),
    ],
)
def test_what_is_no_signed_statement_is_refused(city: City, sent: Any, reason: str) -> None:
    refused(city, "siti", sent, reason)


def test_a_passkeys_proof_without_its_parts_is_refused(city: City) -> None:
    text = prepared(city, "siti")
    refused(city, "siti", body(text, SoftwareDeviceKey().proof(text)), "SIGNATURE_MALFORMED")


def test_a_sign_in_older_than_five_minutes_signs_nothing(city: City) -> None:
    text = prepared(city, "siti")
    sent = body(text, city.keys["siti"][2].proof(text))
    status, told = post(city.visitor("siti", ago=timedelta(minutes=6)), sent)
    assert (status, told["reason"]) == (401, "SIGN_IN_AGAIN")
    assert post(city.visitor("siti", ago=timedelta(minutes=4)), sent)[0] == 200


def test_nothing_is_prepared_without_every_tick(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        person, key = city.person("siti"), session.get_one(PersonKey, city.keys["siti"][1])
        edition = service.edition_for(session, person=person, now=clock.now())
        assert edition is not None
        ids = list(editions.clause_ids(edition))
        for ticked in ([], ids[:-1], [*ids, "lain"]):
            with pytest.raises(Refusal) as refusal:
                service.prepare(session, person=person, key=key, ticked=ticked, now=clock.now())
            assert refusal.value.reason is Reason.CLAUSES_NOT_TICKED


def test_nobody_signs_after_the_edition_has_closed(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        person, key = city.person("siti"), session.get_one(PersonKey, city.keys["siti"][1])
        with pytest.raises(Refusal) as refusal:
            service.prepare(session, person=person, key=key, ticked=["1"], now=clock.now() + timedelta(days=200))
        assert refusal.value.reason is Reason.EDITION_CLOSED


def accepted(city: City, who: str, text: bytes, *, later: timedelta = timedelta(0)) -> Reason | None:
    """Hand a signed statement in through the services, some time later; return the reason it is refused with."""
    proof, now = city.keys[who][2].proof(text), clock.now() + later
    with city.app.app_context(), transaction() as session:
        try:
            checked = acceptance.check(
                session, person_id=city.person(who).id, statement=text, proof=proof, now=now, config=city.wired.config
            )
            assert checked is not None
            acceptance.accept(session, checked=checked, now=now, keyring=city.wired.keyring, config=city.wired.config)
        except Refusal as refusal:
            return refusal.reason
        return None


def test_a_statement_signed_after_its_edition_has_closed_is_refused(city: City) -> None:
    text, before = prepared(city, "siti"), rows(city)
    assert accepted(city, "siti", text, later=timedelta(days=200)) is Reason.EDITION_CLOSED
    assert rows(city) == before
    assert accepted(city, "siti", text) is None


def test_who_becomes_a_head_meanwhile_is_asked_another_text(city: City) -> None:
    text, before = prepared(city, "joko"), rows(city)
    city.grant("joko", Role.HEAD, "dinkes")
    assert accepted(city, "joko", text) is Reason.STATEMENT_STALE
    assert rows(city)[:3] == before[:3]
    assert accepted(city, "joko", prepared(city, "joko")) is None


def test_a_statement_that_nobody_signed_is_forgotten(city: City) -> None:
    """It holds an identity number: the next one that is prepared, by anyone, takes the old ones away."""
    for age, left in ((timedelta(minutes=59), 2), (timedelta(minutes=61), 1)):
        text = prepared(city, "siti")
        with city.app.app_context(), transaction() as session:
            old = hashlib.sha256(text).digest()
            session.execute(
                update(PreparedStatement).where(PreparedStatement.sha256 == old).values(prepared_at=clock.now() - age)
            )
        prepared(city, "joko")
        with city.app.app_context(), transaction() as session:
            found = session.execute(select(PreparedStatement.person_id)).all()
            assert len(found) == left
            session.execute(delete(PreparedStatement))


def record_status(city: City, who: str, status: str) -> None:
    """Write a person's status into the roster."""
    with city.app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == city.person(who).id).values(status=status))


@pytest.mark.parametrize("status", ["pensiun", "meninggal", "mutasi"])
def test_who_has_left_prepares_nothing_and_is_told_before_the_text(city: City, status: str) -> None:
    record_status(city, "siti", status)
    with pytest.raises(Refusal) as refusal:
        prepared(city, "siti")
    assert refusal.value.reason is Reason.PERSON_NOT_ACTIVE
    page = city.visitor("siti").get("/pakta").text
    assert ("Anda tidak diminta menandatangani" in page, 'name="butir"' in page) == (True, False)


@pytest.mark.parametrize("status", ["pensiun", "meninggal", "mutasi"])
def test_who_has_left_since_the_statement_was_prepared_signs_nothing(city: City, status: str) -> None:
    text = prepared(city, "siti")
    record_status(city, "siti", status)
    refused(city, "siti", body(text, city.keys["siti"][2].proof(text)), "PERSON_NOT_ACTIVE")


def test_who_leaves_between_check_and_acceptance_gets_no_certificate(city: City) -> None:
    text, keyring, config = prepared(city, "siti"), city.wired.keyring, city.wired.config
    with city.app.app_context():
        checked = acceptance.check(
            db.session(), person_id=city.person("siti").id, statement=text,
            proof=city.keys["siti"][2].proof(text), now=clock.now(), config=config,
        )  # fmt: skip
        assert checked is not None
        db.session().rollback()
        record_status(city, "siti", "pensiun")
        with pytest.raises(Refusal, match="PERSON_NOT_ACTIVE"), transaction() as session:
            acceptance.accept(session, checked=checked, now=clock.now(), keyring=keyring, config=config)


@pytest.mark.parametrize("status", ["aktif", "cuti", "tugas belajar"])
def test_who_is_on_leave_or_studies_still_signs(city: City, status: str) -> None:
    record_status(city, "siti", status)
    text = prepared(city, "siti")
    assert post(city.visitor("siti"), body(text, city.keys["siti"][2].proof(text)))[0] == 200


def test_who_has_left_is_still_led_to_the_certificate_they_have(city: City) -> None:
    issued = city.sign("siti")
    record_status(city, "siti", "pensiun")
    answer = city.visitor("siti").get("/pakta")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/sertifikat/{issued.number}")


def test_who_has_no_key_to_sign_with_is_told_before_the_text_and_ticks_nothing(city: City) -> None:
    assert 'name="butir"' in city.visitor("siti").get("/pakta").text
    with city.app.app_context(), transaction() as session:
        session.execute(update(PersonKey).where(PersonKey.id == city.keys["siti"][1]).values(kiosk=True))
    page = city.visitor("siti").get("/pakta").text
    assert page.index("Anda belum dapat menandatangani") < page.index('id="butir-')
    assert ('name="butir"' in page, "Lanjut ke tanda tangan" in page) == (False, False)


def test_nobody_reviews_the_statement_of_another(city: City) -> None:
    """It shows an identity number whole: who knows its hash and is not its owner is led to their own text."""
    where = f"/pakta/tinjau/{hashlib.sha256(prepared(city, 'siti')).hexdigest()}"
    own = city.visitor("siti").get(where)
    assert (own.status_code, KNOWN["siti"].number in own.text) == (200, True)
    other = city.visitor("joko").get(where)
    assert (other.status_code, other.headers["Location"]) == (302, "/pakta")
    assert KNOWN["siti"].number not in other.text


def test_nothing_more_is_prepared_for_who_has_signed(city: City) -> None:
    city.sign("siti")
    with pytest.raises(Refusal) as refusal:
        prepared(city, "siti")
    assert refusal.value.reason is Reason.SUDAH_MENANDATANGANI


def test_the_page_names_the_clauses_that_were_not_ticked(city: City) -> None:
    client = city.visitor("siti")
    with city.app.app_context():
        edition = service.edition_for(db.session(), person=city.person("siti"), now=clock.now())
        assert edition is not None
        clauses = list(editions.clause_ids(edition))
        thumbprint = db.session().get_one(PersonKey, city.keys["siti"][1]).thumbprint
    client.application.config["WTF_CSRF_ENABLED"] = False
    sent = {"kunci": thumbprint, "butir": [each for each in clauses if each != clauses[2]]}
    page = client.post("/pakta/siapkan", data=sent).text
    assert [f'href="#butir-{each}"' in page for each in clauses] == [each == clauses[2] for each in clauses]
    assert "Butir 3 belum Anda setujui" in page and "Pakta BELUM ditandatangani" in page


def test_the_kiosk_asks_for_every_tick_and_an_open_text(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    city.app.config["WTF_CSRF_ENABLED"] = False
    client, key = city.visitor("siti"), city.keys["siti"][1]
    with city.app.app_context():
        thumbprint = db.session().get_one(PersonKey, key).thumbprint
    ticket = city.visitor().post("/aktivasi/periksa", json={"kode": city.slip("lina")}).get_json()["ticket"]
    shown = city.visitor().post("/kios/naskah", json={"ticket": ticket}).get_json()
    clauses = [each["id"] for each in shown["clauses"]]
    for ticked in ([], clauses[:-1], "".join(clauses), None, [clauses]):
        answer = client.post("/kios/siapkan", json={"key": thumbprint, "clauses": ticked})
        assert (answer.status_code, answer.get_json()["reason"]) == (422, "CLAUSES_NOT_TICKED")
    assert client.post("/kios/siapkan", json={"key": thumbprint, "clauses": clauses}).status_code == 200
    monkeypatch.setattr(service, "edition_for", lambda *_args, **_named: None)
    answer = client.post("/kios/naskah", json={"ticket": ticket})
    assert (answer.status_code, answer.get_json()["reason"]) == (422, "EDITION_CLOSED")


def test_the_stored_evidence_proves_the_signature_and_names_its_enrolment(city: City) -> None:
    issued = city.sign("siti")
    with city.app.app_context():
        row = db.session().get_one(StoredEvidence, issued.evidence_hash)
        stated = evidence.verify(row.evidence, relying_party="localhost", origins=("http://localhost:5000",))
        assert stated.signer.name == "Siti Lestari"
        key = db.session().get_one(PersonKey, city.keys["siti"][1])
        found = evidence.parse(row.evidence)
        assert (found.record, found.index) == (key.record, key.ledger_index)
        assert found.index < issued.ledger_index


def test_the_status_page_says_whether_the_pact_is_stored(city: City) -> None:
    client = city.visitor("siti")
    assert "belum ditandatangani" in client.get("/pakta/status").text
    city.sign("siti")
    assert "Pakta sudah ditandatangani" in client.get("/pakta/status").text


def refused(city: City, who: str, sent: Any, reason: str) -> None:
    """Check that this is refused with this reason and a sentence, and that nothing was written."""
    before = rows(city)
    status, told = post(city.visitor(who), sent)
    assert (status, told["reason"]) == (422, reason)
    assert told["message"].endswith((".", "?"))
    assert rows(city) == before
