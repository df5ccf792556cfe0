"""An administrator brings a workbook: chooses columns, mends what Excel spoilt, applies, and sees the move."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Visitor, let_in
from tests.people import KNOWN, City
from tests.roster.test_workbooks import workbook

TITLES = ["NIP", "Jenis", "Nama Lengkap", "Unit"]


@pytest.fixture(scope="module", autouse=True)
def _administrator(city: City) -> None:
    """Let the administrator have a key."""
    city.activate("ani")


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
