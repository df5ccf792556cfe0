"""A wrong name, from the report to the new certificate, in real browsers: the old one DICABUT, the new one SAH."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pakta.core.verdict import Word
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.journeys.test_signing import activate_with_screen_lock, review, sign
from tests.people import City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)  # tests/signing has both databases
CHECK = "Periksa seperti orang lain memeriksanya"


def test_who_reports_a_wrong_name_is_corrected_and_signs_again(city: City, visitors: Callable[..., Visitor]) -> None:
    phone, desk = visitors(), visitors(desk=True)
    page = activate_with_screen_lock(phone, city, "siti")
    review(page)
    old = sign(page)
    page.reload()
    old_address = qr_of(page)
    page.goto(f"{phone.origin}/data-salah")
    page.get_by_label("Nama", exact=True).check()
    page.get_by_label("Apa yang seharusnya?").fill("Gelar saya kurang: S.Pd.")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.get_by_text("paling lambat").first).to_be_visible()

    city.activate("ani")
    browsers.let_in(desk, city, "ani")
    office = desk.open("/laporan-data")
    office.get_by_role("link", name="Perbaiki atau jawab Siti Lestari").click()
    office.get_by_label("Nama", exact=True).fill("Siti Lestari, S.Pd.")
    office.get_by_role("button", name="Lihat perubahannya").click()
    expect(office.get_by_role("row", name="Nama Siti Lestari Siti Lestari, S.Pd.")).to_be_visible()
    office.get_by_role("button", name="Simpan perbaikan").click()
    expect(office.get_by_role("heading", name="Perbaikan tersimpan")).to_be_visible()

    page.goto(phone.origin + "/")
    page.get_by_role("link", name="Tanda tangani lagi").click()
    expect(page.get_by_role("heading", name="Data Anda berubah sejak menandatangani")).to_be_visible()
    review(page)
    expect(page.get_by_text("Siti Lestari, S.Pd.").first).to_be_visible()
    new = sign(page)
    assert new != old
    page.reload()
    new_address = qr_of(page)
    page.get_by_role("link", name="Buka sertifikat lama yang digantikan").click()
    expect(page.get_by_text("digantikan oleh sertifikat")).to_be_visible()

    for address, word in ((old_address, Word.REVOKED), (new_address, Word.SAH)):
        shown = visitors().open(address)
        expect(shown.locator("#sumber")).to_contain_text(re.compile("^Diperiksa"), timeout=25_000)
        expect(shown.locator("#pita h1")).to_have_text(word.value)


def qr_of(page: Page) -> str:
    """Return the address in a certificate's QR, once its files are there."""
    link = page.get_by_role("link", name=CHECK)
    expect(link).to_be_visible()
    return str(link.get_attribute("href"))
