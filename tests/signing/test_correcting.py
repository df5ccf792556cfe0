"""From "Laporkan data salah" to the correction: preview, the rules of the import, history, and by when it is due."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from pakta.accounts.models import AccessLog
from pakta.database import db, transaction
from pakta.notices.models import Notice
from pakta.roster import counters
from pakta.roster.models import Correction, Person, Unit
from pakta.signing import rules
from pakta.signing.models import DataReport
from pakta.web import clock, display
from tests.people import KNOWN, City

NOW = {"nama": "Siti Lestari", "pangkat": "Penata, III/c", "jabatan": "Guru", "unit": "sdn-kranggan-1"}
LATE = timedelta(hours=72, seconds=1)


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city, in which siti has reported that her name is wrong; budi's pages are another's."""
    app.config["WTF_CSRF_ENABLED"] = False
    made = City(app).build("siti", "joko", "budi", "ani", "dewi", "wati")
    report(made, "siti")
    return made


def report(city: City, who: str) -> None:
    """Report a wrong name."""
    city.visitor(who).post("/data-salah", data={"bagian": "nama", "pesan": "Gelar saya S.Pd."})


def report_id(city: City, who: str = "siti") -> int:
    """Return the id of somebody's report."""
    with city.app.app_context():
        wanted = select(DataReport.id).where(DataReport.person_id == city.person(who).id)
        return db.session().execute(wanted).scalar_one()


def stamp(client: FlaskClient, number: int) -> str:
    """Return what the page says of when it was looked at."""
    found = re.search(r'name="dilihat" value="([^"]*)"', client.get(f"/laporan-data/{number}").text)
    return found.group(1) if found else ""


def send(city: City, *, who: str = "ani", save: bool = True, seen: str | None = None, **changed: str) -> TestResponse:
    """Post a correction as its form does: the preview, or what is saved."""
    client, number = city.visitor(who), report_id(city)
    sent = {**NOW, **changed, "dilihat": seen if seen is not None else stamp(client, number)}
    return client.post(f"/laporan-data/{number}/perbaikan", data=sent | ({"simpan": "1"} if save else {}))


def person(city: City, who: str = "siti") -> Person:
    """Return a person's row as it stands."""
    with city.app.app_context():
        return city.person(who)


def kept(city: City) -> list[tuple[str, str, str]]:
    """Return the history: field, old and new."""
    with city.app.app_context():
        rows = db.session().execute(select(Correction).order_by(Correction.id)).scalars()
        return [(row.field, row.old, row.new) for row in rows]


def test_the_preview_shows_old_and_new_and_writes_nothing(city: City) -> None:
    shown = send(city, save=False, nama="Siti  Lestari, S.Pd.", unit="smpn-1")
    assert shown.status_code == 200
    assert "Belum ada yang tersimpan" in shown.text
    assert all(
        words in shown.text for words in ("Siti Lestari", "Siti Lestari, S.Pd.", "(sdn-kranggan-1)", "(smpn-1)")
    )
    assert (person(city).name, kept(city)) == ("Siti Lestari", [])


def test_what_is_saved_is_corrected_kept_logged_and_told(city: City) -> None:
    done = send(city, nama="Siti Lestari, S.Pd.", jabatan="Guru Ahli Muda")
    assert done.status_code == 302
    assert (person(city).name, person(city).position) == ("Siti Lestari, S.Pd.", "Guru Ahli Muda")
    assert kept(city) == [("name", "Siti Lestari", "Siti Lestari, S.Pd."), ("position", "Guru", "Guru Ahli Muda")]
    page = city.visitor("siti").get("/data-salah").text
    assert all(words in page for words in ("Data Anda sudah diperbaiki.", "Yang diperbaiki", "Guru Ahli Muda"))
    assert "Menunggu jawaban" not in page
    assert "Riwayat perbaikan" in city.visitor("ani").get(f"/laporan-data/{report_id(city)}").text
    with city.app.app_context():
        row = db.session().execute(select(Correction)).scalars().first()
        assert row is not None and row.corrected_by_id == city.keys["ani"][0]
        log = db.session().execute(select(AccessLog.action, AccessLog.person_id)).all()
        assert ("laporan-data-perbaiki", city.person("siti").id) in [tuple(each) for each in log]
        assert db.session().execute(select(Notice.kind)).scalars().all() == ["data-diperbaiki"]


