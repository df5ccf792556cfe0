"""What `/v` says on a phone whose clock is wrong, and where it was opened at another address than the official one.

One database will do: it has no part in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pakta.certificates.models import IssuedCredential
from pakta.web import clock
from tests.journeys.browser import Visitor
from tests.journeys.keeping import wait_until_kept, word
from tests.journeys.site import Site
from tests.journeys.test_verification import address, signed
from tests.people import City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)

DAY = 86_400
SHIFTED = "const right = Date.now; Date.now = () => right() + %d * 1000;"
UNCHECKED = "TIDAK DAPAT DIPERIKSA"


@pytest.fixture(scope="module")
def siti(city: City) -> IssuedCredential:
    """Let Siti sign."""
    return signed(city, "siti")


def opened(visitor: Visitor, where: str, *, ahead: int) -> Page:
    """Open a certificate under a clock that is so many seconds ahead."""
    visitor.context.add_init_script(SHIFTED % ahead)
    return visitor.open(where)


@pytest.mark.parametrize("ahead", [3 * DAY, 8 * 365 * DAY, -3600, -3 * DAY])
@pytest.mark.parametrize(
    ("asks", "said", "source"),
    [("", "Betulkan jam dan tanggal", "menurut jam"), ("?bahasa=en", "Correct date", "clock")],
)
def test_a_wrong_clock_is_named_and_nothing_else_is_blamed(
    phone: Visitor, city: City, siti: IssuedCredential, ahead: int, asks: str, said: str, source: str
) -> None:
    """Neither the certificate (which has not expired) nor the server's answers nor the connection."""
    page = opened(phone, address(city, siti).replace("/v#", f"/v{asks}#"), ahead=ahead)
    word(page)
    expect(page.locator("#pita h1")).to_have_text(UNCHECKED if not asks else "CANNOT BE CHECKED")
    expect(page.locator("#pita")).to_contain_text(said)
    expect(page.locator("#kode")).to_contain_text("CLOCK")
    expect(page.locator("#sumber")).to_contain_text(source)
    expect(page.locator("#langkah")).not_to_contain_text(re.compile("Di luar|Outside|Berlaku sampai|In force until"))
    year = str(clock.now().year)
    expect(page.locator("#sumber")).to_contain_text(year)
    expect(page.locator("main")).not_to_contain_text(re.compile("sambungan internet|internet connection"))


def test_what_has_expired_says_by_whose_clock_and_what_to_do(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    """Without a network nobody knows better; who holds it need not be matched, since it is not to be accepted."""
    phone.expect_complaint("ERR_")
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    expect(page.locator("#cocokkan")).to_be_visible()
    wait_until_kept(page)
    page.goto("about:blank")
    phone.context.route("**/{s/0,log/**,.well-known/*}", lambda route: route.abort())
    page = opened(phone, address(city, siti), ahead=8 * 365 * DAY)
    assert word(page) == "KEDALUWARSA"
    for said in ("menurut jam perangkat pemeriksa", "mintalah yang lebih baru"):
        expect(page.locator("#pita")).to_contain_text(said)
    expect(page.locator("#cocokkan")).to_be_hidden()
    expect(page.get_by_role("link", name="Cara menandatangani")).to_have_attribute("href", "/arti#cara")
    phone.context.unroute_all()


def test_a_clock_a_few_minutes_off_is_no_reason_for_a_word(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    page = opened(phone, address(city, siti), ahead=200)
    assert word(page) == "SAH"
    expect(page.locator("#sumber")).to_contain_text("data terbaru")


def test_at_another_address_of_the_server_the_page_leads_to_the_official_one(
    visitors: Callable[..., Visitor], site: Site, city: City, siti: IssuedCredential
) -> None:
    where, visitor = address(city, siti), visitors()
    page = visitor.open(where.replace("localhost", "127.0.0.1").replace("/v#", "/v?bahasa=en#"))
    word(page)
    expect(page.locator("#kode")).to_contain_text("KEYSET_OTHER")
    expect(page.locator("#pita")).to_contain_text(f"127.0.0.1:{site.port}")
    expect(page.locator("#sumber")).to_contain_text(re.compile("^Checked on this device"))
    page.locator("#pita a").click()
    expect(page).to_have_url(where.replace("/v#", "/v?bahasa=en#"))
    expect(page.locator("#nama")).to_have_text("Siti Lestari")
