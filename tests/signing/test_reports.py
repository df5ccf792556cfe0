""" "Laporkan data salah": what a person reports reaches the administrator, whose answer reaches the person."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from pakta.accounts.models import AccessLog
from pakta.database import db, transaction
from pakta.signing import reports, rules
from pakta.signing.models import DataReport
from tests.people import KNOWN, City

WRONG = {"bagian": "jabatan", "pesan": "Saya guru kelas, bukan analis."}
ANSWER = "Jabatan sudah diperbaiki."


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city with a signer, a head and an administrator."""
    app.config["WTF_CSRF_ENABLED"] = False
    return City(app).build("siti", "joko", "budi", "ani")


def send(client: FlaskClient, **changed: str) -> int:
    """Report that the position is wrong, or something else; return the status."""
    return client.post("/data-salah", data={**WRONG, **changed}).status_code


def waiting(city: City) -> list[int]:
    """Return the ids of reports without an answer."""
    with city.app.app_context():
        rows = select(DataReport.id).where(DataReport.answered_at.is_(None)).order_by(DataReport.id)
        return list(db.session().execute(rows).scalars())


def test_a_report_reaches_the_administrator_and_the_answer_comes_back(city: City) -> None:
    siti, ani = city.visitor("siti"), city.visitor("ani")
    assert "belum pernah melaporkan" in siti.get("/data-salah").text
    assert send(siti) == 302
    assert "Menunggu jawaban BKPSDM" in siti.get("/data-salah").text
    queue = ani.get("/laporan-data").text
    assert "1 laporan menunggu jawaban" in queue
    assert all(text in queue for text in ("Siti Lestari", WRONG["pesan"], "Kranggan 1"))
    assert ani.post(f"/laporan-data/{waiting(city)[0]}", data={"jawaban": ANSWER}).status_code == 302
    assert waiting(city) == []
    assert ANSWER in siti.get("/data-salah").text
    assert "0 laporan menunggu jawaban" in ani.get("/laporan-data").text


def test_ones_own_report_does_not_wait_for_oneself_in_the_menu(city: City) -> None:
    ani = city.visitor("ani")
    send(ani)
    assert "Laporan data (" not in re.sub("<[^>]+>", "", ani.get("/akun").text)
    send(city.visitor("siti"))
    assert "Laporan data (1" in re.sub("<[^>]+>", "", ani.get("/akun").text)


def test_a_number_that_somebody_writes_all_the_same_is_hidden(city: City) -> None:
    number = KNOWN["siti"].number
    send(city.visitor("siti"), pesan=f"Nomor saya {number[:8]} {number[8:14]} {number[14]} {number[15:]}")
    (report,) = waiting(city)
    city.visitor("ani").post(f"/laporan-data/{report}", data={"jawaban": f"Nomor {number} sudah benar."})
    with city.app.app_context():
        row = db.session().get_one(DataReport, report)
        assert (row.message, row.answer) == ("Nomor saya •••901", "Nomor •••901 sudah benar.")


def test_the_answer_is_logged_and_a_second_one_does_not_replace_it(city: City) -> None:
    send(city.visitor("siti"))
    (report,) = waiting(city)
    for text in (ANSWER, "Lain lagi."):
        city.visitor("ani").post(f"/laporan-data/{report}", data={"jawaban": text})
    assert ANSWER in city.visitor("siti").get("/data-salah").text
    with city.app.app_context():
        row = db.session().get_one(DataReport, report)
        logged = select(func.count()).select_from(AccessLog).where(AccessLog.action == "laporan-data-jawab")
        assert row.answer == ANSWER
        assert db.session().execute(logged).scalar_one() == 2


@pytest.mark.parametrize("changed", [{"bagian": "gaji"}, {"bagian": ""}, {"pesan": " x "}, {"pesan": "a" * 601}])
def test_a_report_that_says_too_little_or_too_much_is_refused_and_kept_in_the_form(
    city: City, changed: dict[str, str]
) -> None:
    client = city.visitor("siti")
    answer = client.post("/data-salah", data={**WRONG, **changed})
    assert answer.status_code == 422
    assert "REPORT_INCOMPLETE" in answer.text and "Laporan belum terkirim" in answer.text
    if "bagian" in changed:
        assert WRONG["pesan"] in answer.text
    assert waiting(city) == []
    assert send(client) == 302


