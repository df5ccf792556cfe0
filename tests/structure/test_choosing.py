"""Where there are too many units for one list, each page asks for a name or a code, and works without scripts."""

from __future__ import annotations

import pytest
from flask import Flask

from pakta.database import transaction
from pakta.roster import unitchoice
from pakta.signing import reports
from pakta.web import clock
from tests.appointments.office import REASON, Office
from tests.revocation.office import plain

PAGES = [
    ("/slip", "unit"), ("/peran", "unit"), ("/unit-kerja/dinkes", "tujuan"), ("/laporan-data/1", "unit"),
    ("/bukan-pegawai/1", "unit"), ("/apel/baru", "unit"),
]  # fmt: skip


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Give a city too large for one list of units; budi reported that siti left, and she that her data is wrong."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    found = Office(app)
    found.build("ani", "dewi", "budi", "rini", "wati", "siti", "joko")
    with app.app_context(), transaction() as session:
        siti = found.person("siti")
        key = siti.id
        reports.report(session, person=siti, field="nama", message="Gelar saya kurang.", now=clock.now())
    sent = {"sebab": "pindah-unit", "keterangan": "Pindah bulan lalu"}
    assert found.visitor("budi").post(f"/bukan-pegawai/lapor/{key}", data=sent).status_code == 302
    monkeypatch.setattr(unitchoice, "MOST_LISTED", 3)
    return found


@pytest.mark.parametrize(("path", "field"), PAGES)
def test_a_page_offers_those_units_that_are_searched(office: Office, path: str, field: str) -> None:
    ani = office.visitor("ani")
    page = ani.get(path).text
    assert "Cari unit" in page and f'<select id="{field}"' not in page and 'value="dikbud"' not in page
    found = ani.post(f"{path}/cari-unit", data={"cari-unit": "pendidikan"})
    assert found.status_code == 200
    assert f'<input type="radio" name="{field}" value="dikbud">' in found.text
    assert 'value="kel-blooto"' not in found.text
    said = ani.post(f"{path}/cari-unit", data={"cari-unit": "zzz", field: "dikbud", "nama": "Siti"}).text
    assert "Tidak ada unit yang cocok dengan “zzz”" in plain(said)
    assert f'<input type="radio" name="{field}" value="dikbud" checked>' in said


def test_a_city_of_few_units_keeps_its_list(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unitchoice, "MOST_LISTED", 200)
    for path, field in PAGES:
        page = office.visitor("ani").get(path).text
        assert f'<select id="{field}"' in page and 'value="dikbud"' in page and "Cari unit" not in page, path


def test_more_matches_than_fit_say_how_to_narrow(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unitchoice, "MOST_FOUND", 2)
    page = plain(office.visitor("ani").post("/slip/cari-unit", data={"cari-unit": "kelurahan"}).text)
    assert "Yang tampil 2; ada" in page and "lagi. Persempit" in page


def test_what_was_typed_stays_while_a_unit_is_searched(office: Office) -> None:
    page = office.visitor("ani").post("/peran/cari-unit", data=office.form("siti") | {"cari-unit": "dinas"}).text
    assert REASON in page and 'value="Plt."' in page and 'name="peran" value="delegate" checked' in page
    assert office.rows() == []
    sent = {"nama": "Siti Lestari, S.Pd.", "unit": "dinkes", "cari-unit": "dinas"}
    page = office.visitor("ani").post("/laporan-data/1/cari-unit", data=sent).text
    assert 'value="Siti Lestari, S.Pd."' in page and 'value="dinkes" checked' in page


def test_a_head_finds_their_own_units_only(office: Office) -> None:
    budi = office.visitor("budi")
    for path in ("/peran", "/apel/baru"):
        found = budi.post(f"{path}/cari-unit", data={"cari-unit": "n"}).text
        assert 'name="unit" value="smpn-1"' in found and 'name="unit" value="dinkes"' not in found
    for path in ("/slip", "/unit-kerja/dikbud", "/laporan-data/1", "/bukan-pegawai/1"):
        assert budi.post(f"{path}/cari-unit", data={"cari-unit": "dinkes"}).status_code == 403


def test_a_unit_that_was_searched_is_chosen(office: Office) -> None:
    ani = office.visitor("ani")
    assert ani.post("/slip", data={"unit": "", "cari-unit": "smpn", "siapa": "baru"}).status_code == 422
    assert ani.post("/slip", data={"unit": "dikbud", "bawah": "1", "siapa": "baru"}).status_code == 302
    assert office.ask("ani", **{"cari-unit": "dinas"}).status_code == 302 and len(office.rows()) == 1
