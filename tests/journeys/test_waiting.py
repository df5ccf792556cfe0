"""What `/v` says before its verdict: until its script runs, while it examines, and while two examinations run.

One database will do: it has no part in it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from pakta.certificates.models import IssuedCredential
from pakta.core import credential
from tests.journeys.browser import Visitor, stop_clock
from tests.journeys.keeping import wait_until_reopened, word
from tests.journeys.test_verification import LIMIT, address, signed
from tests.people import KNOWN, City
from tests.verification.paper import Issuer

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def siti(city: City) -> IssuedCredential:
    """Let Siti sign."""
    return signed(city, "siti")


@pytest.fixture(scope="module")
def joko(city: City) -> IssuedCredential:
    """Let Joko sign."""
    return signed(city, "joko")


def silent(visitor: Visitor, city: City, row: IssuedCredential, *, later: timedelta = timedelta(minutes=1)) -> Page:
    """Open a certificate and leave it; then nobody answers, and the clock stands still so much later."""
    page = visitor.open(address(city, row))
    word(page)
    wait_until_reopened(page)
    page.goto("about:blank")
    for path in ("**/.well-known/*", "**/s/0", "**/log/**"):
        visitor.context.route(path, lambda _route: None)
    stop_clock(page, later=later)
    return page


def stopped(visitor: Visitor, city: City, row: IssuedCredential) -> Page:
    """Open a page whose data is kept, with its clock stopped and nobody answering."""
    page = silent(visitor, city, row)
    visitor.open(address(city, row))
    expect(page.locator("#pita h1")).to_have_text("SAH")
    return page


def test_what_an_older_examination_meets_is_not_drawn_over_a_newer_one(
    phone: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential
) -> None:
    page = stopped(phone, city, siti)
    page.clock.run_for(LIMIT // 2)
    page.evaluate("(digits) => { location.hash = digits; }", address(city, joko).split("#")[1])
    expect(page.locator("#nama")).to_have_text("Joko Prasetyo")
    page.evaluate("() => { delete Crypto.prototype.subtle; }")
    page.clock.run_for(LIMIT // 2 + 10)  # the older one's slow look fails
    page.wait_for_timeout(300)
    expect(page.locator("#pita h1")).to_have_text("SAH")
    page.clock.run_for(LIMIT // 2)  # and then the newer one's, which is told
    expect(page.locator("#pita h1")).to_have_text("TIDAK DAPAT DIPERIKSA")


def test_nothing_of_one_certificate_stands_over_the_next_one_while_that_is_examined(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    """A key that the kept set does not know: the page waits for the server before it says so."""
    page = stopped(phone, city, siti)
    assert siti.cose is not None
    forger, claims = Issuer(), credential.parse(siti.cose).claims
    signature = forger.sign(credential.to_be_signed(claims, kid=forger.kid))
    forged = credential.assemble(claims, kid=forger.kid, signature=signature)
    where = credential.to_address(forged, origin=city.wired.config.origin)
    page.evaluate("(digits) => { location.hash = digits; }", where.split("#")[1])
    expect(page.locator("#pita h1")).to_have_text("Memeriksa")
    for part in ("#tentang", "#rincian", "#arti"):
        expect(page.locator(part)).to_be_hidden()
    page.clock.run_for(LIMIT)
    for _ in range(100):  # a page that had not begun to wait by then waits for the clock's next step
        if page.locator("#pita h1").inner_text().strip() != "Memeriksa":
            break
        page.wait_for_timeout(100)
        page.clock.run_for(1)
    expect(page.locator("#pita h1")).to_have_text("TIDAK DIKENAL")


@pytest.mark.parametrize(
    ("days", "who", "why"),
    [(3, "joko", "STATUS_STALE"), (0, "rini", "LEDGER_BEHIND")],
)
def test_what_kept_data_cannot_decide_is_said_at_once(
    phone: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential, days: int, who: str, why: str
) -> None:
    """On a phone whose last visit is days ago, or was before the certificate; no answer and no time limit helps."""
    page = silent(phone, city, siti, later=timedelta(days=days, minutes=1))
    row = joko if who == "joko" else signed(city, who)
    phone.open(address(city, row))
    expect(page.locator("#kode")).to_contain_text(why)
    expect(page.locator("#pita h1")).to_have_text("TIDAK DAPAT DIPERIKSA")
    expect(page.locator("#nama")).to_have_text(KNOWN[who].name)
    expect(page.locator("#sumber")).to_contain_text("data terbaru sedang diambil")
    page.clock.run_for(LIMIT)
    expect(page.locator("#sumber")).to_contain_text("Server belum menjawab")


@pytest.mark.parametrize("lacking", ["v-all.js", "policy.js"])
@pytest.mark.parametrize(
    ("asks", "said", "first"), [("", "Menunggu", "Memeriksa"), ("?bahasa=en", "Waiting", "Checking")]
)
def test_where_the_script_does_not_come_the_page_says_that_nothing_was_checked(
    phone: Visitor, city: City, siti: IssuedCredential, lacking: str, asks: str, said: str, first: str
) -> None:
    """And it takes as much room as what the script says first, so that nothing jumps."""
    phone.expect_complaint("ERR_")
    where, heights = address(city, siti).replace("/v#", f"/v{asks}#"), []
    for path, shown in ((f"**/{lacking}", said), ("**/.well-known/*", first)):
        phone.context.route(path, lambda route: route.abort() if route.request.url.endswith(".js") else None)
        phone.page.goto("about:blank")
        page = phone.open(where)
        expect(page.locator("#pita h1")).to_have_text(shown)
        heights.append(page.locator("#pita").evaluate("(each) => each.offsetHeight"))
        if shown == said:
            assert page.locator("#pita a").get_attribute("href") == f"/periksa{asks}"
        phone.context.unroute(path)
    assert heights[0] == heights[1]


@pytest.mark.parametrize(
    ("missing", "said"),
    [("**/s/0", "sebagian datanya tidak datang"), ("**/{s/0,log/**,.well-known/*}", "Tanpa sambungan")],
)
def test_a_server_that_keeps_one_file_back_is_not_called_silent(
    phone: Visitor, city: City, joko: IssuedCredential, missing: str, said: str
) -> None:
    phone.expect_complaint("ERR_")
    phone.context.route(missing, lambda route: route.abort())
    page = phone.open(address(city, joko))
    expect(page.locator("#sumber")).to_contain_text(said)
    expect(page.locator("#pita h1")).to_have_text("TIDAK DAPAT DIPERIKSA")
    phone.context.unroute_all()