@pytest.mark.parametrize(
    ("changed", "faults"),
    [({"bagian": "", "pesan": ""}, ["bagian", "pesan"]), ({"bagian": ""}, ["bagian"]), ({"pesan": ""}, ["pesan"])],
)
def test_the_field_at_fault_is_marked(city: City, changed: dict[str, str], faults: list[str]) -> None:
    text = city.visitor("siti").post("/data-salah", data={**WRONG, **changed}).text
    assert re.findall(r'id="(\w+)-error"', text) == faults
    assert re.findall(r'<li><a href="#(\w+)"', text) == faults


def test_the_menu_counts_the_reports_that_wait(city: City) -> None:
    ani = city.visitor("ani")
    assert re.search(r">Laporan data</a>", ani.get("/akun").text)
    send(city.visitor("siti"))
    assert re.search(r">Laporan data \(1<", ani.get("/akun").text)


def test_a_long_menu_folds_and_a_short_one_does_not(city: City) -> None:
    long, short = (city.visitor(who).get("/akun").text for who in ("ani", "siti"))
    assert '<details class="fold"><summary>Menu' in long and "fold" not in short
    assert all(page.count('<ul class="menu">') == 1 for page in (long, short))


def test_the_same_report_twice_is_one_and_the_sixth_waits(city: City) -> None:
    client = city.visitor("siti")
    assert [send(client), send(client)] == [302, 302]
    assert len(waiting(city)) == 1
    for number in range(2, reports.OPEN_LIMIT + 1):
        assert send(client, pesan=f"Laporan ke-{number}.") == 302
    assert send(client, pesan="Satu lagi.") == 429
    assert len(waiting(city)) == reports.OPEN_LIMIT
    assert send(city.visitor("joko")) == 302


@pytest.mark.parametrize("who", ["siti", "budi", None])
def test_only_an_administrator_sees_and_answers(city: City, who: str | None) -> None:
    send(city.visitor("siti"))
    client = city.visitor(who)
    read = client.get("/laporan-data").status_code
    answered = client.post(f"/laporan-data/{waiting(city)[0]}", data={"jawaban": ANSWER}).status_code
    assert (read, answered) == ((403, 403) if who else (302, 401))
    assert len(waiting(city)) == 1


def test_an_administrator_answers_inside_their_institution_only(city: City) -> None:
    city.activate("agus")
    send(city.visitor("agus"))
    ani = city.visitor("ani")
    assert "Agus Santoso" not in ani.get("/laporan-data").text
    refused = ani.post(f"/laporan-data/{waiting(city)[0]}", data={"jawaban": ANSWER})
    unknown = ani.post("/laporan-data/999999", data={"jawaban": ANSWER})
    assert (refused.status_code, unknown.status_code) == (422, 422)
    assert "NOT_ALLOWED" in refused.text and "NOT_ALLOWED" in unknown.text
    assert len(waiting(city)) == 1


def test_an_empty_answer_is_refused_and_the_report_stays(city: City) -> None:
    send(city.visitor("siti"))
    (report,) = waiting(city)
    refused = city.visitor("ani").post(f"/laporan-data/{report}", data={"jawaban": "  "})
    assert refused.status_code == 422
    assert "Jawaban belum tersimpan" in refused.text
    assert waiting(city) == [report]


def test_every_part_that_can_be_wrong_can_be_reported(city: City) -> None:
    client = city.visitor("siti")
    page = client.get("/data-salah").text
    assert all(f'value="{field}"' in page for field in rules.FIELDS)
    assert [send(client, bagian=field) for field in rules.FIELDS] == [302] * len(rules.FIELDS)


def test_a_text_that_grows_beyond_its_limit_by_hiding_is_refused(city: City) -> None:
    """A short number is hidden behind more signs than it has."""
    with city.app.app_context(), transaction() as session:
        city.person("siti").number = "A123"
        session.flush()
    assert send(city.visitor("siti"), pesan="A123 " * 119) == 422
    assert waiting(city) == []


def test_who_looks_at_reports_is_noted(city: City) -> None:
    city.visitor("ani").get("/laporan-data")
    with city.app.app_context():
        assert db.session().execute(select(AccessLog.action)).scalars().all()[-1] == "laporan-data-lihat"
