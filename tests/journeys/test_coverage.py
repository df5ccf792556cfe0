"""The head of an office at a desk: exactly their own people, and a share that rises as they sign."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from pakta.database import transaction
from tests.journeys.browser import Visitor, let_in, stop_clock
from tests.people import KNOWN, City

OWN = {who for who, person in KNOWN.items() if person.unit in ("dikbud", "sdn-kranggan-1", "smpn-1")}


@pytest.fixture(scope="module", autouse=True)
def _roles(city: City) -> None:
    """Let the head and an administrator have a key."""
    city.activate("budi", "ani")


def seen(page: Page) -> set[str]:
    """Return whom a page names."""
    text = page.locator("main").inner_text()
    return {who for who, person in KNOWN.items() if person.name in text}


def test_a_head_sees_exactly_their_subtree_and_the_share_rise(desk: Visitor, city: City) -> None:
    let_in(desk, city, "budi")
    page = desk.open("/cakupan")
    expect(page.locator("h1")).to_have_text("Dinas Pendidikan dan Kebudayaan")
    expect(page.locator("main")).to_contain_text("0 dari 4 pegawai sudah menandatangani, 0 %")
    assert seen(page) == OWN == {"siti", "budi", "rini", "lina"}
    empty = page.locator("#kini .done").get_attribute("width")
    city.sign("siti")
    expect(page.locator("#kini")).to_contain_text("1 dari 4 pegawai sudah menandatangani, 25,0 %", timeout=10_000)
    assert (empty, page.locator("#kini .done").get_attribute("width")) == ("0", "250")
    assert seen(page) == OWN  # the lists stay, and it is said that they are older than the figures
    page.get_by_role("link", name="Perbarui daftar").click()
    expect(page.locator("main")).to_contain_text("1 dari 4 pegawai sudah menandatangani, 25,0 %")
    assert seen(page) == OWN - {"siti"}  # who has signed is folded away
    page.get_by_text("1 orang").click()
    assert seen(page) == OWN
    for person in KNOWN.values():
        assert person.number not in page.content()


def test_another_office_does_not_exist_for_them_and_does_for_the_administrator(desk: Visitor, city: City) -> None:
    let_in(desk, city, "budi")
    expect(desk.open("/cakupan/dinkes").locator("h1")).to_have_text("Halaman tidak ditemukan")
    let_in(desk, city, "ani")
    page = desk.open("/cakupan/dinkes")
    assert seen(page) == {"joko"}


def test_a_head_reminds_and_sees_it_rise(desk: Visitor, city: City) -> None:
    """See who has not signed, open WhatsApp for one of them, and see the figure rise once they sign."""
    with city.app.app_context(), transaction():
        city.person("lina").phone = "081234567901"
    let_in(desk, city, "budi")
    page = desk.open("/cakupan")
    before = page.locator("#kini").inner_text()
    page.get_by_role("link", name="Ingatkan").click()
    row = page.get_by_role("row", name=re.compile(KNOWN["lina"].name))
    expect(row).not_to_contain_text("dibuka")
    assert KNOWN["lina"].name not in page.get_by_label("Salin ke grup").input_value()
    desk.context.route("https://wa.me/**", lambda route: route.fulfill(body="WhatsApp", content_type="text/plain"))
    with desk.context.expect_page() as opened:
        row.get_by_role("button", name="Buka WhatsApp").click()
    opened.value.wait_for_url("https://wa.me/6281234567901?text=*")
    sent = unquote(opened.value.url)
    opened.value.close()
    assert KNOWN["lina"].number not in sent and "/aktivasi" not in sent
    page.reload()
    expect(row).to_contain_text("dibuka")
    city.sign("lina")
    page = desk.open("/cakupan")
    assert page.locator("#kini").inner_text() != before
    page.get_by_role("link", name="Ingatkan").click()
    expect(page.get_by_role("row", name=re.compile(KNOWN["lina"].name))).to_have_count(0)


def test_a_page_whose_figures_follow_no_more_says_so_and_how_to_go_on(desk: Visitor, city: City) -> None:
    let_in(desk, city, "budi")
    desk.expect_complaint("ERR_")
    stop_clock(desk.page)
    page = desk.open("/cakupan")
    told = page.locator("#berhenti")
    expect(told).to_be_hidden()
    desk.context.route("**/kini.json", lambda route: route.abort())
    page.clock.run_for(4_000)
    cut = re.compile(r"berhenti pada pukul \d\d\.\d\d WIB\.\s+Sambungan terputus")
    expect(told).to_contain_text(cut, use_inner_text=True)
    desk.context.unroute("**/kini.json")
    page.clock.run_for(31_000)
    expect(told).to_be_hidden()
    page.clock.fast_forward(3_600_000)
    expect(told).to_contain_text("Halaman ini sudah terbuka satu jam.", use_inner_text=True)
    told.get_by_role("link", name="Lanjutkan: buka lagi halaman ini").click()
    expect(page.locator("h1")).to_have_text("Dinas Pendidikan dan Kebudayaan")
    expect(told).to_be_hidden()
    desk.context.clear_cookies()
    page.clock.run_for(4_000)
    expect(told).to_contain_text("Anda sudah keluar, atau tidak berwenang lagi.", use_inner_text=True)
    told.get_by_role("link", name="Lanjutkan: masuk lagi").click()
    expect(page.locator("h1")).to_have_text("Masuk")


def test_the_text_for_a_group_is_seen_whole_on_a_phone(phone: Visitor, city: City) -> None:
    let_in(phone, city, "budi")
    text = phone.open("/cakupan/dikbud/ingatkan").get_by_label("Salin ke grup")
    assert text.evaluate("area => area.scrollHeight <= area.clientHeight && area.clientHeight > 100")
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_list_for_paper_fits_a_phone(phone: Visitor, city: City) -> None:
    let_in(phone, city, "budi")
    page = phone.open("/cakupan/dikbud/daftar")
    assert page.locator(".table").evaluate("table => table.scrollWidth <= table.clientWidth")
    assert page.locator("td[data-label=Nomor]").first.is_visible() and not page.locator("td.num").first.is_visible()
