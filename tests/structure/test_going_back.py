"""Before a unit is merged or split its page says how one goes back, who moves where, and that a roll call runs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from pakta.database import db, transaction
from pakta.rollcalls.models import Rollcall
from pakta.roster import counters, moving
from pakta.roster.models import Person, SignedPerson, Unit
from pakta.web import clock
from tests.people import KNOWN
from tests.revocation.office import plain, reason_of
from tests.structure.test_structure import Office

SCHOOL = "sdn-kranggan-1"
AGAIN = f"""kode unit,nama unit,nama singkat,jenis,kode induk,berlaku sampai
{SCHOOL},SD Negeri Kranggan 1,SDN Kranggan 1,upt,dikbud,
"""


@pytest.fixture
def office(app: Flask) -> Office:
    """Give the city with an administrator and a head; siti has signed in a school."""
    found = Office(app)
    found.begin("ani", "budi")
    return found


def counted(office: Office) -> int:
    """Return how many signatures count where their signers stand."""
    with office.app.app_context():
        mine = select(Person.id).join(SignedPerson, SignedPerson.person_id == Person.id).where(counters.counts_here())
        return len(db.session().scalars(mine).all())


def put_back(office: Office, who: str) -> None:
    """Move somebody into the school again, as an import does."""
    unit = office.unit(SCHOOL)
    with office.app.app_context(), transaction() as session:
        wanted = {office.person(who).id: moving.Place(unit.id, unit.path, "aktif")}
        moving.move(session, wanted=wanted, how=moving.How.IMPORT, account_id=None, now=clock.now())


def test_it_says_what_a_merger_leaves_undone_and_so_it_is(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    page = plain(office.send(SCHOOL, "gabung", tujuan="dinkes", periksa="1").text)
    assert page.index("Tidak ada tombol untuk membatalkannya") < page.index("Gabungkan sekarang")
    assert "Hanya hari ini unit ini masih dapat dibuka lagi" in page
    assert "tanda tangan yang dahulu mereka buat di sini terhitung lagi" in page
    before = counted(office)
    page = office.done(SCHOOL, "gabung", tujuan="dinkes")
    assert (
        "Pegawainya pindah ke Dinas Kesehatan" in page and "Ganti nama" not in page and counted(office) == before - 1
    )
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=1))
    answer = office.send("pemkot", "berkas", file=AGAIN)
    assert reason_of(answer) == "UNITS_FILE" and "sudah lewat" in plain(answer.text)
    monkeypatch.setattr(clock, "now", real)
    assert "1 unit baru atau berubah" in office.done("pemkot", "berkas", file=AGAIN)
    assert office.unit(SCHOOL).valid_until is None
    put_back(office, "siti")
    assert counted(office) == before and office.agrees()


def test_of_a_unit_that_began_today_it_says_so_and_offers_no_new_name_once_it_ended(office: Office) -> None:
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).values(valid_from=clock.today()))
    page = plain(office.send(SCHOOL, "gabung", tujuan="dinkes", periksa="1").text)
    assert "Sampai besok unit ini masih dapat dibuka lagi" in page
    page = office.done(SCHOOL, "gabung", tujuan="dinkes")
    assert "Ganti nama" not in page and "Pegawainya pindah ke Dinas Kesehatan" in page


def test_its_coverage_says_when_it_ended_and_leads_where_its_people_went(office: Office) -> None:
    office.done(SCHOOL, "gabung", tujuan="dinkes")
    page = office.visitor("ani").get(f"/cakupan/{SCHOOL}?hari={office.unit(SCHOOL).valid_until}").text
    assert "Unit ini berakhir" in plain(page) and "pegawainya pindah ke Dinas Kesehatan" in plain(page)
    assert 'href="/cakupan/dinkes"' in page
    head = office.visitor("budi").get(f"/cakupan/{SCHOOL}?hari={office.unit(SCHOOL).valid_until}")
    assert head.status_code == 200 and "pindah ke Dinas Kesehatan" in plain(head.text)
    assert 'href="/cakupan/dinkes"' not in head.text


def test_on_its_last_day_its_coverage_is_no_list_that_somebody_forgot_to_bring(office: Office) -> None:
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).values(valid_from=clock.today()))
    office.done(SCHOOL, "gabung", tujuan="dinkes")
    page = office.visitor("ani").get(f"/cakupan/{SCHOOL}").text
    assert "masih kosong" not in page and "pegawainya pindah ke Dinas Kesehatan" in plain(page)
    assert 'href="/cakupan/dinkes"' in page


def test_a_unit_that_was_merged_once_more_names_only_where_its_people_went_then(office: Office) -> None:
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).values(valid_from=clock.today()))
    office.done(SCHOOL, "gabung", tujuan="dinkes")
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).where(Unit.code == SCHOOL).values(valid_until=None))
    put_back(office, "siti")
    office.done(SCHOOL, "gabung", tujuan="smpn-1")
    page = plain(office.visitor("ani").get(f"/unit-kerja/{SCHOOL}").text)
    assert "Pegawainya pindah ke SMP Negeri 1" in page and "pindah ke Dinas Kesehatan" not in page


@pytest.mark.parametrize(
    ("page", "at", "before"),
    [
        (f"/cakupan/{SCHOOL}/daftar", "/cakupan", "Tidak ada yang ditunggu"),
        (f"/cakupan/{SCHOOL}/ingatkan", "/cakupan", "Surel otomatis"),
        (f"/slip/unit/{SCHOOL}", "/slip/unit", "Belum ada slip yang dicetak"),
    ],
)
def test_its_other_pages_say_on_its_last_day_that_it_has_ended_and_lead_where_its_people_went(
    office: Office, page: str, at: str, before: str
) -> None:
    assert before in plain(office.visitor("ani").get(page).text)
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).values(valid_from=clock.today()))
    office.done(SCHOOL, "gabung", tujuan="dinkes")
    text = office.visitor("ani").get(page).text
    assert "Unit ini sudah berakhir" in text and "pegawainya pindah ke Dinas Kesehatan" in plain(text)
    assert f'href="{at}/dinkes"' in text and before not in plain(text)


def test_a_split_says_how_many_go_where_and_names_all_wrong_rows(office: Office) -> None:
    own = [number for number, code in office.places().items() if code == SCHOOL]
    rows = f"{KNOWN['ani'].number},dikbud\n{KNOWN['dewi'].number},dinkes\n"
    shown = plain(office.send("bkpsdm", "pecah", file="number,unit_code\n" + rows).text)
    assert "1 orang ke Dinas Pendidikan" in shown and "1 orang ke Dinas Kesehatan" in shown
    assert shown.index("1 orang ke") < shown.index("Pecah sekarang")
    wrong = f"number,unit_code\n{own[0]},dikbud\nx,polres\n{KNOWN['joko'].number},\n{own[0]},{SCHOOL}\ny,{SCHOOL}\n"
    said = plain(office.send(SCHOOL, "pecah", file=wrong).text)
    assert "baris 3: polres bukan unit" in said and "baris 4: orang atau kode unit barunya kosong" in said
    assert "baris 5: orang itu sudah disebut" in said and f"baris 6: {SCHOOL} bukan unit" in said


@pytest.mark.parametrize(("unit", "minutes", "said"), [("dikbud", 10, 1), ("dikbud", -1, 0), ("polres", 10, 0)])
def test_a_roll_call_that_runs_there_is_named(office: Office, unit: str, minutes: int, said: int) -> None:
    now = clock.now()
    with office.app.app_context(), transaction() as session:
        session.add(
            Rollcall(
                unit_id=office.unit(unit).id, place="Halaman", begins_at=now - timedelta(hours=1),
                ends_at=now + timedelta(minutes=minutes), wall_code="a", kiosk_code="b", opened_at=now,
            )
        )  # fmt: skip
    page = plain(office.send(SCHOOL, "gabung", tujuan="dinkes", periksa="1").text)
    assert len(re.findall("Sebuah apel sedang berjalan di", page)) == said
