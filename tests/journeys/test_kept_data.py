"""What a phone keeps between visits: older, future and planted files do not take the place of good ones."""

from __future__ import annotations

import base64
from datetime import timedelta

from playwright.sync_api import Route, expect

from pakta.certificates import publishing
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import credential, keyset
from pakta.database import db, transaction
from pakta.web import clock
from tests.journeys.browser import Visitor
from tests.journeys.keeping import wait_until_kept, word
from tests.journeys.site import Site
from tests.journeys.test_verification import address, change, seen_revoked, signed
from tests.journeys.test_witnessed import give
from tests.people import City
from tests.verification.paper import Issuer

KNOWN_BEFORE = """async (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  await (await caches.open("pakta-data")).put("/.well-known/pakta-keys.json", new Response(bytes));
}"""
REFUSED = "Server menjawab, tetapi"


def test_an_older_status_list_does_not_take_a_newer_ones_place(phone: Visitor, city: City) -> None:
    page, older = seen_revoked(phone, city, "dewi")
    phone.context.route("**/s/0", lambda route: route.fulfill(body=older, content_type="application/statuslist+cwt"))
    page.reload()
    assert word(page) == "DICABUT"
    expect(page.locator("#sumber")).to_contain_text(REFUSED)


def test_an_older_head_and_an_older_list_are_not_said_to_be_the_newest_data(phone: Visitor, city: City) -> None:
    """A verdict in both languages, with one of the three files older at a time; then all are served as they are."""
    row = signed(city, "budi")
    phone.open(address(city, row))
    assert word(phone.page) == "SAH"
    older = {path: phone.context.request.get(f"{phone.origin}{path}").body() for path in ("/log/checkpoint", "/s/0")}
    change(city, row, Status.SUSPENDED, ReasonClass.ADMINISTRATIVE)
    phone.page.reload()
    assert word(phone.page) == "DITANGGUHKAN"
    expect(phone.page.locator("#sumber")).to_contain_text("data terbaru")
    english = address(city, row).replace("/v#", "/v?bahasa=en#")
    for path, body in older.items():
        give(phone, f"**{path}", body)
        for where, said in ((address(city, row), REFUSED), (english, "The server answered, but")):
            page = phone.open("/arti")
            page.goto(where)
            expect(page.locator("#kode")).to_contain_text("STATUS_SUSPENDED")
            expect(page.locator("#sumber")).to_contain_text(said)
        phone.context.unroute(f"**{path}")
    page = phone.open("/arti")
    page.goto(address(city, row))
    expect(page.locator("#sumber")).to_contain_text("data terbaru")


def test_a_list_of_the_future_is_not_kept_before_one_of_today(phone: Visitor, city: City) -> None:
    """The server's clock ran ahead for a moment, and a phone fetched what was signed then."""
    row = signed(city, "lina")
    wired = city.wired
    with city.app.app_context(), transaction() as session:
        late = clock.now() + timedelta(days=365)
        ahead = publishing.publish_status_list(session, now=late, keyring=wired.keyring, config=wired.config).token
    change(city, row, Status.SUSPENDED, ReasonClass.ADMINISTRATIVE)  # also signs a list of today
    change(city, row, Status.VALID, ReasonClass.ADMINISTRATIVE)
    phone.context.route("**/s/0", lambda route: route.fulfill(body=ahead, content_type="application/statuslist+cwt"))
    page = phone.open(address(city, row))
    assert word(page) == "TIDAK DAPAT DIPERIKSA"
    expect(page.locator("#sumber")).to_contain_text(REFUSED)
    phone.context.unroute("**/s/0")
    page.reload()
    assert word(page) == "SAH"


def key_set_of(issuer: Issuer, city: City, *, version: int) -> bytes:
    """Return a key set of the city's address that another issuer made."""
    with city.app.app_context():
        genuine = publishing.newest_key_set(db.session())
        assert genuine is not None
    known = keyset.parse(genuine.text)
    text = keyset.build(
        issuer_keys={issuer.kid: issuer.public}, version=version, host=city.wired.config.host, issued_at=clock.now(),
        log_origin=known.log_origin, log_vkey=known.log_vkey,
    )  # fmt: skip
    return keyset.sign(text, kid=issuer.kid, sign=issuer.sign)


def test_a_phone_that_knew_keys_of_before_a_new_beginning_is_told_so_and_made_to_forget(
    phone: Visitor, site: Site, city: City
) -> None:
    """A city that lost all its issuer keys begins anew; `PAKTA_OFFLINE=off` once lets its phones follow."""
    row = signed(city, "ani")
    before = base64.b64encode(key_set_of(Issuer(), city, version=1)).decode()
    page = phone.open("/arti")
    page.evaluate(KNOWN_BEFORE, before)
    for _ in range(2):
        page = phone.open("/arti")
        page.goto(address(city, row))
        assert word(page) == "TIDAK DAPAT DIPERIKSA"
        expect(page.locator("#kode")).to_contain_text("KEYSET_UNVOUCHED")
        expect(page.locator("#pita")).to_contain_text("tanyakan kepada")
        expect(page.locator("#nama")).to_be_hidden()
        expect(page.locator("#langkah")).to_contain_text("Tanda tangan penerbit belum diperiksa")
    for offline in (False, True):
        site.stop()
        site.offline = offline
        site.start()
        for _ in range(2):
            page = phone.open("/arti")
            page.goto(address(city, row))
            assert word(page) == "SAH" or not offline
            page.wait_for_timeout(500)
    assert word(page) == "SAH"


def test_a_key_set_that_no_known_key_signed_is_not_believed(phone: Visitor, city: City) -> None:
    """Whoever stands between a phone and the server once gets no green for a forgery, then or later."""
    row = signed(city, "rini")
    page = phone.open(address(city, row))
    assert word(page) == "SAH"
    forger, config = Issuer(), city.wired.config
    assert row.cose is not None
    planted = key_set_of(forger, city, version=2**53 - 1)
    claims = credential.parse(row.cose).claims
    forged = credential.assemble(
        claims, kid=forger.kid, signature=forger.sign(credential.to_be_signed(claims, kid=forger.kid))
    )
    keys = "**/.well-known/pakta-keys.json"
    phone.context.route(keys, lambda route: route.fulfill(body=planted, content_type="application/json"))
    for there in (True, False):
        page.goto(address(city, row))
        page.reload()
        assert word(page) == "SAH"
        page.goto(credential.to_address(forged, origin=config.origin))
        page.reload()
        assert word(page) == ("TIDAK DAPAT DIPERIKSA" if there else "TIDAK DIKENAL")
        expect(page.locator("#kode")).to_contain_text("KEYSET_UNVOUCHED" if there else "ISSUER_UNKNOWN")
        expect(page.locator("#sumber")).to_contain_text(REFUSED if there else "data terbaru")
        if there:
            phone.context.unroute(keys)


def test_what_a_failing_server_did_not_give_is_fetched_at_the_next_visit(phone: Visitor, city: City) -> None:
    row = signed(city, "siti")
    phone.expect_complaint("503")
    failed: list[str] = []

    def fail(route: Route) -> None:
        route.fulfill(status=503)
        failed.append(route.request.url)

    phone.context.route("**/s/0", fail)
    page = phone.open(address(city, row))
    assert word(page) == "TIDAK DAPAT DIPERIKSA"
    while len(failed) < 2:  # the page, and the worker: a request under way must not meet the end of the failing
        page.wait_for_timeout(50)
    phone.context.unroute("**/s/0")
    page.reload()
    assert word(page) == "SAH"
    wait_until_kept(page)
