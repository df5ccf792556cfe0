"""The shell of `/v` on a phone: what it asks for and when, how it comes, is renewed and taken away, its English.

One database will do: what a phone keeps does not depend on it.
"""

from __future__ import annotations

import contextlib
import io
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Playwright, expect
from werkzeug.serving import make_server

from pakta import keyring
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import credential
from tests import databases, make
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.journeys.keeping import WORKERS, wait_until_kept, wait_until_reopened
from tests.journeys.site import Site, overheard_line
from tests.journeys.test_verification import address, change, signed
from tests.journeys.test_witnessed import POLICY
from tests.people import City
from tests.verdicts.seeded import SeededCity

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)

STANDS = "/putusan-berdiri"
TELLING = f"""
const mark = performance.mark.bind(performance);
performance.mark = (name) => {{
  const ask = new XMLHttpRequest();
  ask.open("GET", "{STANDS}", false);
  ask.send();
  return mark(name);
}};
"""
NEVER = "navigator.serviceWorker.register = () => new Promise(() => {});"
REFUSED = "navigator.serviceWorker.register = () => Promise.reject(new Error('no'));"
FROM_NETWORK = """async () => performance.getEntriesByType("navigation")[0].workerStart === 0
  && !(await caches.keys()).some((name) => name.startsWith("pakta-shell-"))"""
BROKEN = """async () => {
  const [shell] = (await caches.keys()).filter((name) => name.startsWith("pakta-shell-"));
  const page = new Response("<!doctype html><title>rusak</title>", { headers: { "Content-Type": "text/html" } });
  await (await caches.open(shell)).put("/v", page);
}"""
LINKS = """() => [...document.querySelectorAll("a:not(#bahasa, .skip)")]
  .filter((link) => link.origin === location.origin).map((link) => link.search)"""
FILES = ("/.well-known/pakta-keys.json", "/s/0", "/log/checkpoint")
PLANTED = f"""async () => {{
  const data = await caches.open("pakta-data");
  for (const path of {list(FILES)}) await data.put(path, await fetch(path));
}}"""
STORED = """async (digits) => {
  const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const entry of await cache.keys()) texts.push(entry.url, await (await cache.match(entry)).text());
  }
  texts.push(JSON.stringify(await indexedDB.databases()));
  return { read: texts.length, with: texts.filter((text) => text.includes(digits)).length };
}"""


@pytest.fixture(scope="module")
def siti(city: City) -> IssuedCredential:
    """Let Siti sign."""
    return signed(city, "siti")


def opened(visitor: Visitor, where: str) -> Page:
    """Open a certificate and wait until the phone keeps all that it needs."""
    page = visitor.open(where)
    checked(page)
    wait_until_reopened(page)
    return page


def checked(page: Page) -> None:
    """Wait until the page has heard from the server, in either language."""
    expect(page.locator("#sumber")).to_contain_text(re.compile("data terbaru dari|newest data from"))


@contextlib.contextmanager
def changed(site: Site, **changes: object) -> Iterator[None]:
    """Serve with another setting for a while."""
    before = {name: getattr(site, name) for name in changes}
    serve(site, changes)
    try:
        yield
    finally:
        serve(site, before)


def serve(site: Site, settings: Mapping[str, object]) -> None:
    """Start the site anew with these settings."""
    assert site.stop() == 0
    for name, value in settings.items():
        setattr(site, name, value)
    site.start()


def test_a_phone_that_has_all_asks_for_nothing_before_its_verdict(
    profile: Callable[..., Visitor], site: Site, city: City, siti: IssuedCredential
) -> None:
    """Nobody answers; the page tells the line itself when the verdict stands.  The browser is started anew."""
    before = profile("quiet")
    opened(before, address(city, siti))
    before.context.close()
    site.stop()
    try:
        visitor = profile("quiet")
        visitor.expect_complaint("ERR_")
        with overheard_line(site.port, word=STANDS) as asked:
            visitor.context.add_init_script(TELLING)
            page = visitor.open(address(city, siti))
            expect(page.locator("#pita h1")).to_have_text("SAH")
            for path in ("/log/checkpoint", "/s/0", "/.well-known/pakta-keys.json"):
                while path not in asked:  # asked for at once, but after it
                    page.wait_for_timeout(50)
            page.goto("about:blank")
    finally:
        site.start()
    assert next(path for path in asked if path != "/v-sw.js") == STANDS  # the browser itself looks for a new worker


