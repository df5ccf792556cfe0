"""What a file of people wants two administrators for, a report of wrong data does not give to one."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from pakta.accounts import grants
from pakta.certificates import service as certificates
from pakta.certificates.rules import Status
from pakta.database import db, transaction
from pakta.notices.models import Notice
from pakta.roster.models import Correction
from pakta.web import clock
from tests.people import City
from tests.signing.test_correcting import NOW, person, report, report_id, send, stamp


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city, in which siti and budi, who leads an office, have reported something wrong."""
    app.config["WTF_CSRF_ENABLED"] = False
    made = City(app).build("siti", "budi", "ani", signed=["siti"])
    for who in ("siti", "budi"):
        report(made, who)
    return made


def untouched(city: City) -> bool:
    """Say whether nothing was corrected and nobody told."""
    with city.app.app_context():
        return not any(db.session().scalars(select(each.id)).first() for each in (Correction, Notice))


@pytest.mark.parametrize("save", [False, True])
@pytest.mark.parametrize("name", ["Ika Puspitasari", "Siti Aminah", "S. L. Halim"])
def test_another_persons_name_takes_an_import(city: City, save: bool, name: str) -> None:
    refused = send(city, save=save, nama=name, jabatan="Wali Kota", unit="setda")
    assert refused.status_code == 422 and "administrator kedua ikut menyetujui" in refused.text
    assert '<a href="/impor">' in refused.text and name in refused.text
    assert (person(city).name, person(city).position, untouched(city)) == (NOW["nama"], NOW["jabatan"], True)


def test_a_degree_or_a_spelling_is_corrected_by_one(city: City) -> None:
    assert send(city, nama="Hj. Sitti Lestari, S.Pd.", unit="smpn-1").status_code == 302
    assert person(city).name == "Hj. Sitti Lestari, S.Pd."


def test_small_corrections_come_to_no_other_name_although_each_is_signed(city: City) -> None:
    assert send(city, nama="Siti Lestari Aminah").status_code == 302
    city.sign("siti")
    with city.app.app_context():
        assert [row.status for row in certificates.of_person(db.session(), person_id=city.person("siti").id)] == [
            Status.VALID, Status.REVOKED,
        ]  # fmt: skip
    assert send(city, nama="Lestari Aminah").status_code == 422  # all of it stands in the newest, not in the first
    assert send(city, nama="Siti Lestari").status_code == 302


def test_who_holds_a_role_is_moved_by_an_import_alone(city: City) -> None:
    ani, number = city.visitor("ani"), report_id(city, "budi")

    def move(**more: str) -> TestResponse:
        found = person(city, "budi")
        sent = {"nama": found.name, "pangkat": found.rank, "jabatan": found.position, "unit": "dinkes"}
        return ani.post(f"/laporan-data/{number}/perbaikan", data=sent | {"dilihat": stamp(ani, number)} | more)

    for refused in (move(), move(simpan="1")):
        assert refused.status_code == 422 and "Orang ini memegang peran" in refused.text
    assert (person(city, "budi").unit.code, untouched(city)) == ("dikbud", True)
    with city.app.app_context(), transaction() as session:
        for grant in grants.of_people(session, people=[city.person("budi").id], now=clock.now()):
            grants.end_role(session, grant=grant, now=clock.now())
    assert move(simpan="1").status_code == 302
    assert person(city, "budi").unit.code == "dinkes"
