"""A file that the second administrator refused says so: on its page, in the list, and to who had asked for it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from pakta.database import db
from pakta.imports.models import ImportRefusal, RosterImport
from pakta.web import display
from tests.imports.office import Office, plain, reason_of
from tests.people import KNOWN

WHOLE_ON_POSTGRESQL = True
REUSED = {"siti": {"name": "Bambang Sutejo"}}
WHY = "Nomor ini milik orang lain"


@pytest.fixture
def asked(office: Office) -> int:
    """Give a file that waits for the second administrator."""
    import_id = office.bring(office.lines(**REUSED))
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "menunggu"
    return import_id


def refused_on(office: Office, import_id: int) -> str:
    """Return when a file was refused, as pages say it."""
    with office.app.app_context():
        return display.moment(db.session().get_one(RosterImport, import_id).refusals[-1].at)


def start_of(office: Office, who: str, *, asks: str = "") -> str:
    """Return what somebody's start page says."""
    return plain(office.visitor(who).get(f"/{asks}").text)


def test_a_refused_file_says_by_whom_when_and_why_wherever_it_is_told(office: Office, asked: int) -> None:
    assert "Alasan menolak" in office.page(asked, by="dewi") and "Alasan menolak" not in office.page(asked)
    office.send(asked, "tolak", by="dewi", alasan=f"  {WHY} ")
    assert office.state(asked)[0] == "diperiksa"
    when = refused_on(office, asked)
    for who, dewi in (("ani", KNOWN["dewi"].name), ("dewi", "Anda")):
        said = office.page(asked, by=who)
        assert "Administrator kedua menolak berkas ini" in said and "Ditolak, belum diterapkan" in said
        assert f"{when} , oleh {dewi}. Alasan: {WHY}." in said
        listed = plain(office.visitor(who).get("/impor").text)
        assert f"Ditolak {when} , oleh {dewi}. Alasan: {WHY}" in listed
        assert ("Keputusan Anda ditunggu: perbaiki, buang, atau ajukan lagi." in listed) is (who == "ani")
    said = start_of(office, "ani")
    assert f"Ditolak {when} oleh {KNOWN['dewi'].name}: pegawai.csv . Alasan: {WHY}" in said and "Impor (1)" in said
    assert "Ditolak" not in start_of(office, "dewi")


def test_a_refusal_without_words_says_that_there_are_none(office: Office, asked: int) -> None:
    office.send(asked, "tolak", by="dewi")
    assert "Alasannya tidak ditulis." in office.page(asked) and "Alasannya tidak ditulis." in start_of(office, "ani")


def test_what_is_asked_for_again_is_not_called_refused_and_keeps_that_it_was(office: Office, asked: int) -> None:
    office.send(asked, "tolak", by="dewi", alasan=WHY)
    office.send(asked, "terapkan")
    said = office.page(asked, by="dewi")
    assert "Menunggu administrator kedua" in said and "Pernah ditolak" in said and WHY in said
    assert "menolak berkas ini" not in said and "Ditolak" not in start_of(office, "ani")
    office.send(asked, "tolak")
    assert "Impor (1)" not in start_of(office, "ani")  # who withdraws waits for nothing


def test_what_one_withdraws_is_not_refused(office: Office, asked: int) -> None:
    office.send(asked, "tolak", alasan=WHY)
    said = office.page(asked)
    assert "Sudah diperiksa, belum diterapkan" in said and "itolak" not in said and WHY not in said


def test_the_start_page_tells_until_the_file_is_put_away(office: Office, asked: int) -> None:
    office.send(asked, "tolak", by="dewi")
    assert "Ditolak" in start_of(office, "ani") and "Refused" in start_of(office, "ani", asks="?bahasa=en")
    office.send(asked, "buang")
    assert "Ditolak" not in start_of(office, "ani") and "Impor (1)" not in start_of(office, "ani")


def test_words_that_are_too_long_refuse_nothing_and_come_back_with_numbers_hidden(office: Office, asked: int) -> None:
    long = "x" * 401
    answer = office.send(asked, "tolak", by="dewi", alasan=long)
    assert reason_of(answer) == "TEXT_TOO_LONG" and long in answer.text
    assert office.state(asked)[0] == "menunggu"
    office.send(asked, "tolak", by="dewi", alasan=f"nomor {KNOWN['siti'].number}")
    assert KNOWN["siti"].number not in office.page(asked) and "nomor •••" in office.page(asked)


def test_nobody_else_is_told_and_the_menu_counts_what_the_list_says(office: Office, asked: int) -> None:
    office.send(asked, "tolak", by="dewi", alasan=WHY)
    with office.app.app_context():
        rows = db.session().execute(select(RosterImport.asked_by_id, ImportRefusal.by_id).join(ImportRefusal)).all()
    assert rows == [(office.keys["ani"][0], office.keys["dewi"][0])]
    listed = office.visitor("ani").get("/impor").text
    assert re.search(r"\(1", listed.split("/impor")[1][:60])
