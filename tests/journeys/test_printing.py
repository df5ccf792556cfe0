"""Slips are printed in a browser: the page tells that they are, and the list for receipts is made for paper."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pakta.database import transaction
from pakta.roster import importing
from pakta.web import clock
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.people import HEADER, City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)  # what a page does asks no database
MANY = 24  # people of one unit, more than a sheet holds


def let_in(visitor: Visitor, city: City, who: str, path: str) -> Page:
    """Open a page as somebody who has just signed in."""
    browsers.let_in(visitor, city, who)
    return visitor.open(path)


def crowd(city: City) -> None:
    """Bring many people to one unit."""
    text = io.StringIO()
    rows = [
        [f"199001012019031{900 + at}", "pns", f"Pegawai Nomor {at}", "", "Guru", "smpn-1", "aktif", "", ""]
        for at in range(MANY)
    ]
    csv.writer(text).writerows([HEADER, *rows])
    with city.app.app_context(), transaction() as session:
        report = importing.import_roster(
            session, content=text.getvalue().encode(), now=clock.now(), pepper=city.wired.keyring.pepper,
            dry_run=False, demo=True,
        )  # fmt: skip
    assert not report.errors


def test_the_page_tells_that_slips_are_printed_and_the_list_is_signed_on_paper(
    visitors: Callable[..., Visitor], city: City
) -> None:
    city.build("ani", "dewi")
    crowd(city)
    first = let_in(visitors(desk=True), city, "ani", "/slip")
    first.get_by_label("Unit", exact=True).select_option("smpn-1")
    first.get_by_role("button", name="Ajukan cetakan").click()
    expect(first.locator("main")).to_contain_text("Menunggu administrator kedua")

    second = let_in(visitors(desk=True), city, "dewi", "/slip")
    expect(second.get_by_role("navigation", name="Menu")).to_contain_text("Slip (1")
    second.get_by_role("link", name="Buka cetakan").click()
    for button, name in ((f"Cetak {MANY + 1} slip", "slip-smpn-1-1"), ("Cetak lagi", "slip-smpn-1-1-cetakan-2")):
        with second.expect_download() as loading:
            second.get_by_role("button", name=button).click()
        assert loading.value.suggested_filename == f"{name}.pdf"
        assert loading.value.path().read_bytes().startswith(b"%PDF")
        expect(second.locator("main")).to_contain_text("Sudah dicetak")
        expect(second.locator("#keadaan")).to_be_focused()
        expect(second.get_by_role("button", name="Cetak lagi")).to_be_enabled()
        expect(second.get_by_role("navigation", name="Menu")).not_to_contain_text("Slip (1")
    second.get_by_role("link", name="SMP Negeri 1").click()

    expect(second.get_by_text("Tanda terima", exact=True)).to_be_hidden()
    second.get_by_label("Lina Marlina").check()
    second.get_by_role("button", name="Tandai diserahkan").click()
    expect(second.get_by_role("status")).to_contain_text("1 slip ditandai diserahkan")
    sheet = second.pdf(format="A4")
    command = ["pdftotext", "-layout", "-l", "1", "-", "-"]
    said = subprocess.run(command, input=sheet, capture_output=True, check=True).stdout.decode()
    assert "Tanda terima" in said and "Keadaan" not in said and "Diserahkan," in said
    assert len(re.findall(r"•••\d{3}", said)) >= 20


def test_what_is_refused_is_told_on_the_page(visitors: Callable[..., Visitor], city: City) -> None:
    asking = let_in(visitors(desk=True), city, "ani", "/slip")
    asking.get_by_label("Unit", exact=True).select_option("sdn-kranggan-1")
    asking.get_by_role("button", name="Ajukan cetakan").click()
    at = asking.url
    printing = let_in(visitors(desk=True), city, "dewi", at)
    asking.get_by_role("button", name="Tarik permintaan").click()
    expect(asking.locator("main")).to_contain_text("Ditarik")
    printing.get_by_role("button", name="Cetak 1 slip").click()
    expect(printing.locator(".summary")).to_contain_text("REQUEST_CLOSED")


def test_a_certificate_is_printed_on_one_sheet_without_what_is_to_be_tapped(
    visitors: Callable[..., Visitor], city: City
) -> None:
    number = city.sign("siti").number
    page = let_in(visitors(desk=True), city, "siti", f"/sertifikat/{number}")
    expect(page.get_by_role("link", name="Unduh lembar")).to_be_visible()
    command = ["pdftotext", "-layout", "-", "-"]
    said = subprocess.run(command, input=page.pdf(format="A4"), capture_output=True, check=True).stdout.decode()
    assert said.count("\f") == 1 and "Siti Lestari" in said and "Alamat resmi hanya" in said
    assert "Unduh" not in said and "Bukan saya" not in said and "Laporkan data salah" not in said


def test_no_units_name_stands_alone_at_the_foot_of_a_printed_list(
    visitors: Callable[..., Visitor], city: City
) -> None:
    crowd(city)
    city.build("budi")
    page = let_in(visitors(desk=True), city, "budi", "/cakupan/dikbud/daftar")
    command = ["pdftotext", "-layout", "-", "-"]
    said = subprocess.run(command, input=page.pdf(format="A4"), capture_output=True, check=True).stdout.decode()
    last = [[line for line in sheet.splitlines() if line.strip()][-1:] for sheet in said.split("\f")[:-1]]
    assert len(last) > 1 and not any(re.search(r"\(\d+\)$", line[0].strip()) for line in last)
