"""An objection is a recorded state: said and taken back by the person, seen by heads, read by administrators only."""

from __future__ import annotations

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from pakta.accounts.models import AccessLog
from pakta.database import db, transaction
from pakta.objections import rules, service
from pakta.objections.models import Objection
from pakta.roster import service as roster
from pakta.roster import units
from pakta.roster.models import Person
from pakta.web import clock
from tests.people import KNOWN, City

WORDS = "Butir tiga melampaui undang-undang."
SAID = {"jenis": "hukum", "uraian": WORDS}


WHOLE_ON_POSTGRESQL = True


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city with signers, a head, an administrator and the supervisor."""
    app.config["WTF_CSRF_ENABLED"] = False
    return City(app).build("siti", "joko", "budi", "ani", "wati")


def text(client: FlaskClient, address: str) -> str:
    reply = client.get(address)
    assert reply.status_code == 200, address
    return " ".join(re.sub(r"<[^>]+>", " ", reply.text).split())


def move(city: City, who: str, code: str) -> None:
    with city.app.app_context(), transaction() as session:
        unit = units.by_code(session, code=code)
        assert unit is not None
        roster.set_place(session, person=city.person(who), unit=unit, now=clock.now())


def test_an_objection_is_seen_by_the_head_and_read_by_the_administrator_alone(city: City) -> None:
    siti, budi, ani, wati = (city.visitor(who) for who in ("siti", "budi", "ani", "wati"))
    assert "ada keberatan" not in text(budi, "/cakupan/dikbud")
    assert siti.post("/keberatan-pakta", data=SAID).status_code == 302
    assert WORDS in text(siti, "/keberatan-pakta")
    head, paper = text(budi, "/cakupan/dikbud"), text(budi, "/cakupan/dikbud/daftar")
    assert "ada keberatan" in head and "1 orang menyatakan keberatan" in head and "ada keberatan" in paper
    assert "0 dari 4 pegawai" in head  # they stay in the sums
    rows = csv.DictReader(io.StringIO(budi.get("/cakupan/dikbud.csv").data.decode("utf-8-sig")), delimiter=";")
    assert {row["nama"]: row["pakta"] for row in rows}[KNOWN["siti"].name] == "ada keberatan"
    for page in (head, paper, text(wati, "/pengawas")):
        assert WORDS not in page and "dasar hukum" not in page
    assert "1 orang menyatakan keberatan" in text(wati, "/pengawas")
    assert WORDS in text(ani, "/keberatan-pakta/masuk") and "dasar hukum" in text(ani, "/keberatan-pakta/masuk")
    assert budi.get("/keberatan-pakta/masuk").status_code == 403
    assert WORDS not in text(city.visitor("joko"), "/keberatan-pakta")
    with city.app.app_context():
        assert "keberatan-pakta-lihat" in db.session().scalars(select(AccessLog.action)).all()


def test_an_objection_is_taken_back_or_ended_by_signing(city: City) -> None:
    siti, budi = city.visitor("siti"), city.visitor("budi")
    siti.post("/keberatan-pakta", data=SAID)
    assert siti.post("/keberatan-pakta/tarik").status_code == 302
    assert "keberatan" not in text(budi, "/cakupan/dikbud").split("Belum menandatangani")[1]
    assert "Ditarik" in text(siti, "/keberatan-pakta")
    siti.post("/keberatan-pakta", data=SAID)
    assert "1 orang menyatakan keberatan" in text(budi, "/cakupan/dikbud")
    city.sign("siti")
    assert "menyatakan keberatan" not in text(budi, "/cakupan/dikbud")
    assert "Belum ada yang menyatakan keberatan" in text(city.visitor("ani"), "/keberatan-pakta/masuk")
    refused = siti.post("/keberatan-pakta", data=SAID)
    assert refused.status_code == 422 and "OBJECTION_SIGNED" in refused.text


def test_an_objection_is_answered_and_its_writer_is_told(city: City) -> None:
    siti, ani = city.visitor("siti"), city.visitor("ani")
    siti.post("/keberatan-pakta", data=SAID)
    assert "Belum dijawab" in text(siti, "/keberatan-pakta")
    said = f"Butir tiga mengulang UU 20/2023; tanyakan kepada bagian hukum. {KNOWN['siti'].number}"
    assert ani.post("/keberatan-pakta/masuk/1", data={"jawaban": said}).status_code == 302
    assert ani.post("/keberatan-pakta/masuk/1", data={"jawaban": said}).status_code == 302  # the same tap twice
    page = text(siti, "/keberatan-pakta")
    assert "tanyakan kepada bagian hukum. •••901" in page and "Tarik keberatan" in page
    assert text(siti, "/pemberitahuan").count("Keberatan Anda dijawab") == 1
    assert "tanyakan kepada bagian hukum" in text(ani, "/keberatan-pakta/masuk")
    siti.post("/keberatan-pakta/tarik")
    assert "tanyakan kepada bagian hukum" in text(siti, "/keberatan-pakta")
    assert ani.post("/keberatan-pakta/masuk/1", data={"jawaban": "Terlambat."}).status_code == 422
    with city.app.app_context():
        assert "keberatan-pakta-jawab" in db.session().scalars(select(AccessLog.action)).all()


def test_an_answer_is_words_and_by_another_administrator_of_the_institution(city: City) -> None:
    city.visitor("siti").post("/keberatan-pakta", data=SAID)
    empty = city.visitor("ani").post("/keberatan-pakta/masuk/1", data={"jawaban": " "})
    assert empty.status_code == 422 and "ANSWER_INCOMPLETE" in empty.text and 'href="#jawaban-1"' in empty.text
    assert city.visitor("budi").post("/keberatan-pakta/masuk/1", data={"jawaban": "Baik."}).status_code == 403
    city.visitor("ani").post("/keberatan-pakta", data=SAID)
    assert city.visitor("ani").post("/keberatan-pakta/masuk/2", data={"jawaban": "Baik."}).status_code == 403
    city.activate("agus")  # of the police: another institution
    city.visitor("agus").post("/keberatan-pakta", data=SAID)
    assert city.visitor("ani").post("/keberatan-pakta/masuk/3", data={"jawaban": "Baik."}).status_code == 422


def test_an_objection_that_counts_no_more_is_not_answered(city: City) -> None:
    for who in ("siti", "joko"):
        city.visitor(who).post("/keberatan-pakta", data=SAID)
    city.sign("siti")
    with city.app.app_context(), transaction() as session:
        roster.set_place(session, person=city.person("joko"), status="pensiun", now=clock.now())
    for number in (1, 2):
        late = city.visitor("ani").post(f"/keberatan-pakta/masuk/{number}", data={"jawaban": "Baik, dibahas."})
        assert late.status_code == 422 and "REQUEST_UNKNOWN" in late.text
    assert "dijawab" not in text(city.visitor("siti"), "/pemberitahuan")


def test_a_refused_answer_points_to_its_field_only_where_the_page_has_it(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST", 1)
    for who in ("siti", "joko"):
        city.visitor(who).post("/keberatan-pakta", data=SAID)
    empty = city.visitor("ani").post("/keberatan-pakta/masuk/2", data={"jawaban": " "})
    assert "ANSWER_INCOMPLETE" in empty.text and "#jawaban-2" not in empty.text


def test_who_signed_after_objecting_does_not_object_any_more_when_asked_again(city: City) -> None:
    siti, budi = city.visitor("siti"), city.visitor("budi")
    siti.post("/keberatan-pakta", data=SAID)
    city.sign("siti")
    move(city, "siti", "smpn-1")
    assert "menyatakan keberatan" not in text(budi, "/cakupan/dikbud")
    assert siti.post("/keberatan-pakta", data=SAID).status_code == 302  # what is asked anew can be objected to anew
    assert "1 orang menyatakan keberatan" in text(budi, "/cakupan/dikbud")


def test_of_two_objections_at_once_the_second_takes_the_place_of_the_first(city: City) -> None:
    visitors = [city.visitor("siti") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda each: each.post("/keberatan-pakta", data=SAID).status_code, visitors))
    assert replies == [302] * 4
    with city.app.app_context():
        rows = db.session().scalars(select(Objection)).all()
        assert len(rows) == 4 and [row.withdrawn_at for row in rows].count(None) == 1


def test_who_feels_forced_is_told_where_to_turn_and_the_menu_counts(city: City) -> None:
    siti = city.visitor("siti")
    siti.post("/keberatan-pakta", data={"jenis": "paksaan", "uraian": ""})
    page = siti.get("/keberatan-pakta").text
    assert "Anda merasa dipaksa?" in page and 'href="/lapor"' in page
    menu = text(city.visitor("ani"), "/akun")
    assert "Keberatan menandatangani (1 tercatat ) Keberatan “Bukan saya”" in menu
    assert "Keberatan menandatangani" not in text(city.visitor("wati"), "/akun")


def test_the_supervisor_sees_classes_only_where_ten_of_an_institution_object(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who, said in (("siti", "paksaan"), ("joko", "hukum")):
        city.visitor(who).post("/keberatan-pakta", data={"jenis": said, "uraian": ""})
    page = text(city.visitor("wati"), "/pengawas")
    assert "2 orang menyatakan keberatan" in page and "merasa dipaksa" not in page
    monkeypatch.setattr(rules, "FEWEST", 2)
    assert "Sebabnya: dasar hukum 1, merasa dipaksa 1." in text(city.visitor("wati"), "/pengawas")


def test_who_is_asked_again_is_not_led_to_an_objection_that_cannot_be_made(city: City) -> None:
    assert "Saya keberatan menandatangani" in text(city.visitor("siti"), "/pakta")
    city.sign("siti")
    with city.app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == city.person("siti").id).values(name="Siti Lestari, S.Pd."))
    page = text(city.visitor("siti"), "/pakta")
    assert "Data Anda berubah" in page and "Saya keberatan" not in page
    assert "/data-salah" in city.visitor("siti").get("/keberatan-pakta").text


def test_a_new_objection_takes_the_place_of_the_old_one(city: City) -> None:
    siti = city.visitor("siti")
    siti.post("/keberatan-pakta", data=SAID)
    siti.post("/keberatan-pakta", data={"jenis": "paksaan", "uraian": ""})
    with city.app.app_context():
        rows = db.session().scalars(select(Objection).order_by(Objection.id)).all()
        assert [(row.reason_class, row.withdrawn_at is None) for row in rows] == [("hukum", False), ("paksaan", True)]


@pytest.mark.parametrize("said", [{}, {"jenis": "lain"}, {"jenis": "entah", "uraian": "kata"},
                                  {"jenis": "isi", "uraian": "a" * 601}])  # fmt: skip
def test_an_objection_without_a_class_or_too_long_is_not_recorded(city: City, said: dict[str, str]) -> None:
    refused = city.visitor("siti").post("/keberatan-pakta", data=said)
    assert refused.status_code == 422 and "OBJECTION_INCOMPLETE" in refused.text
    with city.app.app_context():
        assert db.session().scalars(select(Objection)).all() == []
    assert city.visitor("siti").post("/keberatan-pakta", data={"jenis": "lain", "uraian": "iman"}).status_code == 302


def test_an_identity_number_is_hidden_in_the_words(city: City) -> None:
    siti = city.visitor("siti")
    siti.post("/keberatan-pakta", data={"jenis": "lain", "uraian": f"Nomor saya {KNOWN['siti'].number} keliru"})
    assert KNOWN["siti"].number not in text(siti, "/keberatan-pakta")
    assert "Nomor saya •••901 keliru" in text(siti, "/keberatan-pakta")
