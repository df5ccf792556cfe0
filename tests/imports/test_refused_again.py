"""What stays of a file that was refused, more than once or put away, and what its page offers to whom."""

from __future__ import annotations

import pytest

from pakta.database import db, transaction
from pakta.erasure import service as erasure
from pakta.imports.models import RosterImport
from pakta.roles import Role
from pakta.web import clock, display
from tests.imports.office import Office, plain
from tests.people import HEADER, KNOWN

FIRST, SECOND = "Nomor ini milik orang lain", "Masih milik orang lain"
AGAIN, NEW = "Ajukan lagi kepada administrator kedua", "Unggah berkas yang sudah diperbaiki"


@pytest.fixture
def refused(office: Office) -> int:
    """Give a file that ani asked for and dewi refused."""
    import_id = office.bring(office.lines(siti={"name": "Bambang Sutejo"}))
    office.send(import_id, "terapkan")
    office.send(import_id, "tolak", by="dewi", alasan=FIRST)
    return import_id


def test_every_refusal_is_kept_and_stands_beside_the_button_that_approves(office: Office, refused: int) -> None:
    office.send(refused, "terapkan")
    said = office.page(refused, by="dewi")
    assert said.index("Berkas ini pernah ditolak") < said.index(FIRST) < said.index("Setujui dan terapkan")
    office.send(refused, "tolak", by="dewi", alasan=SECOND)
    said = office.page(refused)
    assert said.count(f"oleh {KNOWN['dewi'].name}. Alasan: {FIRST}.") == 2  # on top, and in what is told of the file
    assert said.index(SECOND) < said.index(FIRST) and said.count(SECOND) == 2
    listed = plain(office.visitor("ani").get("/impor").text)
    assert "Ditolak 2 kali, terakhir" in listed and SECOND in listed
    office.send(refused, "terapkan")
    office.send(refused, "setujui", by="dewi")
    said = office.page(refused)
    assert "Sudah diterapkan" in said and said.count("Pernah ditolak") == 2


def test_who_asked_is_offered_another_file_first_and_asking_again_last(office: Office, refused: int) -> None:
    answer = office.visitor("ani").get(f"/impor/{refused}").text
    assert f'<a class="button" href="/impor">{NEW}</a>' in answer
    assert f'<button class="button second" type="submit">{AGAIN}</button>' in answer
    assert answer.index(NEW) < answer.index("Buang berkas ini") < answer.index(AGAIN)
    assert answer.count("Buang berkas ini") == 1


def test_who_refused_is_not_offered_to_ask_the_same_again(office: Office, refused: int) -> None:
    said = office.page(refused, by="dewi")
    assert AGAIN not in said and "ajukan lagi" not in said and "Buang berkas ini" in said
    assert f": {KNOWN['ani'].name}. {NEW}" in said


def test_a_file_that_was_put_away_says_by_whom_and_when_and_has_no_names(office: Office, refused: int) -> None:
    assert "Halaman ini memuat nama" in office.page(refused)
    office.send(refused, "buang")
    with office.app.app_context():
        at = db.session().get_one(RosterImport, refused).dropped_at
        when = display.moment(at) if at else ""
    for who, ani in (("ani", "Anda"), ("dewi", KNOWN["ani"].name)):
        said = office.page(refused, by=who)
        assert f"Dibuang {when} , oleh {ani}" in said and "Halaman ini memuat nama" not in said


def test_of_an_applied_file_the_rows_are_put_away_once(office: Office, refused: int) -> None:
    office.send(refused, "terapkan")
    office.send(refused, "setujui", by="dewi")
    assert "Buang berkas ini" in office.page(refused)
    office.send(refused, "buang")
    said = office.page(refused)
    assert "Daftar baris dibuang" in said and "Sudah diterapkan" in said
    assert "Buang berkas ini" not in said and "seminggu" not in said and "Halaman ini memuat nama" not in said


