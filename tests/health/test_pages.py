"""How the service stands, said to people and to programs, while all goes well and while it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy.orm import Session

from pakta import startup
from pakta.certificates import issuing, publishing
from pakta.commands import serving
from pakta.core import cosignature, policy
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.health import service, views
from pakta.health.service import Check, State
from pakta.jobs import service as jobs
from pakta.keyring.ring import History, Issuers
from pakta.ledger import copy, gate, heads, witnessing
from pakta.ledger import service as ledger
from pakta.ledger.rules import Cosigned, Holds
from pakta.verification import release
from pakta.web import clock, language, wording
from tests.people import City
from tests.signing.test_storage_fails import no_room

pytestmark = pytest.mark.usefixtures("unbegun")  # the keys are shared

GOOD = (200, "baik", "")
WORDS = service.Words(sentence=wording.sentence, fill=language.sentence)
WITNESS = Ed25519PrivateKey.generate()
PUBLIC = WITNESS.public_key().public_bytes_raw()
POLICY = policy.parse(f"witness saksi {cosignature.vkey(name='saksi', public_key=PUBLIC)}\nquorum saksi\n".encode())


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city in which siti has signed."""
    return City(app).build(signed=["siti"])


@pytest.fixture(autouse=True)
def _told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "REHEARSED", -1.0)


def checks(city: City, *, later: timedelta = timedelta(0), witnessed: bool = False) -> Mapping[str, Check]:
    """Return how each check stands after some time, while the worker goes on."""
    config = replace(city.wired.config, policy=POLICY) if witnessed else city.wired.config
    now, refusal = clock.now() + later, None
    with city.app.app_context():
        try:
            with transaction() as session:
                service.beat(session, name=service.WORKER, now=now)
                service.rehearse(session, keyring=city.wired.keyring, config=config, now=now)
        except Refusal as refused:
            refusal = refused
        found = service.report(db.session(), now=now, config=config, words=WORDS, refusal=refusal)
        db.session.remove()
    return {each.name: each for each in found}


def states(city: City, *, later: timedelta = timedelta(0), witnessed: bool = False) -> Mapping[str, State]:
    """Return the states alone."""
    return {name: each.state for name, each in checks(city, later=later, witnessed=witnessed).items()}


def told(city: City) -> tuple[int, str, str]:
    """Return what a program is told: the status, how issuing stands, and why."""
    answer = city.visitor().get("/kesehatan.json")
    said = answer.get_json()
    return answer.status_code, said["checks"]["penerbitan"], said["reasons"].get("penerbitan", "")


def enter(city: City) -> None:
    """Enter something that no head covers yet."""
    with city.app.app_context(), transaction() as session:
        ledger.append(session, kind=EntryKind.SCRIPTS_RELEASED, payload=b"{}", now=clock.now())


def test_while_all_goes_on_only_the_missing_witnesses_are_said(city: City) -> None:
    good = dict.fromkeys(("kepala", "pekerja", "status", "penerbitan", "pekerjaan"), State.GOOD)
    assert states(city) == {**good, "saksi": State.ATTENTION}
    page = city.visitor().get("/kesehatan")
    assert (page.status_code, "Belum ada saksi luar" in page.text, "Berjalan." in page.text) == (200, True, True)
    answer = city.visitor().get("/kesehatan.json")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "perhatian")
    assert answer.headers["Cache-Control"] == "no-store"
    assert told(city) == GOOD


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
    assert told(city) == (503, "berhenti", "ISSUING_STOPPED")
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


