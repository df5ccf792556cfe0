"""What a phone keeps between visits: older, future and planted files do not take the place of good ones."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Route, expect

from pakta.certificates import publishing
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import credential, keyset
from pakta.database import db, transaction
from pakta.web import clock
from tests.journeys.browser import Visitor
from tests.journeys.keeping import wait_until_kept, word
from tests.journeys.test_verification import address, change, signed
from tests.journeys.test_witnessed import give
from tests.people import City
from tests.verification.paper import Issuer

REFUSED = "Server menjawab, tetapi"


def test_an_older_status_list_does_not_take_a_newer_ones_place(phone: Visitor, city: City) -> None:
    row = signed(city, "dewi")
    page = phone.open(address(city, row))
    assert word(page) == "SAH"
    older = phone.context.request.get(f"{phone.origin}/s/0").body()
    change(city, row, Status.REVOKED, ReasonClass.KEY_LOST)
    page.reload()
    assert word(page) == "DICABUT"
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


def test_a_key_set_that_no_known_key_signed_is_not_believed(phone: Visitor, city: City) -> None:
    """Whoever stands between a phone and the server once gets no green for a forgery, then or later."""
    row = signed(city, "rini")
    page = phone.open(address(city, row))
    assert word(page) == "SAH"
    forger, config = Issuer(), city.wired.config
    with city.app.app_context():
        genuine = publishing.newest_key_set(db.session())
        assert genuine is not None and row.cose is not None
    known = keyset.parse(genuine.text)
    text = keyset.build(
        issuer_keys={forger.kid: forger.public}, version=2**53 - 1, host=config.host, issued_at=clock.now(),
        log_origin=known.log_origin, log_vkey=known.log_vkey,
    )  # fmt: skip
    planted = keyset.sign(text, kid=forger.kid, sign=forger.sign)
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
        assert word(page) == "TIDAK DIKENAL"
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