def test_who_was_refused_is_told_until_they_have_looked_themself(office: Office, refused: int) -> None:
    office.send(refused, "periksa", by="dewi")
    said = office.page(refused)
    assert "Sesudah itu berkas ini diperiksa lagi" in said and f"oleh {KNOWN['dewi'].name}" in said
    start = plain(office.visitor("ani").get("/").text)
    assert "Impor (1)" in start and FIRST in start
    office.send(refused, "periksa")
    assert "Impor (1)" not in plain(office.visitor("ani").get("/").text)


def test_who_was_refused_is_told_also_where_the_refuser_puts_the_file_away_until_they_look(
    office: Office, refused: int
) -> None:
    office.send(refused, "buang", by="dewi")
    office.page(refused, by="dewi")  # whoever else looks at it
    start = plain(office.visitor("ani").get("/").text)
    assert "Impor (1)" in start and FIRST in start
    listed = plain(office.visitor("ani").get("/impor").text)
    assert "Sebelumnya ditolak" in listed and FIRST in listed and "Keputusan Anda ditunggu" not in listed
    assert f"oleh {KNOWN['dewi'].name}" in office.page(refused).split("Dibuang ")[-1]
    assert "Impor (1)" not in plain(office.visitor("ani").get("/").text)


def test_a_file_is_put_away_once(office: Office, refused: int) -> None:
    office.send(refused, "buang", by="dewi")
    said = office.page(refused)
    assert office.send(refused, "buang").status_code == 302
    assert office.page(refused) == said and f"oleh {KNOWN['dewi'].name}" in said.split("Dibuang ")[-1]


def test_who_was_refused_and_approved_then_is_not_told_that_they_were_refused(office: Office, refused: int) -> None:
    office.send(refused, "terapkan")
    with office.app.app_context(), transaction() as session:  # as if the roster changed between
        session.get_one(RosterImport, refused).digest = "0" * 64
    office.send(refused, "setujui", by="dewi")
    assert office.state(refused)[0] == "terapkan"
    for who in ("dewi", "ani"):
        office.send(refused, "periksa", by=who)
        said = office.page(refused)
        assert "Sudah diperiksa, belum diterapkan" in said and "Pernah ditolak" in said
        assert "Ditolak" not in said + plain(office.visitor("ani").get("/").text)
        assert "Ditolak" not in plain(office.visitor("ani").get("/impor").text)
    office.send(refused, "terapkan")
    office.send(refused, "tolak", by="dewi")
    assert "Ditolak 2 kali" in plain(office.visitor("ani").get("/impor").text)


def test_of_roles_elsewhere_only_the_number_is_told(office: Office) -> None:
    office.activate("budi")
    office.grant("budi", Role.SUPERVISOR, "pemkot")
    office.grant("budi", Role.HEAD, "polres")
    import_id = office.bring(office.lines(budi={"unit_code": "dinkes"}))
    said = office.page(import_id)
    assert f"{KNOWN['budi'].name} memegang peran: " in said and "dan 1 peran di tempat lain" in said
    assert "Resor" not in said.split("memegang peran")[1].split("Menurut berkas")[0]
    assert "Peran pengawas diberikan dan diakhiri pengelola server" in said


def test_columns_that_the_file_has_and_nothing_uses_are_named(office: Office) -> None:
    titles = [*HEADER[:5], "Unit Kerja (setda)", "Kedudukan", "Surel", "Sidik jari"]
    lines = [[*line] for line in office.lines()]
    lines[0][5] = "dinas-gaib"  # a code among them that is none
    said = office.page(office.bring(lines, titles=titles, check=False))
    assert "Tidak dipakai sampai Anda memilihnya: Sidik jari." in said


def test_after_an_erasure_no_page_says_that_a_reason_was_never_written(office: Office, refused: int) -> None:
    with office.app.app_context(), transaction() as session:
        keyring = office.wired.keyring
        erasure.erase(session, person=office.person("joko"), now=clock.now(), pepper=keyring.pepper)
    said = office.page(refused)
    assert FIRST not in said and "Alasan: (dihapus bersama data seseorang)." in said and "tidak ditulis" not in said
    assert "Dibuang otomatis: lama tidak dipakai, atau data seseorang dihapus" in said
