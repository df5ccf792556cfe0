"""An administrator brings a workbook: chooses columns, mends what Excel spoilt, applies, and sees the move."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.custody.test_slips import read_codes
from tests.journeys.browser import Visitor, let_in
from tests.people import KNOWN, City
from tests.roster.test_workbooks import workbook

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
TITLES = ["NIP", "Jenis", "Nama Lengkap", "Unit"]


@pytest.fixture(scope="module", autouse=True)
def _administrator(city: City) -> None:
    """Let both administrators have a key."""
    city.activate("ani", "dewi")


def test_an_administrator_imports_a_workbook_and_mends_it(desk: Visitor, city: City, tmp_path: Path) -> None:
    let_in(desk, city, "ani")
    joko = [KNOWN["joko"].number, "pns", "Joko Prasetyo", "dikbud"]
    file = tmp_path / "pegawai.xlsx"
    file.write_bytes(workbook(joko, [199505052020121999, "pns", "Putri Ayu", "dinkes"], titles=TITLES))
    page = desk.open("/impor")
    page.get_by_label("Berkas Excel").set_input_files(file)
    page.get_by_role("button", name="Unggah").click()
    expect(page.get_by_label("Nomor")).to_have_value("0")
    page.get_by_label("Kode unit").select_option("3")
    page.get_by_role("button", name="Periksa berkas").click()
    expect(page.locator(".notice")).to_contain_text("1 baris perlu diperbaiki", timeout=20_000)
    expect(page.locator("main")).to_contain_text("1.99505E+17 diubah oleh Excel")
    mended = tmp_path / "perbaikan.xlsx"
    line = ["199505052020121999", "pns", "Putri Ayu", "dinkes", "3", ""]
    mended.write_bytes(workbook(line, titles=[*TITLES, "Baris", "Yang salah"]))
    page.get_by_label("Baris yang sudah diperbaiki").set_input_files(mended)
    page.get_by_role("button", name="Unggah perbaikan").click()
    expect(page.locator(".lead")).to_contain_text("1 baru, 1 berubah, 0 sama, 0 salah", timeout=20_000)
    page.get_by_role("button", name="Terapkan 2 baris").click()
    expect(page.locator(".lead")).to_contain_text("Sudah diterapkan", timeout=20_000)
    page = desk.open("/impor/perpindahan")
    expect(page.get_by_role("row", name=re.compile("Joko Prasetyo"))).to_contain_text("Dinas Pendidikan")


def test_from_a_file_to_a_slip_that_its_owner_uses(desk: Visitor, phone: Visitor, city: City, tmp_path: Path) -> None:
    """Bring a new person, print their slip by two, hand it over; they activate with it, and the list says so."""
    let_in(desk, city, "ani")
    file = tmp_path / "baru.xlsx"
    file.write_bytes(workbook(["199606062021062001", "pns", "Wulan Sari", "inspektorat"], titles=TITLES))
    page = desk.open("/impor")
    page.get_by_label("Berkas Excel").set_input_files(file)
    page.get_by_role("button", name="Unggah").click()
    page.get_by_label("Kode unit").select_option("3")
    page.get_by_role("button", name="Periksa berkas").click()
    page.get_by_role("button", name="Terapkan 1 baris").click(timeout=20_000)
    expect(page.locator(".lead")).to_contain_text("Sudah diterapkan", timeout=20_000)

    page = desk.open("/slip")
    page.get_by_label("Unit", exact=True).select_option("inspektorat")
    page.get_by_role("button", name="Ajukan cetakan").click()
    expect(page.locator("main")).to_contain_text("administrator lain yang mencetak")
    printing = page.url.removeprefix(desk.origin)
    let_in(desk, city, "dewi")
    page = desk.open(printing)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Cetak 1 slip").click()
    coming.value.save_as(tmp_path / "slip.pdf")
    (address,) = read_codes((tmp_path / "slip.pdf").read_bytes())

    page = desk.open("/slip/unit/inspektorat")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Tandai diserahkan").click()
    expect(page.get_by_role("row", name=re.compile("Wulan Sari"))).to_contain_text("diserahkan", ignore_case=True)

    phone.authenticator()
    page = phone.open(address.removeprefix(phone.origin))
    page.get_by_role("button", name="Lanjut").click()
    expect(page.locator("main")).to_contain_text("Wulan Sari")
    page.get_by_role("button", name="Ya, ini saya: buka kunci layar ponsel").click()
    page.wait_for_url("**/pakta")
    page = desk.open("/slip/unit/inspektorat")
    expect(page.get_by_role("row", name=re.compile("Wulan Sari"))).to_contain_text("dipakai", ignore_case=True)


def test_a_long_address_is_wrapped_on_a_phone(desk: Visitor, city: City, tmp_path: Path) -> None:
    let_in(desk, city, "ani")
    long = "lina.marlina.kusumawardhani.255@kota.example.invalid"
    file = tmp_path / "surel.xlsx"
    file.write_bytes(workbook([*KNOWN["lina"].row()[:3], "smpn-1", long], titles=[*TITLES, "Surel"]))
    page = desk.open("/impor")
    page.get_by_label("Berkas Excel").set_input_files(file)
    page.get_by_role("button", name="Unggah").click()
    page.get_by_role("button", name="Periksa berkas").click()
    expect(page.locator(".table")).to_contain_text(long, timeout=20_000)
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.locator(".table").evaluate("each => each.scrollWidth - each.clientWidth") <= 0