def test_a_corrected_unit_moves_the_person_and_the_counters(city: City) -> None:
    assert send(city, unit="smpn-1").status_code == 302
    assert person(city).unit.code == "smpn-1"
    with city.app.app_context():
        assert counters.check(db.session()) == []


def test_a_corrected_unit_is_none_that_ends_today(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        session.execute(
            update(Unit).where(Unit.code.in_(["smpn-1", "sdn-kranggan-1"])).values(valid_until=clock.today())
        )
    for save in (False, True):
        assert "Unit “smpn-1” berakhir hari ini" in send(city, save=save, unit="smpn-1").text
    assert send(city, nama="Siti Lestari, S.Pd.").status_code == 302 and person(city).unit.code == "sdn-kranggan-1"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"nama": " "}, "Nama kosong"),
        ({"nama": "Siti\u200bLestari"}, "tanda yang tidak tampak"),
        ({"nama": "ＳＩＴＩ"}, "hanya mirip huruf biasa"),
        ({"nama": "S" * 160}, "agar muat di QR"),
        ({"pangkat": "x" * 81}, "paling panjang 80"),
        ({"jabatan": "x" * 161}, "paling panjang 160"),
        ({"unit": "tidak-ada"}, "tidak ada"),
        ({"unit": "polres"}, "tidak ada"),
    ],
)
def test_what_the_import_refuses_is_refused_here_and_the_form_keeps_it(
    city: City, changed: dict[str, str], words: str
) -> None:
    for save in (False, True):
        refused = send(city, save=save, **changed)
        assert refused.status_code == 422
        assert words in refused.text
    assert (person(city).name, person(city).unit.code, kept(city)) == ("Siti Lestari", "sdn-kranggan-1", [])
    assert send(city, nama="Siti Lestari, S.Pd.").status_code == 302


def test_nothing_changed_is_no_correction(city: City) -> None:
    assert "CORRECTION_SAME" in send(city, save=False).text
    assert "CORRECTION_SAME" in send(city).text
    assert kept(city) == []


def test_the_same_tap_twice_is_one_correction_and_what_nobody_saw_is_not_overwritten(city: City) -> None:
    seen = stamp(city.visitor("ani"), report_id(city))
    assert [send(city, seen=seen, nama="Siti L.").status_code for _ in range(2)] == [302, 302]
    assert len(kept(city)) == 1
    stale = send(city, who="dewi", seen=seen, jabatan="Guru Ahli")
    assert (stale.status_code, "CORRECTION_STALE" in stale.text) == (422, True)
    assert person(city).position == "Guru"


def test_a_wrong_correction_is_undone_by_correcting_again(city: City) -> None:
    send(city, nama="Sitti Lestari")
    assert send(city, nama="Siti Lestari").status_code == 302
    assert person(city).name == "Siti Lestari"
    assert [row[2] for row in kept(city)] == ["Sitti Lestari", "Siti Lestari"]


@pytest.mark.parametrize(("days", "status"), [(29, 302), (31, 422)])
def test_a_report_that_was_answered_long_ago_opens_nobodys_data(city: City, days: int, status: int) -> None:
    assert send(city, nama="Sitti Lestari").status_code == 302
    with city.app.app_context(), transaction() as session:
        row = session.get_one(DataReport, report_id(city))
        row.answered_at = clock.now() - timedelta(days=days)
    answer = send(city, nama="Siti Lestari")
    assert answer.status_code == status
    assert ("REPORT_CLOSED" in answer.text) == (status == 422)


