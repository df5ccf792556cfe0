"""Many at once, strangers' forms, and the time that an answer takes."""

from __future__ import annotations

import statistics
import time as system_time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from pakta.accounts import attempts, passphrases, service
from pakta.accounts.models import Account, Attempt, PersonKey
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey
from pakta.ledger.models import Entry
from tests.accounts.city import PASSPHRASE, SITI, City

WHOLE_ON_POSTGRESQL = True

AT_ONCE = 8
PAIRS = 80
ALIKE = 0.05


def post_together(app: Flask, bodies: list[dict[str, object]]) -> list[Any]:
    """Post several enrolments at the same time; return the replies."""

    def send(body: dict[str, object]) -> Any:
        return app.test_client().post("/aktivasi/kunci-perangkat", json=body)

    db.session.remove()
    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def counts() -> list[int]:
    """Return how many keys, accounts and ledger entries there are."""
    db.session.rollback()
    return [
        db.session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (PersonKey, Account, Entry)
    ]


def test_of_many_keys_with_one_slip_at_once_one_is_enrolled(city: City, app: Flask, client: FlaskClient) -> None:
    ticket = city.ticket(client, city.slip())
    bodies: list[dict[str, object]] = [
        {"ticket": ticket, "jwk": SoftwareDeviceKey().jwk, "passphrase": PASSPHRASE} for _ in range(AT_ONCE)
    ]
    replies = post_together(app, bodies)
    assert sorted(reply.status_code for reply in replies) == [200] + [422] * (AT_ONCE - 1)
    assert {reply.json["reason"] for reply in replies if reply.status_code == 422} == {"SLIP_USED"}
    assert counts() == [1, 1, 1]


def test_a_double_tap_many_times_over_is_one_enrolment(city: City, app: Flask, client: FlaskClient) -> None:
    body: dict[str, object] = {
        "ticket": city.ticket(client, city.slip()),
        "jwk": SoftwareDeviceKey().jwk,
        "passphrase": PASSPHRASE,
    }
    replies = post_together(app, [body] * AT_ONCE)
    assert {reply.status_code for reply in replies} == {200}
    assert counts() == [1, 1, 1]


@pytest.mark.parametrize(
    "address",
    [
        "/aktivasi/periksa",
        "/aktivasi/kunci-sandi/mulai",
        "/aktivasi/kunci-sandi",
        "/aktivasi/kunci-perangkat",
        "/masuk/kunci-sandi/mulai",
        "/masuk/kunci-sandi",
    ],
)
def test_a_form_of_another_site_is_refused(city: City, app: Flask, client: FlaskClient, address: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    reply: Any = client.post(address, json={})
    assert (reply.status_code, reply.json["reason"]) == (400, "FORM_EXPIRED")


@pytest.mark.parametrize("content", ["", "[]", "5", '"teks"', "{", "null"])
def test_what_is_not_a_json_object_is_refused(city: City, client: FlaskClient, content: str) -> None:
    reply: Any = client.post("/aktivasi/periksa", data=content, content_type="application/json")
    assert (reply.status_code, reply.json["reason"]) == (400, "FORM_EXPIRED")


def medians(city: City) -> tuple[float, float]:
    """Return the median time of a wrong passphrase for a known and for an unknown number, interleaved."""
    spent: dict[str, list[float]] = {SITI: [], "198609262015051999": []}
    for number in (SITI, "198609262015051999"):  # once each, to be warm
        try_once(city, number)
    for _ in range(PAIRS):
        for number, times in spent.items():
            begin = system_time.thread_time()
            try_once(city, number)
            times.append(system_time.thread_time() - begin)
    known, unknown = (statistics.median(times) for times in spent.values())
    return known, unknown


def try_once(city: City, number: str) -> None:
    """Try a wrong passphrase."""
    with pytest.raises(Refusal):
        service.check_passphrase(db.session(), number=number, passphrase="salah salah salah", pepper=city.pepper)


@pytest.mark.usefixtures("true_hashing")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_unknown_number_costs_the_same_time_as_a_wrong_passphrase(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    known, unknown = medians(city)
    assert abs(known - unknown) <= ALIKE * known


@pytest.mark.usefixtures("true_hashing")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_time_would_tell_if_unknown_numbers_were_answered_at_once(
    city: City, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.with_device(client)
    honest = passphrases.matches
    monkeypatch.setattr(passphrases, "matches", lambda text, stored: bool(stored) and honest(text, stored))
    monkeypatch.setattr("tests.accounts.test_together.PAIRS", 20)
    known, unknown = medians(city)
    assert abs(known - unknown) > ALIKE * known


def test_old_counts_are_swept_away(city: City) -> None:
    def take(tried: str) -> None:
        with transaction() as session:
            attempts.take(
                session,
                purpose="sign-in",
                tried=tried,
                address="36.70.10.4",
                now=city.time.at,
                pepper=city.pepper,
            )

    take("a")
    city.time.pass_by(days=3)
    take("b")
    rows = db.session.execute(select(Attempt.window_at)).scalars().all()
    assert len(rows) == 3
    assert min(rows) > city.time.at - attempts.KEPT


def test_of_many_who_show_one_assertion_at_once_one_is_let_in(city: City, app: Flask, client: FlaskClient) -> None:
    phone = city.with_passkey(client)
    options: Any = client.post("/masuk/kunci-sandi/mulai", json={}).json
    shown = {"response": phone.sign_in(options)}
    db.session.remove()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [pool.submit(app.test_client().post, "/masuk/kunci-sandi", json=shown) for _ in range(AT_ONCE)]
        replies: list[Any] = [each.result(60) for each in sent]
    assert sorted(reply.status_code for reply in replies) == [200] + [422] * (AT_ONCE - 1)
    assert {reply.json["reason"] for reply in replies if reply.status_code == 422} == {"CHALLENGE_GONE"}
