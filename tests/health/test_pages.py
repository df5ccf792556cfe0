"""How the service stands, said to people and to programs, while all goes well and while it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from pakta.certificates import issuing, publishing
from pakta.core import cosignature, policy
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.health import service
from pakta.health.service import State
from pakta.ledger import gate, heads, witnessing
from pakta.ledger import service as ledger
from pakta.ledger.rules import Cosigned, Holds
from pakta.web import clock, display
from tests.people import City

WITNESS = Ed25519PrivateKey.generate()
PUBLIC = WITNESS.public_key().public_bytes_raw()
POLICY = policy.parse(f"witness saksi {cosignature.vkey(name='saksi', public_key=PUBLIC)}\nquorum saksi\n".encode())


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city in which siti has signed."""
    city = City(app).build()
    city.sign("siti")
    return city


def states(city: City, *, later: timedelta = timedelta(0), witnessed: bool = False) -> Mapping[str, State]:
    """Return how each check stands after some time."""
    config = replace(city.wired.config, policy=POLICY) if witnessed else city.wired.config
    with city.app.app_context():
        found = service.report(db.session(), now=clock.now() + later, config=config, display=display.moment)
        db.session.remove()
    return {each.name: each.state for each in found}


def enter(city: City) -> None:
    """Enter something that no head covers yet."""
    with city.app.app_context(), transaction() as session:
        ledger.append(session, kind=EntryKind.SCRIPTS_RELEASED, payload=b"{}", now=clock.now())


def test_while_all_goes_on_only_the_missing_witnesses_are_said(city: City) -> None:
    good = dict.fromkeys(("kepala", "status", "penerbitan"), State.GOOD)
    assert states(city) == {**good, "saksi": State.ATTENTION}
    page = city.visitor().get("/kesehatan")
    assert (page.status_code, "Belum ada saksi luar" in page.text, "Berjalan." in page.text) == (200, True, True)
    told = city.visitor().get("/kesehatan.json")
    assert (told.status_code, told.get_json()["status"]) == (200, "perhatian")
    assert told.headers["Cache-Control"] == "no-store"


def test_a_worker_that_stands_still_is_named_by_what_waits(city: City) -> None:
    enter(city)
    assert states(city)["kepala"] is State.GOOD
    assert states(city, later=timedelta(minutes=2))["kepala"] is State.STOPPED
    city.settle()
    assert states(city, later=timedelta(minutes=2))["kepala"] is State.GOOD


def test_a_status_list_that_grows_old_is_named_before_readers_refuse_it(city: City) -> None:
    said = [
        states(city, later=age)["status"] for age in (timedelta(hours=11), timedelta(hours=13), timedelta(hours=49))
    ]
    assert said == [State.GOOD, State.ATTENTION, State.STOPPED]


def test_a_stop_is_told_and_programs_see_503_while_verification_goes_on(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        issuing.stop(session, cause="uji", now=clock.now())
    told = city.visitor().get("/kesehatan.json")
    assert (told.status_code, told.get_json()["checks"]["penerbitan"]) == (503, "berhenti")
    assert "Dihentikan pengelola" in city.visitor().get("/kesehatan").text
    assert city.visitor().get("/log/checkpoint").status_code == 200
    with city.app.app_context(), transaction() as session:
        issuing.resume(session, now=clock.now())
    assert city.visitor().get("/kesehatan.json").status_code == 200


def test_witnesses_are_waited_for_counted_and_their_silence_and_their_claim_stop_issuing(city: City) -> None:
    with city.app.app_context():
        gate.keep(db.engine, POLICY)
    assert states(city, witnessed=True)["saksi"] is State.ATTENTION
    with city.app.app_context(), transaction() as session:
        head = heads.newest(session)
        assert head is not None
        at, body = int(clock.now().timestamp()), head.note.partition(b"\n\n")[0] + b"\n"
        line = cosignature.sign(body, at=at, name="saksi", public_key=PUBLIC, sign=WITNESS.sign).encode()
        witness, size = POLICY.witnesses["saksi"], head.size
        said = Cosigned(line=line, at=clock.now())
        witnessing.record(session, witness=witness, size=size, outcome=said, policy=POLICY, now=clock.now())
    assert states(city, witnessed=True)["saksi"] is State.GOOD
    enter(city)
    city.settle()
    late = states(city, later=timedelta(minutes=11), witnessed=True)
    assert (late["saksi"], late["penerbitan"]) == (State.ATTENTION, State.GOOD)
    assert states(city, later=timedelta(hours=25), witnessed=True)["penerbitan"] is State.STOPPED
    with city.app.app_context(), transaction() as session:
        witnessing.record(session, witness=witness, size=size, outcome=Holds(10_000), policy=POLICY, now=clock.now())
    assert states(city, witnessed=True)["penerbitan"] is State.STOPPED


def test_before_anything_is_published_that_is_said(app: Flask) -> None:
    with app.app_context():
        found = service.report(
            db.session(), now=clock.now(), config=app.extensions["pakta"].config, display=display.moment
        )
    assert [each.state for each in found] == [State.ATTENTION] * 3 + [State.GOOD]
    assert publishing.STATUS_TTL < publishing.STATUS_LIFE