def test_the_number_cannot_be_changed_and_the_page_says_what_to_do(city: City) -> None:
    page = city.visitor("ani").get(f"/laporan-data/{report_id(city)}").text
    assert "Nomor tidak dapat diubah di sini" in page and "SIASN" in page
    send(city, nomor="1" * 18, number="1" * 18, nama="Siti L.")
    assert person(city).number == KNOWN["siti"].number


@pytest.mark.parametrize("who", ["siti", "budi", "wati", None])
def test_only_an_administrator_corrects(city: City, who: str | None) -> None:
    seen, client = stamp(city.visitor("ani"), report_id(city)), city.visitor(who)
    where = f"/laporan-data/{report_id(city)}"
    assert client.get(where).status_code == (403 if who else 302)
    sent = {**NOW, "nama": "Lain", "dilihat": seen, "simpan": "1"}
    assert client.post(f"{where}/perbaikan", data=sent).status_code == (403 if who else 401)
    assert person(city).name == "Siti Lestari"


def test_nobody_decides_on_a_report_of_their_own(city: City) -> None:
    report(city, "ani")
    own = f"/laporan-data/{report_id(city, 'ani')}"
    assert "dijawab administrator lain" in city.visitor("ani").get(own).text
    sent = {"nama": "Ani", "pangkat": "", "jabatan": "", "unit": "bkpsdm", "simpan": "1"}
    for answer in (
        city.visitor("ani").post(own, data={"jawaban": "Sudah benar."}),
        city.visitor("ani").post(f"{own}/perbaikan", data=sent),
    ):
        assert (answer.status_code, "REPORT_OWN" in answer.text) == (422, True)
    assert city.visitor("dewi").post(own, data={"jawaban": "Sudah benar."}).status_code == 302


def test_a_report_from_elsewhere_does_not_exist_here(city: City) -> None:
    city.activate("agus")
    report(city, "agus")
    client, where = city.visitor("ani"), f"/laporan-data/{report_id(city, 'agus')}"
    assert client.get(where).status_code == client.get("/laporan-data/999999").status_code == 404
    refused = client.post(f"{where}/perbaikan", data={**NOW, "simpan": "1"})
    assert (refused.status_code, "NOT_ALLOWED" in refused.text, "Agus" in refused.text) == (422, True, False)


def test_whoever_reports_is_told_by_when_they_are_answered(city: City) -> None:
    with city.app.app_context():
        row = db.session().get_one(DataReport, report_id(city))
        due = display.moment(row.reported_at + timedelta(hours=72))
    assert f"paling lambat {due}" in plain(city.visitor("siti").get("/data-salah?terkirim=1").text)
    assert f"Dijawab paling lambat {due}" in plain(city.visitor("ani").get("/laporan-data").text)


def test_overdue_reports_stand_first_and_the_supervisor_sees_how_many(city: City) -> None:
    report(city, "joko")
    queue = city.visitor("ani").get("/laporan-data").text
    assert "Lewat waktu" not in queue
    with city.app.app_context(), transaction() as session:
        past = clock.now() - LATE
        session.execute(
            update(DataReport).where(DataReport.person_id == city.person("joko").id).values(reported_at=past)
        )
    queue = city.visitor("ani").get("/laporan-data").text
    assert queue.index("Joko Prasetyo") < queue.index("Siti Lestari")
    assert "1 laporan lewat waktu" in queue and queue.count("Lewat waktu:") == 1
    assert "2 laporan data salah menunggu jawaban BKPSDM, 1 lewat waktu" in plain(
        city.visitor("wati").get("/pengawas").text
    )
    assert "Lewat waktu" in city.visitor("joko").get("/data-salah").text


def test_it_is_overdue_after_three_days_and_not_before() -> None:
    then = clock.now()
    for waited, late in ((timedelta(hours=72), False), (LATE, True)):
        assert rules.is_overdue(reported_at=then, answered_at=None, now=then + waited) is late
        assert rules.is_overdue(reported_at=then, answered_at=then, now=then + waited) is False


def plain(page: str) -> str:
    """Return the words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
