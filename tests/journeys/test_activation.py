"""From a slip to a key of one's own and back in: with a screen lock, with a passphrase, with a bad connection."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import func, select

from pakta.accounts import passkeys, rules
from pakta.accounts.models import PersonKey
from pakta.core import canonical, statement
from pakta.database import db
from tests.journeys.browser import Visitor
from tests.journeys.site import Site
from tests.people import KNOWN, City

KEPT_KEYS = """
() => new Promise((resolve, reject) => {
  const request = indexedDB.open("pakta", 1);
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const all = request.result.transaction("keys").objectStore("keys").getAll();
    all.onsuccess = () => resolve(all.result.map((row) => [row.thumbprint, row.privateKey.extractable]));
  };
})
"""


def keys_of(city: City, who: str) -> int:
    """Return how many keys are enrolled in a person's name."""
    with city.app.app_context():
        wanted = select(func.count()).where(PersonKey.person_id == city.person(who).id)
        return int(db.session().execute(wanted).scalar_one())


def show_slip(visitor: Visitor, code: str) -> Page:
    """Open what the slip's QR opens, and go on."""
    page = visitor.open(f"/aktivasi#{rules.grouped_code(code)}")
    page.get_by_role("button", name="Lanjut").click()
    expect(page.get_by_role("heading", name="Apakah ini Anda?")).to_be_visible()
    return page


def sign_out(page: Page) -> None:
    """Leave."""
    page.get_by_role("button", name="Keluar").click()
    expect(page.get_by_role("link", name="Masuk / Aktifkan")).to_be_visible()


def test_a_slip_and_a_screen_lock_make_an_account(phone: Visitor, city: City) -> None:
    phone.authenticator()
    code = city.slip("siti")
    page = phone.open(f"/aktivasi#{code}")
    expect(page.get_by_label("Kode pada slip aktivasi")).to_have_value(code)
    assert page.url.endswith("/aktivasi")
    page.get_by_role("button", name="Lanjut").click()
    expect(page.locator("main")).to_contain_text("Siti Lestari")
    expect(page.locator("main")).not_to_contain_text(KNOWN["siti"].number)
    page.get_by_role("button", name="Ya, ini saya: buka kunci layar ponsel").click()
    page.wait_for_url("**/pakta")
    page = phone.open("/akun")
    expect(page.locator("#kunci ~ .sheet").first).to_contain_text("Kunci layar ponsel")

    sign_out(page)
    page.get_by_role("link", name="Masuk / Aktifkan").click()
    page.get_by_role("button", name="Masuk dengan kunci layar ponsel").click()
    page.wait_for_url("**/pakta")
    assert keys_of(city, "siti") == 1
    assert not any(code in address.split("#")[0] for address in phone.addresses)


def test_a_slip_and_a_passphrase_make_a_key_that_cannot_leave_the_browser(phone: Visitor, city: City) -> None:
    page = show_slip(phone, city.slip("budi"))
    expect(page.get_by_role("button", name="Ya, ini saya: buka kunci layar ponsel")).to_be_hidden()
    page.get_by_label("Kata sandi baru").fill("budi wiryawan")
    page.get_by_role("button", name="Ya, ini saya: buat kunci").click()
    expect(page.get_by_role("alert")).to_contain_text("mudah ditebak")
    page.get_by_role("button", name="Buatkan kata sandi").click()
    words = page.get_by_label("Kata sandi baru").input_value()
    assert re.fullmatch(r"([a-z]{4}-){3}[a-z]{4}", words)
    page.get_by_role("button", name="Ya, ini saya: buat kunci").click()
    page.wait_for_url("**/pakta")

    page = phone.open("/akun")
    expect(page.get_by_text("Kunci ini ada di perangkat ini.")).to_be_visible()
    kept = page.evaluate(KEPT_KEYS)
    with city.app.app_context():
        row = (
            db.session().execute(select(PersonKey).where(PersonKey.person_id == city.person("budi").id)).scalar_one()
        )
    assert kept == [[row.thumbprint, False]]

    sign_out(page)
    page = phone.open("/masuk?lanjut=/akun")
    page.get_by_label("NIP, NI PPPK").fill("19710512 199603 1 902")
    page.get_by_label("Kata sandi", exact=True).fill("bukan kata sandinya")
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Anda belum masuk")
    page.get_by_label("Kata sandi", exact=True).fill(words)
    page.get_by_role("button", name="Masuk", exact=True).click()
    page.wait_for_url("**/akun")