@pytest.mark.parametrize("registering", [NEVER, REFUSED])
def test_a_verdict_does_not_wait_for_the_workers_registration(
    phone: Visitor, city: City, siti: IssuedCredential, registering: str
) -> None:
    phone.context.add_init_script(registering)
    page = phone.open(address(city, siti))
    checked(page)
    expect(page.locator("#pita h1")).to_have_text("SAH")
    assert page.evaluate(WORKERS) == 0


def test_the_operators_switch_heals_a_phone_whose_kept_page_is_broken_and_ends(
    phone: Visitor, site: Site, city: City, siti: IssuedCredential
) -> None:
    """The kept page runs no script of ours any more: the browser's own look at the worker must do."""
    page = opened(phone, address(city, siti))
    page.evaluate(BROKEN)
    page.reload()
    expect(page).to_have_title("rusak")
    phone.expect_complaint("ERR_CONNECTION_RE")  # the server begins anew while the page may still ask
    with changed(site, offline=False):
        page.reload()
        wait_until_forgotten(page)
        checked(page)
        expect(page.locator("#pita h1")).to_have_text("SAH")
    page.reload()
    wait_until_kept(page)
    page.reload()
    checked(page)
    assert not page.evaluate(FROM_NETWORK)


def wait_until_forgotten(page: Page) -> None:
    """Open the page again and again, as people do, until it comes from the server and the phone keeps no shell."""
    for _ in range(40):
        page.wait_for_timeout(1500)  # the browser looks for a new worker a second after the last event
        with contextlib.suppress(PlaywrightError):  # it may be loading itself anew
            if page.evaluate(FROM_NETWORK):
                return
            page.reload()
    raise AssertionError("the phone still keeps the shell")


def test_a_new_release_is_shown_at_the_first_opening_after_it(
    phone: Visitor, site: Site, city: City, siti: IssuedCredential
) -> None:
    """The city now has witnesses; a phone that kept the page of before does not go on saying that it has none."""
    page = opened(phone, address(city, siti))
    expect(page.locator("#langkah")).to_contain_text("Belum ada saksi luar")
    phone.expect_complaint("ERR_CONNECTION_RE")  # the server begins anew while the page may still ask
    with changed(site, witnesses=POLICY + "group dua 2 bawaslu inspektorat universitas\nquorum dua\n"):
        page.reload()
        expect(page.locator("#kode")).to_have_text("Kode: WITNESSES_TOO_FEW")
        expect(page.locator("#langkah")).not_to_contain_text("Belum ada saksi luar yang")
        wait_until_kept(page)
    page.reload()
    expect(page.locator("#langkah")).to_contain_text("Belum ada saksi luar")
    expect(page.locator("#pita h1")).to_have_text("SAH")


def test_what_stands_behind_the_hash_is_stored_nowhere(
    phone: Visitor, site: Site, city: City, siti: IssuedCredential
) -> None:
    digits = address(city, siti).split("#")[1]
    for language in ("", "?bahasa=en"):
        page = phone.open(f"/v{language}#{digits}")
        checked(page)
        page.reload()
        checked(page)
        wait_until_kept(page)
        found = page.evaluate(STORED, digits[:40])
        assert found["read"] > 20 and found["with"] == 0
        for link in page.locator("a:not(#bahasa)").all():
            assert digits[:40] not in (link.get_attribute("href") or "")
    assert digits[:40] not in site.log.read_text()


