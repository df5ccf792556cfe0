"""What a phone shows where a browser has no screen lock, and how a list for paper looks on it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Visitor, let_in
from tests.people import City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
WITHOUT = """() => {
  navigator.credentials.get = () => Promise.reject(new DOMException("no", "NotSupportedError"));
}"""
FRAMES = """() => [...document.querySelectorAll(".ruled td, .ruled tbody th")]
    .filter((each) => getComputedStyle(each).display !== "none")
    .filter((each) => getComputedStyle(each).borderLeftStyle !== "none" || !each.textContent.trim()).length"""


def test_a_browser_without_a_screen_lock_is_told_so_with_a_code_of_ours(phone: Visitor) -> None:
    page = phone.open("/masuk")
    page.evaluate(WITHOUT)
    page.get_by_role("button", name="Masuk dengan kunci layar ponsel").click()
    expect(page.get_by_role("alert")).to_contain_text("tidak mengenal kunci layar")
    expect(page.locator("#gagal-kode")).to_have_text("SCREEN_LOCK_MISSING")


def test_on_a_phone_a_list_for_paper_is_no_stack_of_frames(phone: Visitor, desk: Visitor, city: City) -> None:
    city.activate("budi")
    let_in(phone, city, "budi")
    page = phone.open("/cakupan/dikbud/daftar")
    expect(page.locator(".ruled tbody th[scope=row]").first).to_be_visible()
    assert page.evaluate(FRAMES) == 0
    let_in(desk, city, "budi")
    assert desk.open("/cakupan/dikbud/daftar").evaluate(FRAMES) > 0
