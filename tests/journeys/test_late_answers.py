"""What `/v` says where answers come late, in part or never, on a phone that has kept what it needs.

The page's clock stands still, so that no limit passes by itself.  One database will do: what a phone keeps does not
depend on it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from tests.journeys.browser import Visitor, stop_clock
from tests.journeys.keeping import wait_until_reopened, word
from tests.journeys.test_verification import address, change, signed
from tests.people import City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)

LIMIT, PATIENCE = 1500, 20_000  # milliseconds: look at static/js/v.js
FILES = ("/.well-known/pakta-keys.json", "/s/0", "/log/checkpoint")
HELD_BACK = """
const match = self.Cache?.prototype.match; // an empty page has none
const held = [];
let holds = false;
if (match) Cache.prototype.match = async function (...given) {
  if (holds) await new Promise((go) => held.push(go));
  return match.apply(this, given);
};
addEventListener("tahan", ({ detail }) => { holds = detail; });
addEventListener("lepas", () => held.splice(0).forEach((go) => go()));
self.heldBack = () => held.length;
"""
HOLD = "(on) => dispatchEvent(new CustomEvent('tahan', { detail: on }))"
RELEASE = "() => dispatchEvent(new CustomEvent('lepas'))"


@pytest.fixture
def row(city: City, phone: Visitor) -> IssuedCredential:
    """Let Siti sign, or have her certificate; the phone has kept page and data."""
    if not hasattr(city, "siti_signed"):
        city.siti_signed = signed(city, "siti")  # type: ignore[attr-defined]
    row: IssuedCredential = city.siti_signed  # type: ignore[attr-defined]
    assert word(phone.open(address(city, row))) == "SAH"
    wait_until_reopened(phone.page)
    return row


@pytest.fixture
def waiting(phone: Visitor) -> Iterator[list[Route]]:
    """Give the requests for the three files, which wait until somebody lets them go on."""
    found: list[Route] = []
    for path in FILES:
        phone.context.route(f"**{path}", lambda route: found.append(route))
    yield found
    phone.expect_complaint("ERR_")
    phone.page.goto("about:blank")
    phone.context.unroute_all(behavior="ignoreErrors")


def let_go(waiting: list[Route]) -> None:
    """Let all requests go on that wait."""
    while waiting:
        waiting.pop().continue_()


def standing_still(phone: Visitor, where: str) -> Page:
    """Open a certificate anew, with a clock that stands."""
    stop_clock(phone.page)
    phone.page.goto("about:blank")
    page = phone.open(where)
    expect(page.locator("#pita h1")).to_have_text("SAH")
    expect(page.locator("#sumber")).to_contain_text("Memakai data yang tersimpan")
    return page


def test_an_answer_is_waited_for_for_so_long_and_no_longer(
    phone: Visitor, city: City, row: IssuedCredential, waiting: list[Route]
) -> None:
    page = standing_still(phone, address(city, row))
    page.clock.run_for(LIMIT)
    expect(page.locator("#sumber")).to_contain_text("Server belum menjawab")
    page.clock.run_for(PATIENCE - LIMIT - 1)
    page.wait_for_timeout(300)
    expect(page.locator("#sumber")).to_contain_text("Server belum menjawab")
    page.clock.run_for(1)
    expect(page.locator("#sumber")).to_contain_text("Tanpa sambungan")
    assert waiting


def test_a_slow_look_at_older_data_is_not_drawn_over_what_the_server_answered(
    phone: Visitor, city: City, row: IssuedCredential, waiting: list[Route]
) -> None:
    """The look at what was kept begins before the answers and ends after them."""
    phone.context.add_init_script(HELD_BACK)
    change(city, row, Status.SUSPENDED, ReasonClass.DISPUTE)
    try:
        page = standing_still(phone, address(city, row))
        page.evaluate(HOLD, True)
        page.clock.run_for(LIMIT)
        page.wait_for_function("() => heldBack() > 0")
        page.evaluate(HOLD, False)
        let_go(waiting)
        expect(page.locator("#pita h1")).to_have_text("DITANGGUHKAN")
        page.evaluate(RELEASE)
        page.wait_for_timeout(500)
        expect(page.locator("#pita h1")).to_have_text("DITANGGUHKAN")
        expect(page.locator("#sumber")).to_contain_text("data terbaru")
    finally:
        change(city, row, Status.VALID, ReasonClass.ADMINISTRATIVE)


def test_a_new_head_whose_tiles_do_not_come_is_not_said_to_be_what_was_checked(
    phone: Visitor, city: City, row: IssuedCredential
) -> None:
    """An older head proves the certificate then, and the page says so, and how far that one reaches."""
    before = phone.page.locator("#langkah").inner_text()
    assert "urutan" in before
    signed(city, "joko")
    phone.context.route("**/log/tile/**", lambda route: route.fulfill(status=404))
    for where, older, newest in (
        (address(city, row), "Buku catatan terbaru tidak datang seluruhnya", "data terbaru"),
        (address(city, row).replace("/v#", "/v?bahasa=en#"), "The newest ledger did not come whole", "newest data"),
    ):
        phone.page.goto("about:blank")
        page = phone.open(where)
        expect(page.locator("#sumber")).to_contain_text(older)
        expect(page.locator("#sumber")).not_to_contain_text(newest)
        expect(page.locator("#sumber")).to_contain_text(" entri" if newest == "data terbaru" else " entries")
        expect(page.locator("#pita")).to_have_class("verdict sah")
    phone.context.unroute("**/log/tile/**")
    phone.page.goto("about:blank")
    page = phone.open(address(city, row))
    expect(page.locator("#sumber")).to_contain_text("data terbaru")
    assert word(page) == "SAH"
