"""The demonstration city: invented, marked, signed for real, and never among real people."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.config import Config
from pakta.core import evidence
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.demonstration import city, wrongdata
from pakta.demonstration import people as invented
from pakta.reminders import rules as reminders
from pakta.roster import rules
from pakta.roster.models import Person, Unit
from pakta.selfcheck import service as selfcheck
from pakta.signing import service as signing
from pakta.signing.models import DataReport
from pakta.web import Wired, clock
from tests.people import City

PEOPLE, SIGNED = 260, 70


def fill(app: Flask, *, people: int = PEOPLE, signed: int = SIGNED) -> str:
    """Fill the app's database; return the summary. Inside the app's context."""
    wired: Wired = app.extensions["pakta"]
    return city.fill(
        people=people, signed=signed, seed=1, keyring=wired.keyring, config=wired.config, say=lambda _line: None
    )


def count(table: type[Person] | type[IssuedCredential]) -> int:
    """Return how many rows a table has."""
    return db.session().execute(select(func.count()).select_from(table)).scalar_one()


def test_the_asked_numbers_of_people_stand_and_have_signed_and_it_is_filled_once(app: Flask) -> None:
    with app.app_context():
        summary = fill(app)
        assert (count(Person), count(IssuedCredential)) == (PEOPLE, SIGNED)
        for words in ("administrator BKPSDM 1", "administrator BKPSDM 2", "kepala OPD", "pengawas", "pegawai"):
            assert words in summary
        assert summary.count("/aktivasi#") == 3
        assert summary.count("/sertifikat/") == summary.count("/v#") == city.EXAMPLES
        with pytest.raises(Refusal) as refused:
            fill(app)
        assert (refused.value.reason, count(Person)) == (Reason.DEMO_NOT_EMPTY, PEOPLE)


def test_one_report_waits_one_is_answered_and_one_person_is_asked_to_sign_again(app: Flask) -> None:
    with app.app_context():
        summary = fill(app)
        assert all(line in summary for line in wrongdata.TOLD)
        session = db.session()
        answered = session.execute(select(DataReport.answered_at)).scalars().all()
        assert sorted(each is not None for each in answered) == [False, True]
        people = session.execute(select(Person)).unique().scalars().all()
        asked = [signing.asked_again(session, person=person, now=clock.now()) for person in people]
        assert [[each.field for each in found.differences] for found in asked if found] == [["name"]]


def test_everybody_is_marked_and_has_a_valid_number_with_a_serial_that_nobody_real_has(app: Flask) -> None:
    with app.app_context():
        fill(app, people=130, signed=0)
        people = db.session().execute(select(Person)).unique().scalars().all()
        assert all(person.demo for person in people)
        assert all(int(person.number[-3:]) >= 900 for person in people if person.kind == "pns")
        assert {person.kind for person in people} >= {"pns", "pppk", "polri", "tni"}
        for person in people:
            assert rules.parse_number(person.number, kind=person.kind, on=clock.today()) == person.number


def test_many_can_be_reminded_and_no_address_or_number_can_be_anybodys(app: Flask) -> None:
    with app.app_context():
        fill(app, people=130, signed=0)
        people = db.session().execute(select(Person)).unique().scalars().all()
    mailed = [each.email for each in people if reminders.is_usable(each.email)]
    called = [each.phone for each in people if reminders.whatsapp_number(each.phone)]
    assert 60 < len(mailed) == len({*mailed}) < 100
    assert 60 < len(called) < 100
    assert {each.rpartition(".")[2] for each in mailed} == {"example"}
    assert all(re.fullmatch(r"\+44 7700 900\d{3}", each) for each in called)
    assert {(bool(each.email), bool(each.phone)) for each in people} == {(a, b) for a in (0, 1) for b in (0, 1)}


def test_the_demonstration_says_why_nobody_is_reached_and_why_its_past_is_one_day(app: Flask) -> None:
    city = City(app).build("budi", signed=["lina"])
    visitor, reached, past = city.visitor("budi"), "tidak dimiliki siapa pun", "pada hari peragaan dibuat"
    assert reached in visitor.get("/cakupan/dikbud/ingatkan").text
    for address in ("/cakupan/dikbud", "/cakupan/dikbud?hari=2026-01-01", "/cakupan-umum/pemkot"):
        assert past in visitor.get(address).text
    with app.app_context(), transaction() as session:
        session.execute(update(Person).values(demo=False))
    for address in ("/cakupan/dikbud/ingatkan", "/cakupan/dikbud", "/cakupan-umum/pemkot"):
        page = visitor.get(address).text
        assert reached not in page
        assert past not in page


@pytest.mark.parametrize("address", ["/", "/periksa", "/cakupan-umum", "/v", "/tidak-ada"])
def test_every_page_says_that_the_people_are_invented_whatever_the_environment_says(app: Flask, address: str) -> None:
    wired: Wired = app.extensions["pakta"]
    assert not wired.config.demo
    City(app).build()
    assert "data rekaan" in app.test_client().get(address).text


@pytest.mark.parametrize("address", ["/", "/periksa", "/cakupan-umum", "/v", "/tidak-ada"])
def test_no_page_of_real_people_says_so(app: Flask, address: str) -> None:
    City(app).build()
    with app.app_context(), transaction() as session:
        session.execute(update(Person).values(demo=False))
    assert "data rekaan" not in app.test_client().get(address).text


def test_every_signature_holds_under_a_key_of_its_own(app: Flask) -> None:
    wired: Wired = app.extensions["pakta"]
    with app.app_context():
        fill(app)
        rows = db.session().execute(select(StoredEvidence.evidence)).scalars().all()
        for row in rows:
            evidence.verify(row, relying_party=wired.config.relying_party, origins=(wired.config.origin,))
        assert db.session().execute(select(func.count(IssuedCredential.key_id.distinct()))).scalar_one() == SIGNED
        City(app).settle()
        assert selfcheck.check(db.session(), keyring=wired.keyring, config=wired.config) == []


def test_the_same_seed_gives_the_same_people_and_another_seed_others(app: Flask) -> None:
    with app.app_context():
        fill(app, people=130, signed=0)
        units = db.session().execute(select(Unit).order_by(Unit.id)).scalars().all()
        rows = [invented.invent(units, people=PEOPLE, seed=seed) for seed in (1, 1, 2)]
    assert rows[0] == rows[1] != rows[2]
    assert len({row.number for row in rows[0]}) == PEOPLE


def test_a_city_with_one_real_person_is_left_alone(app: Flask) -> None:
    City(app).build()
    with app.app_context():
        with transaction() as session:
            real = session.execute(select(func.min(Person.id))).scalar_one()
            session.execute(update(Person).where(Person.id == real).values(demo=False))
        before = count(Person)
        with pytest.raises(Refusal) as refused:
            fill(app)
        assert (refused.value.reason, count(Person)) == (Reason.DEMO_REAL_PEOPLE, before)


@pytest.mark.parametrize("signed", [-1, PEOPLE + 1])
def test_no_more_can_have_signed_than_there_are(app: Flask, signed: int) -> None:
    with app.app_context():
        with pytest.raises(Refusal) as refused:
            fill(app, signed=signed)
        assert (refused.value.reason, count(Person)) == (Reason.DEMO_COUNTS, 0)


def test_a_filling_that_is_broken_off_says_so_at_the_next_start(
    app: Flask, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(config, instance=tmp_path / "instance")
    app.extensions["pakta"] = replace(app.extensions["pakta"], config=own)

    def broken_off(*_words: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(city, "_sign_many", broken_off)
    with app.app_context():
        with pytest.raises(KeyboardInterrupt):
            fill(app)
        assert city.kept_summary(db.session(), wired=app.extensions["pakta"]).startswith(city.UNFINISHED)


def test_the_summary_is_kept_for_the_next_start(app: Flask, config: Config, tmp_path: Path) -> None:
    wired: Wired = app.extensions["pakta"]
    own = replace(config, instance=tmp_path / "instance")
    here = replace(wired, config=own)
    small = City(app).build()
    unused = small.slip("siti")
    with app.app_context():
        assert city.kept_summary(db.session(), wired=here).startswith(city.LOST)
        city.keep_summary(f"akun contoh\n/aktivasi#{unused} Siti\n/aktivasi#{'0' * 12} Lain\n", config=own)
        lines = city.kept_summary(db.session(), wired=here).splitlines()
    assert lines == [
        "akun contoh",
        f"/aktivasi#{unused} Siti",
        f"/aktivasi#{'0' * 12} Lain   (tidak berlaku lagi)",
    ]
    assert (own.instance / city.SUMMARY).stat().st_mode & 0o777 == 0o600
    city.keep_summary(f"akun contoh\n  {'0' * 12}\n/aktivasi#{'0' * 12} Lain\nakhir\n", config=own)
    with app.app_context():
        lines = city.kept_summary(db.session(), wired=here).splitlines()
        assert [line.strip() for line in lines[:2] + lines[-1:]] == ["akun contoh", "0" * 12, "akhir"]
        fresh = [line for line in lines if city.SLIP in line]
        assert len(fresh) == city.SLIPS and not any(line.endswith(city.USED) for line in fresh)
        assert city.kept_summary(db.session(), wired=here).splitlines() == lines