def test_a_job_that_stands_still_is_told_with_what_it_waits_for(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        person = city.person("siti")
        asked = jobs.Asked(
            "lembar", city.keys["siti"][0], person.unit_id, "ASN-2026", "Lembar", "/cakupan/dikbud", 1, 1, 1
        )
        jobs.ask(session, asked=asked, now=clock.now()).trouble = Reason.KEY_UNREACHABLE.value
    assert states(city, later=timedelta(minutes=1))["pekerjaan"] is State.GOOD
    found = checks(city, later=timedelta(minutes=3))["pekerjaan"]
    assert (found.state, found.reason) == (State.ATTENTION, "KEY_UNREACHABLE")
    assert "tidak maju sejak" in found.text and "Kunci server" in found.text


def test_before_anything_is_published_that_is_said(app: Flask) -> None:
    with app.app_context():
        config = app.extensions["pakta"].config
        found = service.report(db.session(), now=clock.now(), config=config, words=WORDS, refusal=None)
    assert [each.state for each in found] == [State.ATTENTION] * 4 + [State.GOOD] * 2
    assert publishing.STATUS_TTL < publishing.STATUS_LIFE


def test_a_ledger_behind_its_copy_is_told(city: City, tmp_path: Path) -> None:
    path = tmp_path / "salinan.txt"
    with city.app.app_context():
        path.write_text("".join(f"{at} {'01' * 34}\n\n" for at in range(ledger.size(db.session()) + 3)))
        copy.keep(db.engine, path, pepper=city.wired.keyring.pepper)
    assert told(city) == (503, "berhenti", "LEDGER_BEHIND_COPY")
    assert "cadangan lama telah dipulihkan" in city.visitor().get("/kesehatan").text


def test_a_process_whose_issuer_key_was_replaced_is_told(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = city.wired.keyring
    other = ec.generate_private_key(ec.SECP256R1())
    present = replace(keyring.issuer, kid=b"another!", public_key=other.public_key())
    issuers = Issuers(present, History({**keyring.issuers.history.keys, present.kid: present.public_key}))
    assert told(city) == GOOD
    monkeypatch.setattr(keyring, "issuers", issuers)
    monkeypatch.setattr(keyring, "read_issuers", lambda: issuers)
    assert told(city) == (503, "berhenti", "ISSUER_REPLACED")


def test_a_full_disk_is_told_while_everything_can_be_read(city: City) -> None:
    with no_room(city.app, table="heartbeats"):
        assert told(city) == (503, "berhenti", "STORAGE_FULL")
        assert city.visitor().get("/log/checkpoint").status_code == 200
    assert told(city) == GOOD


def test_a_disk_of_the_copy_that_is_gone_is_told(city: City, tmp_path: Path) -> None:
    config = replace(city.wired.config, log_copy=tmp_path / "salinan" / "log.txt")
    with city.app.app_context():
        for made, expected in ((False, Reason.STORAGE_DOWN), (True, None)):
            if made:
                (tmp_path / "salinan").mkdir()
            city.app.extensions["pakta"] = replace(city.wired, config=config)
            assert told(city)[2] == (expected or "")
    assert list((tmp_path / "salinan").iterdir()) == []


def test_a_worker_that_is_dead_or_fails_is_told_though_nothing_waits_for_a_head(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = serving.Work(city.app)

    def worker(later: timedelta = timedelta(0)) -> tuple[State, str]:
        with city.app.app_context():
            now = clock.now() + later
            found = service.report(db.session(), now=now, config=city.wired.config, words=WORDS, refusal=None)
            db.session.remove()
        return next((each.state, each.reason) for each in found if each.name == "pekerja")

    def fail(_app: Flask) -> None:
        raise Refusal(Reason.LEDGER_CHANGED, "300")

    with city.app.app_context():
        work.tick()
    assert worker() == (State.GOOD, "")
    assert worker(timedelta(minutes=1, seconds=55)) == (State.GOOD, "")
    assert worker(timedelta(minutes=2, seconds=5)) == (State.STOPPED, "")
    with monkeypatch.context() as planted, city.app.app_context():
        planted.setattr(startup, "sequence", fail)
        with pytest.raises(Refusal):
            work.tick()
    assert worker() == (State.STOPPED, "LEDGER_CHANGED")
    with city.app.app_context():
        work.tick()
    assert worker() == (State.GOOD, "")


def test_a_ledger_key_alone_that_does_not_answer_is_told(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_message: bytes) -> bytes:
        raise Refusal(Reason.KEY_UNREACHABLE)

    keyring = city.wired.keyring
    assert told(city) == GOOD
    monkeypatch.setattr(keyring, "ledger", replace(keyring.ledger, sign=fail))
    assert told(city) == (503, "berhenti", "KEY_UNREACHABLE")


def test_whoever_asks_again_within_two_seconds_is_told_the_same(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the limit as it is
    times = [1000.0]
    monkeypatch.setattr(views, "time", SimpleNamespace(monotonic=lambda: times[0]))
    tried: list[float] = []
    rehearse = service.rehearse

    def count(session: Session, **words: Any) -> None:
        tried.append(times[0])
        rehearse(session, **words)

    monkeypatch.setattr(service, "rehearse", count)
    for at in (1000.0, 1001.9, 1002.1, 1004.0, 1004.2):
        times[0] = at
        assert told(city) == GOOD
    assert tried == [1000.0, 1002.1, 1004.2]


def test_what_a_refused_start_did_not_publish_the_worker_publishes(app: Flask) -> None:
    work, config = serving.Work(app), app.extensions["pakta"].config
    with app.app_context():
        work.tick()
        work.tick()
        released = [each.kind for each in ledger.newest_public(db.session())]
        with transaction() as session:
            assert release.publish(session, config=config, now=clock.now()) is None
    assert released.count(EntryKind.SCRIPTS_RELEASED) == 1
