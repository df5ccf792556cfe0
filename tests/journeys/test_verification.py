"""A stranger verifies a certificate: by its QR, its number, its file; online, offline, and on a dead line."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import number
from pakta.database import transaction
from pakta.web import clock, recent
from tests.journeys.browser import Visitor, stop_clock
from tests.journeys.keeping import wait_until_kept, wait_until_reopened, word
from tests.journeys.site import Site, dead_line
from tests.people import KNOWN, City

SHOWN = recent.HALF_A_SECOND + 0.1  # seconds: the server remembers public heads for so long
LIMIT = 1500  # milliseconds until the page says that the server has not answered: look at static/js/v.js
NO_ED25519 = """
const original = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (format, data, algorithm, ...rest) => algorithm === "Ed25519"
  ? Promise.reject(new DOMException("no", "NotSupportedError")) : original(format, data, algorithm, ...rest);
"""


def address(city: City, row: IssuedCredential) -> str:
    """Return what the QR holds."""
    return certificates.address(row, config=city.wired.config)


def change(city: City, row: IssuedCredential, status: Status, reason: ReasonClass) -> None:
    """Revoke, suspend or reinstate, and sign a checkpoint over it."""
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=session.get_one(IssuedCredential, row.id), status=status, reason=reason,
            now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    city.settle()
    time.sleep(SHOWN)


def seen_revoked(phone: Visitor, city: City, who: str) -> tuple[Page, bytes]:
    """Let a person sign, and a phone see the certificate revoked; return its page and the status list of before."""
    row = signed(city, who)
    page = phone.open(address(city, row))
    assert word(page) == "SAH"
    older = phone.context.request.get(f"{phone.origin}/s/0").body()
    change(city, row, Status.REVOKED, ReasonClass.KEY_LOST)
    page.reload()
    assert word(page) == "DICABUT"
    return page, older


def signed(city: City, who: str) -> IssuedCredential:
    """Let a person sign; return when the server shows the head that covers it."""
    row = city.sign(who)
    time.sleep(SHOWN)
    return row


@pytest.fixture(scope="module")
def siti(city: City) -> IssuedCredential:
    """Let Siti sign."""
    return signed(city, "siti")


@pytest.fixture(scope="module")
def joko(city: City) -> IssuedCredential:
    """Let Joko sign; no phone has ever opened his certificate."""
    return signed(city, "joko")


def test_a_stranger_sees_who_signed_what_and_what_was_checked(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    for text in (
        "Siti Lestari",
        "ASN-",
        number.spoken(siti.number),
        "Belum ada saksi luar",
        "kartu identitas",
        "PP 71/2019",
    ):
        expect(page.locator("main")).to_contain_text(text)
    assert page.locator("main > *").first.get_attribute("id") == "pita"
    assert page.locator('meta[name="robots"]').get_attribute("content") == "noindex"
    assert KNOWN["siti"].number not in page.content()


def test_the_qr_never_reaches_the_server(phone: Visitor, site: Site, city: City, siti: IssuedCredential) -> None:
    page = phone.open(address(city, siti))
    word(page)
    wait_until_reopened(page)
    digits = address(city, siti).split("#")[1][:40]
    assert digits not in site.log.read_text()
    keys = page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async (name) => "
        "(await (await caches.open(name)).keys()).map((each) => each.url)))).flat()"
    )
    assert keys and not any(digits in each or "#" in each for each in keys)


def without_a_database(site: Site) -> None:
    """Skip what no server has a part in where it has run on one database already."""
    if not site.config.database_url.startswith("sqlite"):
        pytest.skip("the server is stopped: the database has no part in it")


def test_a_certificate_never_opened_here_is_verified_with_the_server_stopped(
    profile: Callable[..., Visitor], site: Site, city: City, siti: IssuedCredential, joko: IssuedCredential
) -> None:
    without_a_database(site)
    before = profile("stranger")
    assert word(before.open(address(city, siti))) == "SAH"
    wait_until_reopened(before.page)
    before.context.close()
    site.stop()
    try:
        after = profile("stranger")
        after.expect_complaint("ERR_CONNECTION_REFUSED")
        page = after.open(address(city, joko))
        assert word(page) == "SAH"
        expect(page.locator("#nama")).to_have_text("Joko Prasetyo")
        expect(page.locator("#sumber")).to_contain_text(re.compile("Tanpa sambungan.* Daftar statusnya dari .* WIB"))
        expect(page.locator("#terputus")).to_be_visible()
        expect(page.locator("#cocokkan")).to_contain_text("Bila tidak cocok")  # where its link cannot lead
        changed = address(city, joko)[:-1] + ("1" if address(city, joko)[-1] != "1" else "2")
        after.open(changed)
        expect(page.locator("#pita h1")).to_have_text("TIDAK DIKENAL")
    finally:
        site.start()


def test_the_verdict_waits_for_nobody_where_the_page_was_opened_before(
    profile: Callable[..., Visitor], site: Site, city: City, siti: IssuedCredential, joko: IssuedCredential
) -> None:
    """The page's clock stands still on a dead line: neither an answer nor a time limit can bring this verdict."""
    without_a_database(site)
    visitor = profile("quick")
    page = visitor.open(address(city, siti))
    word(page)
    wait_until_reopened(page)
    site.stop()
    try:
        visitor.expect_complaint("ERR_")
        with dead_line(site.port):
            stop_clock(page)
            for row in (siti, joko):
                page.goto("about:blank")
                visitor.open(address(city, row))
                expect(page.locator("#pita h1")).to_have_text("SAH")
                expect(page.locator("#sumber")).not_to_contain_text("Server belum menjawab")
            page.clock.run_for(LIMIT - 1)
            expect(page.locator("#sumber")).not_to_contain_text("Server belum menjawab")
            page.clock.run_for(1)
            expect(page.locator("#sumber")).to_contain_text("Server belum menjawab")
            page.goto("about:blank")
    finally:
        site.start()


