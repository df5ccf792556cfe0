"""Many posts of one person at once give one certificate, because the person is looked at under the writer's lock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.database import db
from pakta.ledger.models import Entry
from pakta.signing import service
from tests.people import City
from tests.signing.test_accept import body, post, prepared

WHOLE_ON_POSTGRESQL = True

POSTS, AT_ONCE = 200, 16


@pytest.fixture
def patient(city: City) -> City:
    """Give the city whose app raises nothing into the threads of a test."""
    city.app.config["WTF_CSRF_ENABLED"] = False
    return city


def post_together(city: City, bodies: list[dict[str, str]]) -> list[tuple[int, dict[str, Any]]]:
    """Post for siti from several threads."""
    client = city.visitor("siti")
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    with city.app.app_context():
        db.session.remove()

    def send(sent: dict[str, str]) -> tuple[int, dict[str, Any]]:
        mine = city.app.test_client()
        with mine.session_transaction() as own:
            own["_user_id"], own["_fresh"] = token, True
        return post(mine, sent)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(send, bodies))


def counts(app: Flask) -> list[int]:
    """Return how many certificates, evidences and ledger entries stand."""
    with app.app_context():
        tables = (IssuedCredential, StoredEvidence, Entry)
        return [db.session().execute(select(func.count()).select_from(each)).scalar_one() for each in tables]


def test_200_posts_of_one_statement_are_one_certificate(patient: City) -> None:
    before = counts(patient.app)
    text = prepared(patient, "siti")
    replies = post_together(patient, [body(text, patient.keys["siti"][2].proof(text))] * POSTS)
    assert {status for status, _told in replies} == {200}
    assert len({told["address"] for _status, told in replies}) == 1
    assert counts(patient.app) == [count + 1 for count in before]


def test_many_statements_of_one_person_are_one_certificate(patient: City) -> None:
    before = counts(patient.app)
    texts = [prepared(patient, "siti") for _ in range(AT_ONCE)]
    replies = post_together(patient, [body(text, patient.keys["siti"][2].proof(text)) for text in texts])
    assert sorted(status for status, _told in replies) == [200] + [409] * (AT_ONCE - 1)
    assert counts(patient.app) == [count + 1 for count in before]


def test_where_nobody_looks_the_database_itself_refuses_a_second_certificate(
    patient: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted mistake: the program forgets to look whether a certificate stands already."""
    text, holder = prepared(patient, "siti"), patient.keys["siti"][2]
    assert post(patient.visitor("siti"), body(text, holder.proof(text)))[0] == 200
    stands = counts(patient.app)
    monkeypatch.setattr(service, "standing_certificate", lambda *_args, **_named: None)
    monkeypatch.setattr(certificates, "all_standing", lambda *_args, **_named: set())
    second = prepared(patient, "siti")
    patient.app.testing = False
    refused = patient.visitor("siti").post("/pakta/tandatangani", json=body(second, holder.proof(second)))
    assert refused.status_code == 500
    assert counts(patient.app) == stands
