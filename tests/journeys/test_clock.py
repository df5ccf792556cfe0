"""What `/v` says on a phone whose clock is wrong, and where it was opened at another address than the official one.

One database will do: it has no part in it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from datetime import timedelta
from email.utils import formatdate

import pytest
from playwright.sync_api import Error, Page, Route, expect

from pakta.certificates import publishing
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.database import transaction
from pakta.web import clock
from tests.journeys.browser import Visitor
from tests.journeys.keeping import wait_until_kept, word
from tests.journeys.site import Site
from tests.journeys.test_verification import address, change, seen_revoked, signed
from tests.people import City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)

DAY = 86_400
MINUTE = 60
FILES = ("/.well-known/pakta-keys.json", "/s/0", "/log/checkpoint")
SHIFTED = "const right = Date.now; Date.now = () => right() + %d * 1000;"
UNCHECKED = "TIDAK DAPAT DIPERIKSA"
TODAY = """new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : "id-ID",
    { day: "numeric", month: "long", year: "numeric", timeZone: "Asia/Jakarta" }).format()"""
OF_CLOCK = "Jam perangkat ini menunjuk"
TITLES = """
window.titles = new Set();
new MutationObserver(() => titles.add(document.title)).observe(document, { subtree: true, childList: true });
"""
DATA = "**/{s/0,log/**,.well-known/*}"
PUT = "async (list) => (await caches.open('pakta-data')).put('/s/0?calon', new Response(new Uint8Array(list)))"
ASIDE = """async () => {
  const lists = await (await caches.open("pakta-data")).keys("/s/0", { ignoreSearch: true });
  return lists.some(({ url }) => url.includes("?nanti="));
}"""
CONNECT = re.compile("sambungan internet|tanpa jaringan, sambungkan|has no network")
ASLEEP = """
const [asked, right] = [fetch, Date.now];
let slept = 0;
Date.now = () => right() + slept;
self.fetch = async (...given) => {
  const answer = await asked(...given);
  slept = 3_600_000;
  return answer;
};
"""


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
    [("", "Betulkan jam dan tanggal", "Jam perangkat ini"), ("?bahasa=en", "Correct date", "clock")],
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
    wrong = page.evaluate(TODAY)
    assert abs(ahead) < DAY or page.locator("#sumber").inner_text().count(wrong) == 1  # as this device's, not as true
    expect(page.locator("#cocokkan")).to_be_hidden()
    expect(page.locator("main")).not_to_contain_text(CONNECT)


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
    phone.context.route(DATA, lambda route: route.abort())
    page = opened(phone, address(city, siti), ahead=8 * 365 * DAY)
    assert word(page) == "KEDALUWARSA"
    for said in ("menurut jam perangkat ini", "mintalah yang lebih baru"):
        expect(page.locator("#pita")).to_contain_text(said)
    expect(page.locator("#cocokkan")).to_be_hidden()
    expect(page.get_by_role("link", name="Cara menandatangani")).to_have_attribute("href", "/arti#cara")
    phone.context.unroute_all()


def dated(visitor: Visitor, path: str, *, ahead: int, age: int = 0, body: bytes | None = None) -> None:
    """Let an answer carry a time that is so many seconds ahead of now, and say how long it was kept on the way."""
    at = formatdate(clock.now().timestamp() + ahead, usegmt=True)

    def answer(route: Route) -> None:
        with contextlib.suppress(Error):  # who asked may have left meanwhile
            found = route.fetch()
            headers = {**found.headers, "date": at, **({"age": str(age)} if age else {})}
            route.fulfill(response=found, headers=headers, body=found.body() if body is None else body)

    visitor.context.unroute(f"**{path}")
    visitor.context.route(f"**{path}", answer)


def of_the_future(city: City) -> bytes:
    """Return the status list of in twenty minutes; the site itself goes on serving that of now."""
    later, wired = clock.now() + timedelta(minutes=20), city.wired
    with city.app.app_context(), transaction() as session:
        made = publishing.publish_status_list(session, now=later, keyring=wired.keyring, config=wired.config).token
        session.rollback()
    return made


def test_a_page_without_a_certificate_sets_aside_what_the_worker_fetched(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    """Its own visit has the worker fetch again, and that may be an older list."""
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    wait_until_kept(page)
    page.evaluate(PUT, list(of_the_future(city)))
    page.goto("about:blank")
    phone.open(address(city, siti).partition("#")[0]).wait_for_function(ASIDE)


def test_a_clock_that_is_behind_keeps_no_older_list_for_the_newest(phone: Visitor, city: City) -> None:
    """A phone twenty minutes behind has kept a list; the newer one that says revoked is of its future."""
    row = signed(city, "dewi")
    page = phone.open(address(city, row))
    assert word(page) == "SAH"
    change(city, row, Status.REVOKED, ReasonClass.KEY_LOST)
    newer = of_the_future(city)
    for path in FILES:
        dated(phone, path, ahead=20 * MINUTE, body=newer if path == "/s/0" else None)
    page.reload()
    assert word(page) == UNCHECKED
    expect(page.locator("#kode")).to_contain_text("CLOCK")
    expect(page.locator("#langkah")).not_to_contain_text("Tidak dicabut")
    expect(page.locator("#sumber")).to_contain_text(OF_CLOCK)
    phone.context.add_init_script(TITLES)
    phone.expect_complaint("ERR_FAILED")
    for network in (True, False):  # with it the kept data are looked at first, too
        if not network:
            phone.context.route(DATA, lambda route: route.abort())
        page.reload()
        assert word(page) == UNCHECKED
        expect(page.locator("#kode")).to_contain_text("CLOCK")
        expect(page.locator("#sumber")).to_contain_text("data terbaru" if network else "Tanpa sambungan")
        expect(page.locator("#sumber")).not_to_contain_text("belum diketahui")  # a later one is at hand
        seen = page.evaluate("[...titles]")
        assert f"{UNCHECKED} · Pakta" in seen and "SAH · Pakta" not in seen
    phone.context.unroute_all()
    page.reload()
    assert word(page) == "DICABUT"


@pytest.mark.parametrize(("ahead", "said"), [(20 * MINUTE, "SAH"), (3 * DAY, UNCHECKED), (6 * 365 * DAY, UNCHECKED)])
def test_what_is_over_by_the_servers_time_is_not_green_by_a_clock_that_is_behind(
    phone: Visitor, city: City, siti: IssuedCredential, ahead: int, said: str
) -> None:
    """Nothing; the status list that came; the certificate.  What is good by both clocks stays so."""
    for path in FILES:
        dated(phone, path, ahead=ahead)
    page = phone.open(address(city, siti))
    assert word(page) == said
    expect(page.locator("#sumber")).to_contain_text(re.compile(f"data terbaru.*{OF_CLOCK}"))


@pytest.mark.parametrize("which", range(len(FILES)))
def test_one_answer_with_an_old_time_does_not_accuse_the_phones_clock(
    phone: Visitor, city: City, siti: IssuedCredential, which: int
) -> None:
    dated(phone, FILES[which], ahead=-60 * MINUTE)
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    expect(page.locator("#sumber")).to_contain_text("data terbaru")
    expect(page.locator("#sumber")).not_to_contain_text(OF_CLOCK)


@pytest.mark.parametrize("age", [0, 60 * MINUTE])
def test_answers_kept_on_the_way_say_since_when(phone: Visitor, city: City, siti: IssuedCredential, age: int) -> None:
    for path in FILES:
        dated(phone, path, ahead=-60 * MINUTE, age=age)
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    (expect(page.locator("#sumber")).not_to_contain_text if age else expect(page.locator("#sumber")).to_contain_text)(
        OF_CLOCK
    )


def test_a_phone_that_slept_while_answers_came_is_not_accused(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    phone.context.add_init_script(ASLEEP)
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    expect(page.locator("#sumber")).not_to_contain_text(OF_CLOCK)


def test_a_wrong_clock_is_told_beside_what_was_refused(phone: Visitor, city: City) -> None:
    """The server answers with an older list, and the phone's clock is six minutes off."""
    page, older = seen_revoked(phone, city, "budi")
    for path in FILES:
        dated(phone, path, ahead=6 * MINUTE, body=older if path == "/s/0" else None)
    page.reload()
    assert word(page) == "DICABUT"
    expect(page.locator("#sumber")).to_contain_text(re.compile(f"^Server menjawab, tetapi .*{OF_CLOCK}"))


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