def test_a_reply_that_is_lost_is_asked_for_again_and_one_key_is_enrolled(phone: Visitor, city: City) -> None:
    phone.expect_complaint("net::ERR_FAILED")
    page = show_slip(phone, city.slip("rini"))

    def lose_the_reply(route: Route) -> None:
        route.fetch()
        route.abort("failed")

    page.route("**/aktivasi/kunci-perangkat", lose_the_reply)
    page.get_by_role("button", name="Buatkan kata sandi").click()
    page.get_by_role("button", name="Ya, ini saya: buat kunci").click()
    expect(page.get_by_role("alert")).to_contain_text("Kami belum tahu apakah akun Anda sudah aktif")
    assert keys_of(city, "rini") == 1
    page.unroute("**/aktivasi/kunci-perangkat")
    page.get_by_role("button", name="Kirim lagi").click()
    page.wait_for_url("**/pakta")
    assert keys_of(city, "rini") == 1


def test_a_double_tap_enrols_one_key(phone: Visitor, city: City) -> None:
    phone.authenticator()
    page = show_slip(phone, city.slip("joko"))
    page.get_by_role("button", name="Ya, ini saya: buka kunci layar ponsel").dblclick()
    page.wait_for_url("**/pakta")
    assert keys_of(city, "joko") == 1


def test_a_screen_lock_that_stays_locked_leaves_the_slip_unused(phone: Visitor, city: City) -> None:
    session = phone.authenticator()
    page = show_slip(phone, city.slip("lina"))
    authenticators = session.send("WebAuthn.disable")
    assert authenticators is not None
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": False, "automaticPresenceSimulation": True,
    }})  # fmt: skip
    page.get_by_role("button", name="Ya, ini saya: buka kunci layar ponsel").click()
    expect(page.get_by_role("alert")).to_contain_text("Slip Anda belum terpakai")
    expect(page.get_by_label("Kata sandi baru")).to_be_visible()
    assert keys_of(city, "lina") == 0


def test_a_used_slip_tells_its_owner_who_stops_the_key_with_one_tap(
    visitors: Callable[..., Visitor], city: City
) -> None:
    code = city.slip("agus")
    thief, owner = visitors(), visitors()
    thief.authenticator()
    show_slip(thief, code).get_by_role("button", name="Ya, ini saya: buka kunci layar ponsel").click()
    thief.page.wait_for_url("**/pakta")

    page = owner.open(f"/aktivasi#{code}")
    page.get_by_role("button", name="Lanjut").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"sudah dipakai pada .+ pukul \d\d\.\d\d WIB"))
    page.get_by_role("button", name="Bukan saya").click()
    expect(page.get_by_role("heading", name="Sudah ditangguhkan")).to_be_visible()
    assert not any(code in address.split("#")[0] for address in owner.addresses)

    assert "/masuk" in thief.open("/akun").url
    thief.open("/masuk").get_by_role("button", name="Masuk dengan kunci layar ponsel").click()
    expect(thief.page.get_by_role("alert")).to_contain_text("ditangguhkan")


def test_a_server_that_lies_gets_no_pact_out_of_a_sign_in(phone: Visitor, city: City) -> None:
    """It sends the hash of a statement as the challenge; the authenticator signs something else, for sign-in only."""
    phone.authenticator()
    show_slip(phone, city.slip("wati")).get_by_role("button", name="Ya, ini saya: buka kunci layar ponsel").click()
    phone.page.wait_for_url("**/pakta")
    sign_out(phone.open("/akun"))
    wanted = hashlib.sha256(statement.STATEMENT_PREFIX + b"{}").digest()
    asked = {"challenge": canonical.base64url(wanted), "rpId": "localhost", "timeout": 60000}
    said: list[dict[str, str]] = []

    def listen(route: Route) -> None:
        sent = json.loads(route.request.post_data or "")["response"]["response"]
        said.append(json.loads(canonical.from_base64url(sent["clientDataJSON"])))
        route.continue_()

    phone.context.route("**/masuk/kunci-sandi/mulai", lambda route: route.fulfill(json=asked))
    phone.context.route("**/masuk/kunci-sandi", listen)
    phone.open("/masuk").get_by_role("button", name="Masuk dengan kunci layar ponsel").click()
    expect(phone.page.get_by_role("alert")).to_contain_text("CHALLENGE_GONE")
    signed = canonical.from_base64url(said[0]["challenge"])
    assert said[0]["type"] == "webauthn.get"
    assert signed == passkeys.sign_in_challenge(wanted) != wanted
    phone.context.unroute("**/masuk/kunci-sandi/mulai")
    phone.open("/masuk").get_by_role("button", name="Masuk dengan kunci layar ponsel").click()
    phone.page.wait_for_url("**/pakta")


def test_without_scripts_the_code_is_taken_and_the_key_page_says_what_is_missing(
    chromium: Browser, site: Site, city: City
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.origin}/aktivasi")
    page.get_by_label("Kode pada slip aktivasi").fill(city.slip("made").lower())
    page.get_by_role("button", name="Lanjut").click()
    expect(page.locator("main")).to_contain_text("Made Wirawan")
    expect(page.get_by_text("langkah ini memerlukan JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Ya, ini saya")).to_have_count(0)
    context.close()