def test_the_browser_asks_the_server_for_the_worker_each_time(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    """No cache between stands in the way of a new release, or of the operator's switch."""
    page = opened(phone, address(city, siti))
    assert page.evaluate("async () => (await navigator.serviceWorker.ready).updateViaCache") == "none"


def test_while_the_operators_switch_is_thrown_the_page_keeps_nothing_and_reads_nothing_kept(
    phone: Visitor, site: Site, city: City, siti: IssuedCredential
) -> None:
    with changed(site, offline=False):
        page = phone.open(address(city, siti))
        checked(page)
        page.evaluate("async () => { await navigator.serviceWorker.ready; }")
        assert page.evaluate("() => caches.keys()") == []
        page.evaluate(PLANTED)
        phone.expect_complaint("ERR_")
        for path in FILES:
            phone.context.route(f"**{path}", lambda route: route.abort())
        page.reload()
        expect(page.locator("#kode")).to_have_text("Kode: KEYSET_MISSING")
        expect(page.locator("#sumber")).to_contain_text("Tanpa sambungan")
    phone.context.unroute_all()


@contextlib.contextmanager
def in_turn(site: Site) -> Iterator[None]:
    """Answer at the site's port with two releases, the other one from each time on that the worker is asked for."""
    config = site.config
    keys = keyring.load(config.keys_dir)
    apps = [make.app(replace(config, city=name), keys=keys) for name in ("Kota Mojokerto", "Kota Lain")]
    asked = 0

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        nonlocal asked
        asked += environ["PATH_INFO"] == "/v-sw.js"
        return apps[asked % 2](environ, start)

    server = make_server("127.0.0.1", site.port, answer, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        for each in apps:
            databases.leave(each)


def test_two_releases_behind_one_address_do_not_have_the_page_load_for_ever(
    phone: Visitor, site: Site, city: City, siti: IssuedCredential
) -> None:
    """The page loads itself anew once a release, and then stands."""
    assert site.stop() == 0
    loads: list[str] = []
    try:
        with in_turn(site):
            page = phone.open(address(city, siti))
            checked(page)
            page.wait_for_timeout(1500)
            page.on("load", lambda loaded: loads.append(loaded.url))
            page.reload()
            page.wait_for_timeout(6000)
            came = len(loads)
            page.wait_for_timeout(2000)
            checked(page)
            page.goto("about:blank")
    finally:
        site.start()
    assert 2 <= came <= 3 and len(loads) - 1 == came, loads  # the reload, and one for each release at most


def test_the_page_can_be_installed(
    playwright: Playwright, site: Site, city: City, siti: IssuedCredential, tmp_path: Path
) -> None:
    whole = Path(browsers.WHOLE).exists()  # only the whole browser judges; its shell reads the manifest alone
    context = playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=browsers.WHOLE if whole else browsers.CHROMIUM, args=list(browsers.FLAGS)
    )
    page = context.pages[0]
    page.goto(address(city, siti))
    checked(page)
    cdp = context.new_cdp_session(page)
    found = cdp.send("Page.getAppManifest")
    assert found["errors"] == []
    manifest = found["manifest"]
    assert (manifest["display"], urlsplit(manifest["startUrl"]).path) == ("kStandalone", "/v")
    assert manifest["name"] == "Periksa pakta Kota Mojokerto"
    for icon in manifest["icons"]:
        answer = page.request.get(icon["url"])
        drawn = Image.open(io.BytesIO(answer.body()))
        assert answer.headers["content-type"] == icon["type"] == "image/png"
        assert f"{drawn.width}x{drawn.height}" == icon["sizes"]
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    if whole:
        assert cdp.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        page.goto(f"{site.origin}/periksa")
        (error,) = cdp.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert error["errorId"] == "no-manifest"
    context.close()


def test_english_has_the_same_certificate_and_leads_back(phone: Visitor, city: City, siti: IssuedCredential) -> None:
    page = phone.open(address(city, siti))
    checked(page)
    page.get_by_role("link", name="English").click()
    checked(page)
    assert page.url == address(city, siti).replace("/v#", "/v?bahasa=en#")
    assert (page.locator("html").get_attribute("lang"), page.title()) == ("en", "VALID · Pakta")
    expect(page.locator("#pita h1")).to_have_text("VALID")
    expect(page.locator("#langkah")).to_contain_text("Neither revoked nor suspended, by the status list of")
    expect(page.locator("#sumber")).to_contain_text(re.compile(r"\d+ \w+ 20\d\d at \d\d:\d\d WIB"))
    leading = page.evaluate(LINKS)
    assert len(leading) > 8 and set(leading) == {"?bahasa=en"}
    page.evaluate("() => { location.hash = '12345'; }")
    expect(page.locator("#pita h1")).to_have_text("NOT RECOGNISED")
    page.get_by_role("link", name="Indonesia", exact=True).click()
    expect(page.locator("#pita h1")).to_have_text("TIDAK DIKENAL")
    assert page.url.endswith("/v?bahasa=id#12345")


def test_english_works_without_a_network(
    profile: Callable[..., Visitor], site: Site, city: City, siti: IssuedCredential
) -> None:
    visitor = profile("english")
    opened(visitor, address(city, siti))  # in Indonesian: the worker keeps the English beside it
    site.stop()
    try:
        visitor.expect_complaint("ERR_CONNECTION_REFUSED")
        page = visitor.open(address(city, siti).replace("/v#", "/v?bahasa=en#"))
        expect(page.locator("#pita h1")).to_have_text("VALID")
        expect(page.locator("#sumber")).to_contain_text("No connection to the server")
    finally:
        site.start()


def test_revoked_says_when_and_why_in_english(phone: Visitor, city: City) -> None:
    row = signed(city, "lina")
    change(city, row, Status.REVOKED, ReasonClass.KEY_LOST)
    page = phone.open(address(city, row).replace("/v#", "/v?bahasa=en#"))
    expect(page.locator("#pita h1")).to_have_text("REVOKED")
    told = re.compile(r"Revoked on \d+ \w+ 20\d\d\. Kind of reason: key lost\.")
    expect(page.locator("#alasan")).to_have_text(told)


def test_a_name_that_does_not_match_and_a_violation_lead_to_help_and_carry_nothing(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    for link, heading, helps in (
        ("Nama tidak cocok?", "Nama tidak cocok", "BKPSDM Kota Mojokerto"),
        ("Laporkan pelanggaran", "Laporkan pelanggaran", "sigaplapor.bawaslu.go.id"),
        ("Periksa sertifikat lain", "Periksa sertifikat", "Ketik nomornya"),
    ):
        page = phone.open(address(city, siti))
        checked(page)
        with page.expect_request(lambda request: request.is_navigation_request()) as asked:
            page.locator("main").get_by_role("link", name=link).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.locator("main")).to_contain_text(helps)
        assert not {"?", "#"} & set(asked.value.url) and "referer" not in asked.value.all_headers()
        assert siti.number not in page.content()


def test_a_false_certificate_leads_to_what_to_do_with_it(phone: Visitor, city: City, siti: IssuedCredential) -> None:
    page = phone.open(address(city, siti))
    checked(page)
    link = page.locator("main").get_by_role("link", name="Laporkan sertifikat palsu")
    expect(link).to_be_hidden()
    origin = address(city, siti).partition("/v#")[0]
    forged = credential.to_address(SeededCity("forger", origin).others["issued long ago"], origin=origin)
    for digits, false in (("12345", False), (forged.partition("#")[2], True)):  # cut short; a stranger's
        page.evaluate("(digits) => { location.hash = digits; }", digits)
        expect(page.locator("#kode")).to_contain_text("ISSUER_UNKNOWN" if false else "MALFORMED")
        expect(page.locator("#pita h1")).to_have_text("TIDAK DIKENAL")
        expect(page.locator("main").get_by_role("link", name="Periksa sertifikat lain")).to_be_visible()
        expect(link).to_be_visible(visible=false)
    link.click()
    expect(page.get_by_role("heading", name="Sertifikat palsu")).to_be_in_viewport()
    expect(page.locator("main")).to_contain_text("Sampaikan kepada BKPSDM Kota Mojokerto")
