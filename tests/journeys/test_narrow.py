"""What stands beside what at 360 pixels: the sign of a verdict beside its word, the city's name in one line."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from tests.journeys.browser import Visitor
from tests.journeys.keeping import word
from tests.journeys.test_verification import address, change, signed
from tests.people import City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)

BESIDE = """() => {
  const [sign, text] = ["svg", "span"].map((each) => document.querySelector(`#pita h1 ${each}`));
  const range = document.createRange();
  range.selectNodeContents(text.firstChild);
  const lines = [...range.getClientRects()].filter((line) => line.width);
  const { right } = sign.getBoundingClientRect();
  const beside = lines.every((line) => line.left >= right);
  return { beside, lines: lines.length, words: text.textContent.trim().split(" ").length };
}"""
BRAND = "() => document.querySelector('.home strong').getClientRects().length"


@pytest.fixture(scope="module")
def row(city: City) -> IssuedCredential:
    """Let Lina sign, and suspend it."""
    row = signed(city, "lina")
    change(city, row, Status.SUSPENDED, ReasonClass.DISPUTE)
    return row


def stands_beside(page: Page) -> None:
    """Demand that the word stands beside its sign, broken between words alone."""
    found = page.evaluate(BESIDE)
    assert found["beside"] and found["lines"] <= found["words"], found


def test_a_verdicts_sign_stands_beside_its_word_and_no_word_is_broken(
    phone: Visitor, city: City, row: IssuedCredential
) -> None:
    for language in ("", "?bahasa=en"):
        page = phone.open(address(city, row).replace("/v#", f"/v{language}#"))
        assert word(page) in ("DITANGGUHKAN", "SUSPENDED")
        stands_beside(page)
        page.evaluate("() => { location.hash = '12345'; }")
        expect(page.locator("#kode")).to_contain_text("COSE_MALFORMED")
        stands_beside(page)


@pytest.mark.parametrize("path", ["/v", "/periksa", "/arti"])
def test_the_citys_name_stands_in_one_line_beside_the_other_language(phone: Visitor, path: str) -> None:
    for language in ("", "?bahasa=en"):
        page = phone.open(f"{path}{language}")
        assert page.evaluate(BRAND) == 1
        box, other = page.locator(".home").bounding_box(), page.locator("a[hreflang]").first.bounding_box()
        assert box and other and other["y"] < box["y"] + box["height"]


def test_of_what_is_no_certificate_one_line_says_that_nothing_can_be_checked(phone: Visitor, city: City) -> None:
    page = phone.open("/v#12345")
    expect(page.locator("#pita h1")).to_have_text("TIDAK DIKENAL")
    expect(page.locator("#langkah li")).to_have_count(1)
    expect(page.locator("#pita")).to_contain_text("terpotong")
    expect(page.locator("#palsu")).to_be_hidden()  # a messenger that cut it short is no forger
    expect(page.locator("#langkah")).to_contain_text("tidak ada lagi yang dapat diperiksa")


def test_whoever_shows_a_suspended_or_revoked_certificate_need_not_be_matched(
    phone: Visitor, city: City, row: IssuedCredential
) -> None:
    page = phone.open(address(city, row))
    assert word(page) == "DITANGGUHKAN"
    expect(page.locator("#cocokkan")).to_be_hidden()
    expect(page.locator("#langkah")).to_contain_text("Ditangguhkan, menurut daftar status")
    change(city, row, Status.REVOKED, ReasonClass.DISPUTE)
    page.reload()
    assert word(page) == "DICABUT"
    expect(page.locator("#cocokkan")).to_be_hidden()
    expect(page.locator("#langkah")).to_contain_text("Dicabut, menurut daftar status")
    expect(page.locator("#langkah")).not_to_contain_text("kartu identitas")
