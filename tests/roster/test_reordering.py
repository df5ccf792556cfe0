"""Units that are merged and split: people move with a history, nobody stays behind, counters equal a recount."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pakta.certificates import service as certificates
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roster import counters, reordering, units
from pakta.roster.importing import Report
from pakta.roster.models import Person, PersonMove, Unit
from pakta.roster.reordering import Reordered
from pakta.web import clock
from tests.people import City
from tests.roster.conftest import ANI, BUDI, ENI, NOW, file_of
from tests.roster.test_command import run

WHOLE_ON_POSTGRESQL = True

Take = Callable[..., Report]
TODAY = date(2026, 11, 23)


@pytest.fixture
def city(session: Session, take: Take) -> Session:
    """Give a city whose units are a year old, with Ani (setda-hukum), Budi (smpn-1) and Eni (kel-blooto)."""
    take(file_of(ANI, BUDI, ENI))
    with transaction() as writing:
        writing.execute(update(Unit).values(valid_from=TODAY - timedelta(days=365)))
        ani = writing.scalars(select(Person).where(Person.name == "Ani Lestari")).one()
        counters.mark_signed(writing, person=ani, edition_code="ASN-1", now=NOW)
    return session


def unit(code: str) -> Unit:
    found = units.by_code(db.session(), code=code)
    assert found is not None
    return found


def merge(*codes: str, into: str) -> Reordered:
    with transaction() as session:
        return reordering.merge(session, old=[unit(code) for code in codes], into=unit(into), now=NOW)


def where(session: Session) -> dict[str, str]:
    session.expire_all()
    return {person.name: person.unit.code for person in session.scalars(select(Person))}


def test_merged_units_leave_nobody_behind_and_end_the_day_before(city: Session) -> None:
    assert merge("setda-hukum", "kel-blooto", into="dinkes") == Reordered(people=2, signed=1)
    assert where(city) == {"Ani Lestari": "dinkes", "Budi": "smpn-1", "Eni": "dinkes"}
    assert unit("setda-hukum").valid_until == TODAY - timedelta(days=1)
    assert counters.check(city) == []
    moves = city.scalars(select(PersonMove).order_by(PersonMove.id)).all()
    assert [(move.person.name, move.old_unit.code, move.new_unit.code, move.how) for move in moves] == [
        ("Ani Lestari", "setda-hukum", "dinkes", "penataan"), ("Eni", "kel-blooto", "dinkes", "penataan"),
    ]  # fmt: skip
    assert units.left_behind(city, on=TODAY) == {}


def test_a_unit_that_began_today_is_merged_today_and_today_is_its_only_day(city: Session) -> None:
    with transaction() as writing:
        writing.execute(update(Unit).where(Unit.code == "setda-hukum").values(valid_from=TODAY))
    assert merge("setda-hukum", into="dinkes").people == 1
    ended = unit("setda-hukum")
    assert (ended.valid_from, ended.valid_until) == (TODAY, TODAY)
    assert units.left_behind(city, on=TODAY + timedelta(days=1)) == {} and counters.check(city) == []


def test_what_stands_below_a_merged_unit_comes_under_the_other(city: Session) -> None:
    merge("dikbud", into="dinkes")
    assert unit("smpn-1").path.startswith(unit("dinkes").path)
    assert where(city)["Budi"] == "smpn-1"
    assert counters.check(city) == []


@pytest.mark.parametrize(
    ("codes", "into"),
    [(["setda"], "setda-hukum"), (["pemkot"], "dinkes"), (["setda-hukum"], "polres"), (["smpn-1"], "dlh")],
)
def test_a_merger_that_cannot_be_is_refused_and_nothing_moves(city: Session, codes: list[str], into: str) -> None:
    with transaction() as writing:
        writing.execute(update(Unit).where(Unit.code == "dlh").values(valid_from=TODAY + timedelta(days=1)))
    before = where(city)
    with pytest.raises(Refusal) as refused:
        merge(*codes, into=into)
    assert refused.value.reason is Reason.UNITS_FILE
    assert where(city) == before


def test_a_split_unit_gives_each_person_a_place(city: Session) -> None:
    def split(places: dict[str, str]) -> Reordered:
        with transaction() as session:
            return reordering.split(session, old=unit("setda-hukum"), into=places, now=NOW)

    number = "198609262015052001"
    for wrong in ({}, {number: "setda-hukum"}, {number: "sihir"}, {number: "dinkes", "K-2024-017": "dinkes"}):
        with pytest.raises(Refusal):
            split(wrong)
    assert split({"19860926 201505 2 001": "dinkes"}) == Reordered(people=1, signed=1)
    assert where(city)["Ani Lestari"] == "dinkes"
    assert counters.check(city) == []


def test_a_certificate_keeps_the_words_that_were_signed(app: Flask) -> None:
    city = City(app).build(signed=["siti"])
    with app.app_context():
        row = certificates.of_person(db.session(), person_id=city.person("siti").id)[0]
        before = row.to_be_signed
        with transaction() as session:
            session.execute(update(Unit).values(valid_from=clock.today() - timedelta(days=9)))
            old, into = unit("sdn-kranggan-1"), unit("smpn-1")
            done = reordering.merge(session, old=[old], into=into, now=clock.now())
        row = certificates.of_person(db.session(), person_id=city.person("siti").id)[0]
        assert done == Reordered(people=1, signed=1)
        assert (row.to_be_signed, row.unit.code) == (before, "sdn-kranggan-1")
        assert counters.check(db.session()) == []


@pytest.mark.usefixtures("unbegun")  # the worker signs with keys that are shared
def test_the_commands_merge_and_split(tmp_path: Path, keys_dir: Path) -> None:
    own = tmp_path / "unit.csv"
    lines = ("code,name,short_name,kind,parent,institution,valid_from", "kota,Kota,Kota,institution,,,2020-01-01")
    offices = (f"{code},Dinas {code},Dinas {code},opd,kota,kota,2020-01-01" for code in "ab")
    own.write_text("\n".join((*lines, *offices, "")))
    people = tmp_path / "pegawai.csv"
    people.write_bytes(file_of(ANI.replace("setda-hukum", "a")))
    for words in (["units", str(own)], ["import", str(people)]):
        done = run(tmp_path, keys_dir, "roster", *words)
        assert done.exit_code == 0, done.output
    merged = run(tmp_path, keys_dir, "roster", "merge", "a", "--into", "b")
    assert merged.stdout.startswith("1 orang berpindah. 0 di antaranya"), merged.output
    assert run(tmp_path, keys_dir, "roster", "merge", "a", "--into", "b").exit_code == 1
    places = tmp_path / "pembagian.csv"
    places.write_text("number,unit_code\n198609262015052001,a\n")
    again = run(tmp_path, keys_dir, "roster", "split", "b", str(places))
    assert (again.exit_code, "Dinas a tidak berlaku" in again.output) == (1, True), again.output