def test_the_shell_of_an_older_version_is_dropped(phone: Visitor, city: City, siti: IssuedCredential) -> None:
    page = phone.open("/periksa")
    page.evaluate(
        "() => caches.open('pakta-shell-000000000000').then((cache) => cache.put('/v', new Response('tua')))"
    )
    phone.open(address(city, siti))
    assert word(page) == "SAH"
    wait_until_reopened(page)
    names = page.evaluate("() => caches.keys()")
    assert "pakta-shell-000000000000" not in names and "pakta-data" in names


def test_browser_and_server_say_the_same_of_a_certificate(
    phone: Visitor, desk: Visitor, city: City, siti: IssuedCredential
) -> None:
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    theirs = desk.open("/periksa")
    theirs.get_by_label("Lembar (PDF)").set_input_files(
        {"name": "surat.txt", "mimeType": "text/plain", "buffer": address(city, siti).encode()}
    )
    theirs.get_by_role("button", name="Unggah dan periksa").click()
    expect(theirs.locator(".verdict h1")).to_have_text("SAH")
    for part in (".verdict", ".holder", "main .lead", ".facts"):
        assert page.locator(part).first.inner_text().split() == theirs.locator(part).first.inner_text().split()
    checks = theirs.locator(".checks").last  # before them the server says what it did not look at in the file
    assert page.locator(".checks").first.inner_text().split() == checks.inner_text().split()


