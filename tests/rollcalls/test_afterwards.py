"""What came of a roll call stays as it was counted, and who is counted no more is told, with whose doing it was."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from pakta.accounts.models import AccessLog
from pakta.commands import serving
from pakta.coverage import exporting
from pakta.database import db, transaction
from pakta.erasure import belongings
from pakta.rollcalls import latelist
from pakta.roster import moving
from pakta.roster.moving import How, Place
from pakta.web import clock
from tests.people import KNOWN
from tests.revocation.office import plain
from tests.rollcalls.hall import Hall

pytestmark = pytest.mark.usefixtures("unbegun")  # the worker signs with keys that are shared

WHOLE_ON_POSTGRESQL = True
THEN = "1 dari 4 pegawai sudah menandatangani saat apel selesai"


def move(hall: Hall, *who: str, status: str = "cuti", to: str = "") -> None:
    """Let ani give people another status or the unit of somebody else."""
    with hall.app.app_context(), transaction() as session:
        people = [hall.person(each) for each in who]
        units = {each.id: hall.person(to).unit if to else each.unit for each in people}
        wanted = {key: Place(unit.id, unit.path, status) for key, unit in units.items()}
        moving.move(session, wanted=wanted, how=How.IMPORT, account_id=hall.keys["ani"][0], now=clock.now())


def tick(hall: Hall) -> None:
    """Let a worker do what it does each second, for the first time."""
    with hall.app.app_context():
        serving.Work(hall.app).tick()


def gone(hall: Hall) -> str:
    """Return what the page of the late says of those who are counted no more."""
    page = hall.visitor("budi").get("/apel/1/terlambat").text
    return plain(page.split('id="keluar"', 1)[1].split("</table>", 1)[0])


def test_who_is_excused_afterwards_makes_no_result_better_and_is_named_with_by_whom(hall: Hall) -> None:
    hall.opened()
    hall.be(8, 32)
    assert THEN in plain(hall.visitor("budi").get("/apel/1").text)
    move(hall, "lina", "rini")
    hall.be(9, 0)
    page = plain(hall.visitor("budi").get("/apel/1").text)
    assert THEN in page and "Sejak apel selesai 2 orang tidak dihitung lagi" in page
    assert "Daftar yang terlambat (1)" in page and "Diminta 2 orang" in page
    late = gone(hall)
    for who in ("lina", "rini"):
        assert KNOWN[who].name in late
    assert "Cuti" in late and "08.32 WIB oleh Ani Kusumawati, impor daftar pegawai" in late
    assert KNOWN["budi"].name not in late


def test_the_worker_counts_when_it_is_over_and_nobody_looks(hall: Hall) -> None:
    hall.opened()
    hall.be(8, 30)
    tick(hall)
    assert hall.rows()[0].counted_at is None  # a signature of the last second may still be on its way
    hall.be(8, 31)
    tick(hall)
    row = hall.rows()[0]
    assert (row.counted_at, row.asked_then, row.in_time_then) == (hall.time(8, 31), 4, 1)
    move(hall, "lina", "rini", "budi")
    hall.be(9, 0)
    tick(hall)
    assert hall.rows()[0].counted_at == hall.time(8, 31) and THEN in plain(hall.visitor("ani").get("/apel/1").text)


def test_a_cancelled_one_and_one_that_goes_on_are_not_counted(hall: Hall) -> None:
    hall.opened()
    hall.opened(unit="smpn-1")
    hall.post("budi", "batalkan")
    hall.be(8, 0)
    tick(hall)
    hall.be(12, 0)
    tick(hall)
    assert [row.counted_at for row in hall.rows()] == [None, hall.time(12, 0)]
    assert "tidak berubah lagi" not in hall.visitor("budi").get("/apel/1").text


@pytest.mark.parametrize("back", [True, False])
def test_who_left_before_the_end_or_is_back_is_not_told(hall: Hall, back: bool) -> None:
    hall.opened()
    hall.be(8, 29)
    move(hall, "rini")
    hall.be(8, 32)
    move(hall, "lina", status="aktif", to="joko")  # to another office
    if back:
        move(hall, "lina", status="aktif", to="siti")  # and to a part of this one
    page = hall.visitor("budi").get("/apel/1/terlambat").text
    assert ("Tidak dihitung lagi" in page, KNOWN["rini"].name in page) == (not back, False)
    assert ("Dinas Kesehatan" in page) is not back


def test_whoever_moved_them_may_be_erased(hall: Hall) -> None:
    hall.opened()
    hall.be(8, 32)
    move(hall, "lina")
    with hall.app.app_context(), transaction() as session:
        belongings.remove(session, person_id=hall.person("ani").id, now=clock.now())
    late = gone(hall)
    assert KNOWN["lina"].name in late and ", impor daftar pegawai" in late and " oleh " not in late


def test_ending_one_early_is_asked_once_more(hall: Hall) -> None:
    hall.opened()
    hall.be(8, 0)
    client = hall.visitor("budi")
    asked = client.post("/apel/1", data={"akhiri": "1"})
    page = plain(asked.text)
    assert asked.status_code == 200 and "Akhiri apel" in page and "1 dari 4 orang" in page and "3 orang masuk" in page
    assert hall.rows()[0].ended_at is None
    assert client.post("/apel/1", data={"akhiri": "1", "yakin": "1"}).status_code == 302
    assert hall.rows()[0].over_at == hall.time(8, 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_late_leave_as_a_workbook_too_and_the_list_becomes_cards_on_a_phone(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.opened()
    client = hall.visitor("budi")
    assert client.get("/apel/1/terlambat.xlsx").headers["Location"] == "/apel/1"  # not before it is over
    hall.be(8, 40)
    client = hall.visitor("budi")
    answer = client.get("/apel/1/terlambat.xlsx")
    assert answer.mimetype == exporting.XLSX
    assert f"terlambat-dikbud-{hall.day.date().isoformat()}.xlsx" in answer.headers["Content-Disposition"]
    head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert head == list(latelist.HEAD)
    assert {row[0] for row in rows} == {KNOWN[who].name for who in ("budi", "rini", "lina")}
    assert not any(KNOWN[who].number in str(row) for row in rows for who in KNOWN)
    with hall.app.app_context():
        noted = select(AccessLog.detail).where(AccessLog.action == "apel-unduh")
        assert list(db.session().execute(noted).scalars()) == ["apel 1, XLSX"]
    page = client.get("/apel/1/terlambat").text
    assert 'href="/apel/1/terlambat.xlsx"' in page
    assert '<table class="ruled stack">' in page and 'data-label="Jabatan"' in page
    monkeypatch.setattr(exporting, "MOST", 3)
    too_large = client.get("/apel/1/terlambat.xlsx")
    assert too_large.status_code == 422 and 'href="/apel/1/terlambat.csv"' in too_large.text
    stale = hall.visitor("budi", ago=timedelta(minutes=6)).get("/apel/1/terlambat.xlsx")
    assert (stale.status_code, "/masuk?lanjut=" in stale.headers["Location"]) == (302, True)