def test_a_browser_without_ed25519_of_its_own_verifies_too(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    phone.context.add_init_script(NO_ED25519)
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    assert any("ed25519.js" in each for each in phone.addresses)


def test_a_browser_that_cannot_check_never_says_sah(phone: Visitor, city: City, siti: IssuedCredential) -> None:
    phone.context.add_init_script("delete Crypto.prototype.subtle;")
    page = phone.open(address(city, siti))
    expect(page.locator("#pita h1")).to_have_text("TIDAK DAPAT DIPERIKSA")
    expect(page.locator("#kode")).to_contain_text("BROWSER")
    expect(page.locator("#diperiksa")).to_be_hidden()
    expect(page.locator("#sumber")).to_be_empty()


def test_a_browser_that_cannot_unpack_a_status_list_has_the_server_judge_a_number(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    phone.context.add_init_script("delete globalThis.DecompressionStream;")
    page = phone.open(f"{city.wired.config.origin}/periksa")
    page.get_by_label("Nomor sertifikat").fill(siti.number)
    page.get_by_role("button", name="Periksa", exact=True).click()
    expect(page.get_by_role("heading", name="SAH", exact=True)).to_be_visible()
    assert page.url.endswith("/periksa")


def test_revoked_and_suspended_say_when_and_why(phone: Visitor, city: City) -> None:
    row = signed(city, "lina")
    change(city, row, Status.SUSPENDED, ReasonClass.DISPUTE)
    page = phone.open(address(city, row))
    assert word(page) == "DITANGGUHKAN"
    expect(page.locator("#alasan")).to_contain_text("ada keberatan", timeout=25000)
    change(city, row, Status.VALID, ReasonClass.ADMINISTRATIVE)
    page.reload()
    assert word(page) == "SAH"
    change(city, row, Status.REVOKED, ReasonClass.DATA_WRONG)
    page.reload()
    assert word(page) == "DICABUT"
    expect(page.locator("#alasan")).to_contain_text("data salah", timeout=25000)


def test_on_a_line_that_never_answers_the_kept_day_and_class_are_told(phone: Visitor, city: City) -> None:
    row = signed(city, "made")
    change(city, row, Status.REVOKED, ReasonClass.DATA_WRONG)
    page = phone.open(address(city, row))
    expect(page.locator("#alasan")).to_contain_text("data salah", timeout=25000)
    wait_until_kept(page)
    phone.context.route("**/*", lambda _route: None)
    page.reload()
    expect(page.locator("#alasan")).to_contain_text("data salah", timeout=5000)  # of 20 s until all is given up
    assert page.locator("#pita h1").inner_text() == "DICABUT"


def test_who_looks_at_one_certificate_asks_for_the_same_as_who_looks_at_another(
    visitors: Callable[..., Visitor], city: City
) -> None:
    """No request carries a number, a place in a list or what stands behind the #, not for day and class either."""
    rows = [signed(city, who) for who in ("budi", "rini")]
    for row in rows:
        change(city, row, Status.SUSPENDED, ReasonClass.KEY_LOST)
    asked = []
    for row in rows:
        phone = visitors()
        page = phone.open(address(city, row))
        assert word(page) == "DITANGGUHKAN"
        expect(page.locator("#alasan")).to_contain_text("kunci hilang", timeout=25000)
        wait_until_kept(page)
        asked.append({each.split("#")[0].removeprefix(phone.origin) for each in phone.addresses})
        digits = address(city, row).split("#")[1]
        assert not [
            each
            for each in asked[-1]
            if digits in each or row.number in each or "?" in re.sub(r"\?v=|^/v\?bahasa=en$", "", each)
        ]
    assert asked[0] == asked[1]
    assert {"/v", "/s/0", "/s/0/alasan", "/log/checkpoint"} <= asked[0]


def test_in_a_marked_institution_nobody_is_named(phone: Visitor, city: City) -> None:
    row = signed(city, "agus")
    page = phone.open(address(city, row))
    assert word(page) == "SAH"
    expect(page.locator("#nama")).to_have_text("1 anggota")
    assert "Agus" not in page.content()


def test_another_qr_on_the_same_page_is_verified_anew(
    phone: Visitor, city: City, siti: IssuedCredential, joko: IssuedCredential
) -> None:
    page = phone.open(address(city, siti))
    assert word(page) == "SAH"
    page.evaluate("(digits) => { location.hash = digits; }", address(city, joko).split("#")[1])
    expect(page.locator("#nama")).to_have_text("Joko Prasetyo")
    page.evaluate("() => { location.hash = '12345'; }")
    expect(page.locator("#pita h1")).to_have_text("TIDAK DIKENAL")
    expect(page.locator("#nama")).to_be_hidden()
    page.evaluate("() => { location.hash = ''; }")
    expect(page.get_by_role("heading", name="Tidak ada QR di alamat ini")).to_be_visible()
    assert page.title().startswith("Periksa sertifikat")


def test_rubbish_in_the_qr_is_never_an_error_and_never_sah(
    phone: Visitor, city: City, siti: IssuedCredential
) -> None:
    digits = address(city, siti).split("#")[1]
    rubbish = [
        digits[:30] + ("7" if digits[30] != "7" else "8") + digits[31:],
        digits[:-9],
        "9" * 10240,
        "<script>alert(1)</script>",
        "%00%ff",
        "٣٣٣",
        "?x=1",
    ]
    for each in rubbish:
        phone.page.goto("about:blank")
        page = phone.open(f"/v#{each}")
        expect(page.locator("#pita h1")).to_have_text("TIDAK DIKENAL")
        expect(page.locator("#kode code")).not_to_have_text("")


def test_a_query_that_a_messenger_appends_does_no_harm(phone: Visitor, city: City, siti: IssuedCredential) -> None:
    page = phone.open(address(city, siti).replace("/v#", "/v?fbclid=abc#"))
    assert word(page) == "SAH"


def test_a_typed_number_leads_to_the_verdict(phone: Visitor, city: City, siti: IssuedCredential) -> None:
    page = phone.open("/periksa")
    page.get_by_label("Nomor sertifikat").fill(number.spoken(siti.number).lower().replace("0", "o").replace("1", "l"))
    page.get_by_role("button", name="Periksa", exact=True).click()
    expect(page).to_have_url(re.compile("/v#[0-9]+$"))
    assert word(page) == "SAH"
    expect(page.locator("#nama")).to_have_text("Siti Lestari")


def test_a_mistyped_number_is_sent_once_and_told_so(phone: Visitor, siti: IssuedCredential) -> None:
    page = phone.open("/periksa")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    wrong = siti.number[:-1] + ("0" if siti.number[-1] != "0" else "1")
    page.get_by_label("Nomor sertifikat").fill(wrong)
    page.get_by_role("button", name="Periksa", exact=True).click()
    expect(page.locator("#ringkasan-salah")).to_contain_text("salah ketik")
    expect(page.locator("#ringkasan-salah")).to_contain_text("CERTIFICATE_NUMBER_CHECK")
    expect(page.locator("#ringkasan-salah")).to_be_focused()
    expect(page.get_by_text("salah ketik")).to_have_count(1)
    assert sent == [f"{phone.origin}/periksa"]
    expect(page.get_by_label("Nomor sertifikat")).to_have_value(wrong)


def test_an_address_of_another_host_is_not_followed(phone: Visitor, city: City, siti: IssuedCredential) -> None:
    page = phone.open("/periksa")
    page.get_by_label("Nomor sertifikat").fill(address(city, siti).replace(phone.origin, "https://jahat.example"))
    page.get_by_role("button", name="Periksa", exact=True).click()
    expect(page.locator(".verdict")).to_contain_text("Alamat atau QR ini menuju situs lain")
    expect(page.locator(".verdict h1")).to_have_text("TIDAK DIKENAL")
    assert not any("jahat.example" in each for each in phone.addresses)


def test_an_uploaded_lembar_and_card_are_read(phone: Visitor, city: City, siti: IssuedCredential) -> None:
    for name, mime in (
        ("lembar.pdf", "application/pdf"),
        ("berkas-bukti.pdf", "application/pdf"),
        ("kartu.png", "image/png"),
    ):
        page = phone.open("/periksa")
        content = file_of(city, siti, name)
        page.get_by_label("Lembar (PDF)").set_input_files({"name": name, "mimeType": mime, "buffer": content})
        page.get_by_role("button", name="Unggah dan periksa").click()
        expect(page.locator(".verdict h1")).to_have_text("SAH")
        expect(page.locator("main")).to_contain_text("Siti Lestari")
        assert KNOWN["siti"].number not in page.content()


def file_of(city: City, row: IssuedCredential, name: str) -> bytes:
    """Return a file of the certificate, as its owner downloads it."""
    # In a thread of its own: the sealing library and the browser's driver each run an event loop.
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(city.visitor("siti").get, f"/sertifikat/{row.number}/{name}").result()
    assert answer.status_code == 200
    return answer.data


def test_without_scripts_the_server_verifies(
    chromium: object, site: Site, city: City, siti: IssuedCredential
) -> None:
    context = chromium.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{site.origin}/periksa")
    page.get_by_label("Nomor sertifikat").fill(siti.number)
    page.get_by_role("button", name="Periksa", exact=True).click()
    expect(page.locator(".verdict h1")).to_have_text("SAH")
    expect(page.locator("main")).to_contain_text("Siti Lestari")
    page.goto(address(city, siti))
    expect(page.get_by_role("link", name="Periksa sertifikat").first).to_be_visible()
    context.close()
