"""The main job in a real browser: read, tick, sign, certificate; and a stranger who checks it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from pakta.accounts import rules
from pakta.accounts import service as accounts
from pakta.accounts.models import SignIn
from pakta.certificates.models import IssuedCredential
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.journeys.site import Site
from tests.people import KNOWN, City

SIGNED = "Pakta sudah ditandatangani"
WIDE = """() => {
  const list = document.getElementById("tinjau-data");
  const edge = list.getBoundingClientRect().right + 1;
  const wide = [...list.querySelectorAll("dd")].filter((each) => each.getBoundingClientRect().right > edge);
  return wide.map((each) => each.textContent);
}"""


def certificates_of(city: City, who: str) -> int:
    """Return how many certificates a person holds."""
    with city.app.app_context():
        wanted = select(func.count()).where(IssuedCredential.person_id == city.person(who).id)
        return int(db.session().execute(wanted).scalar_one())


def activate_with_screen_lock(visitor: Visitor, city: City, who: str) -> Page:
    """Go from a slip to the reading page."""
    visitor.authenticator()
    page = visitor.open(f"/aktivasi#{rules.grouped_code(city.slip(who))}")
    page.get_by_role("button", name="Lanjut").click()
    page.get_by_role("button", name="Ya, ini saya: buka kunci layar ponsel").click()
    page.wait_for_url("**/pakta")
    return page


def activate_with_passphrase(visitor: Visitor, city: City, who: str, *, code: str | None = None) -> Page:
    """Go from a slip to the reading page with a key of this browser."""
    page = visitor.open(f"/aktivasi#{rules.grouped_code(code or city.slip(who))}")
    page.get_by_role("button", name="Lanjut").click()
    page.get_by_role("button", name="Buatkan kata sandi").click()
    page.get_by_role("button", name="Ya, ini saya: buat kunci").click()
    page.wait_for_url("**/pakta")
    return page


def tick_all(page: Page) -> None:
    """Tick each clause, as somebody does who reads them."""
    for box in page.get_by_label("Saya memahami dan menyetujui butir ini").all():
        box.check()


def review(page: Page) -> None:
    """Tick and go on to what exactly will be signed."""
    tick_all(page)
    page.get_by_role("button", name="Lanjut ke tanda tangan").click()
    expect(page.get_by_role("heading", name="Yang Anda tandatangani")).to_be_visible()


def sign(page: Page) -> str:
    """Press the button; return the certificate's number."""
    page.get_by_role("button", name="Tanda tangani pakta").click()
    expect(page.get_by_role("heading", name=SIGNED)).to_be_visible()
    return page.url.rsplit("/", 1)[1]


def download(page: Page, name: str, folder: Path) -> Path:
    """Wait until the ledger is closed, which the page notices by itself, and download a file of the certificate."""
    link = page.get_by_role("link", name=name)
    expect(link).to_be_visible(timeout=25_000)
    with page.expect_download() as found:
        link.click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


def read_by_both(picture: Path) -> str:
    """Return the address that zxing-cpp and zbarimg read off a picture, which must agree."""
    with Image.open(picture) as image:
        first = zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)[0].text
    printed = subprocess.run(["zbarimg", "-q", "--raw", picture], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == first
    return first


def page_of(pdf: Path) -> Path:
    """Return the first page of a PDF as a picture of 150 dpi."""
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", pdf, pdf.with_suffix("")], check=True)
    return pdf.with_suffix(".png")


def test_a_civil_servant_signs_with_a_screen_lock_and_a_stranger_verifies_pdf_and_picture(
    phone: Visitor, visitors: Callable[..., Visitor], city: City, tmp_path: Path
) -> None:
    page = activate_with_screen_lock(phone, city, "siti")
    review(page)
    expect(page.locator("main")).to_contain_text(KNOWN["siti"].number)
    number = sign(page)

    sheet = download(page, "Unduh lembar (PDF)", tmp_path)
    card = download(page, "Unduh kartu untuk dibagikan (PNG)", tmp_path)
    address = read_by_both(page_of(sheet))
    assert read_by_both(card) == address
    told = subprocess.run(["pdfsig", sheet], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told

    stranger = visitors()
    seen = stranger.open(address)
    expect(seen.locator(".verdict")).to_contain_text("SAH")
    expect(seen.locator("main")).to_contain_text("Siti Lestari")
    expect(seen.locator("main")).not_to_contain_text(KNOWN["siti"].number)

    page.goto(f"{phone.origin}/sertifikat/{number}")
    expect(page.get_by_role("heading", name=SIGNED)).to_be_visible()


def test_a_key_of_this_browser_signs_on_a_small_screen(phone: Visitor, city: City) -> None:
    page = activate_with_passphrase(phone, city, "joko")
    review(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sign(page)
    expect(page.locator("main")).to_contain_text("kunci perangkat", ignore_case=True)
    assert certificates_of(city, "joko") == 1


def test_double_tap_back_and_reload_give_the_same_certificate(phone: Visitor, city: City) -> None:
    page = activate_with_passphrase(phone, city, "lina")
    page.route("**/sign.js*", lambda route: route.abort(), times=1)  # a weak line: the page comes before its script
    phone.expect_complaint("net::ERR_")
    review(page)
    where, button = page.url, page.get_by_role("button", name="Tanda tangani pakta")
    expect(button).to_be_disabled()  # a tap would send the form without a signature
    page.reload()
    button.dblclick()
    expect(page.get_by_role("heading", name=SIGNED)).to_be_visible()
    certificate = page.url
    page.reload()
    assert page.url == certificate
    page.goto(where)
    assert page.url == certificate
    page.goto(f"{phone.origin}/pakta")
    assert page.url == certificate
    assert certificates_of(city, "lina") == 1


def test_a_lost_reply_is_answered_with_the_same_certificate(phone: Visitor, city: City) -> None:
    page = activate_with_passphrase(phone, city, "dewi")
    review(page)
    phone.expect_complaint("net::ERR_")
    lost = []

    def lose(route: object) -> None:
        route.fetch()  # type: ignore[attr-defined]
        lost.append(True)
        route.abort()  # type: ignore[attr-defined]

    page.route("**/pakta/tandatangani", lose, times=1)
    page.get_by_role("button", name="Tanda tangani pakta").click()
    expect(page.get_by_role("alert")).to_contain_text("Kami belum tahu")
    assert lost
    sign(page)
    assert certificates_of(city, "dewi") == 1


def test_without_every_tick_nothing_is_signed_and_on_another_device_no_tick_is_offered(
    phone: Visitor, visitors: Callable[..., Visitor], city: City
) -> None:
    page = activate_with_passphrase(phone, city, "rini")
    boxes = page.get_by_label("Saya memahami dan menyetujui butir ini")
    boxes.first.check()
    page.get_by_role("button", name="Lanjut ke tanda tangan").click()
    expect(page.get_by_role("alert")).to_contain_text("BELUM ditandatangani")
    expect(boxes.first).to_be_checked()
    expect(boxes.last).not_to_be_checked()
    assert certificates_of(city, "rini") == 0

    expect(page.locator("#kunci-di-tempat-lain")).to_be_hidden()
    other = visitors()
    city.keys["rini"] = key_in_a_browser(city, "rini")
    browsers.let_in(other, city, "rini")
    seen = other.open("/pakta")
    expect(seen.locator("#kunci-di-tempat-lain")).to_contain_text("tidak ada di perangkat ini")
    expect(seen.get_by_role("button", name="Lanjut ke tanda tangan")).to_be_hidden()
    expect(seen.get_by_label("Saya memahami dan menyetujui butir ini").first).to_be_hidden()


def key_in_a_browser(city: City, who: str) -> tuple[int, int, SoftwareDeviceKey]:
    """Return what `City.sign_in` needs of somebody whose key lives in a real browser."""
    with city.app.app_context():
        account = accounts.account_of(db.session(), person=city.person(who))
        return account.id, accounts.keys_of(db.session(), person=account.person)[0].id, SoftwareDeviceKey()


def test_the_kiosk_signs_once_and_forgets_the_key(
    desk: Visitor, visitors: Callable[..., Visitor], city: City, site: Site
) -> None:
    page = desk.open("/kios")
    page.get_by_label("Kode pada slip aktivasi").fill(rules.grouped_code(city.slip("made")))
    page.get_by_role("button", name="Lanjut", exact=True).click()
    expect(page.locator("#siapa")).to_contain_text("Made Wirawan")
    page.get_by_role("button", name="Ya, ini saya").click()
    expect(page.locator("#naskah")).to_be_visible()
    tick_all(page)
    page.get_by_role("button", name="Lanjut ke tanda tangan").click()
    shows_the_number_when_asked(page, KNOWN["made"].number)
    page.get_by_role("button", name="Tanda tangani pakta").click()
    expect(page.get_by_role("heading", name=SIGNED)).to_be_visible()
    number = page.locator("#nomor").inner_text()
    assert re.fullmatch(r"([0-9A-Z]{4}-){4}[0-9A-Z]", number)
    kept = page.evaluate("indexedDB.databases().then((all) => all.map((each) => each.name))")
    assert "pakta" not in kept
    desk.open("/akun")
    assert "/masuk" in page.url
    with city.app.app_context():
        row = db.session().execute(select(IssuedCredential).order_by(IssuedCredential.id.desc())).scalars().first()
        assert row is not None
        assert row.method == 3


def shows_the_number_when_asked(page: Page, number: str) -> None:
    """Look at the exact text at a kiosk: of the number its end alone, until the person taps, and again after that."""
    exact = page.locator("#bita")
    expect(page.locator("#tinjau")).to_contain_text(number[-3:])
    expect(page.locator("#tinjau")).not_to_contain_text(number)
    page.get_by_text("Lihat teks persis").click()
    page.get_by_role("button", name="Tampilkan utuh").click()
    expect(exact).to_contain_text(number)
    page.get_by_role("button", name="Tutup nomor saya").click()
    expect(exact).not_to_contain_text(number)
    page.get_by_text("Lihat teks persis").click()


def at_the_text(desk: Visitor, code: str) -> Page:
    """Go at a kiosk from a slip to the text."""
    page = desk.open("/kios")
    page.get_by_label("Kode pada slip aktivasi").fill(rules.grouped_code(code))
    page.get_by_role("button", name="Lanjut", exact=True).click()
    page.get_by_role("button", name="Ya, ini saya").click()
    expect(page.locator("#naskah")).to_be_visible()
    return page


def test_who_is_slow_at_the_kiosk_turns_back_and_signs_all_the_same(desk: Visitor, city: City) -> None:
    page = at_the_text(desk, city.slip("wati"))
    page.get_by_role("button", name="Lanjut ke tanda tangan").click()
    expect(page.get_by_role("alert")).to_contain_text("Belum semua butir disetujui: butir 1, 2")
    page.get_by_text("Ingin masuk ke akun Anda nanti?").click()
    page.get_by_role("button", name="Buatkan kata sandi").click()
    words = page.locator("#usulan-kata").inner_text()
    review(page)
    page.get_by_role("button", name="Kembali ke naskah").click()
    expect(page.locator("#nanti")).to_be_hidden()
    page.get_by_role("button", name="Lanjut ke tanda tangan").click()
    shows_the_number_when_asked(page, KNOWN["wati"].number)
    let_time_pass(city, "wati", minutes=11)
    assert page.evaluate(WIDE) == []
    page.get_by_role("button", name="Tanda tangani pakta").click()
    expect(page.get_by_role("heading", name=SIGNED)).to_be_visible()
    expect(page.locator("#selesai")).to_contain_text("kata sandi yang baru Anda buat")
    assert certificates_of(city, "wati") == 1

    desk.open("/masuk")
    page.get_by_label("NIP, NI PPPK").fill(KNOWN["wati"].number)
    page.get_by_label("Kata sandi", exact=True).fill(words)
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("heading", name=SIGNED)).to_be_visible()


def let_time_pass(city: City, who: str, *, minutes: int) -> None:
    """Let a person's open sessions grow older, as if so much time had gone by."""
    by = timedelta(minutes=minutes)
    with city.app.app_context(), transaction() as session:
        account = accounts.account_of(session, person=city.person(who))
        for row in session.execute(select(SignIn).where(SignIn.account_id == account.id)).scalars():
            row.created_at, row.signed_in_at, row.last_seen_at = (
                row.created_at - by, row.signed_in_at - by, row.last_seen_at - by,
            )  # fmt: skip


def test_who_cancels_at_the_kiosk_is_warned_and_signed_out_for_the_next_one(desk: Visitor, city: City) -> None:
    code = city.slip("ani")
    page = at_the_text(desk, code)
    page.get_by_role("button", name="Mulai dari awal").click()
    expect(page.locator("#kode")).to_be_visible()
    page = at_the_text(desk, code)  # turning round at the text has used nothing up
    review(page)
    page.get_by_role("button", name="Mulai dari awal").click()
    expect(page.locator("#batal")).to_contain_text("Slip Anda sudah terpakai")
    page.get_by_role("button", name="Tidak, kembali ke tanda tangan").click()
    expect(page.locator("#tinjau")).to_be_visible()
    page.get_by_role("button", name="Mulai dari awal").click()
    page.get_by_role("button", name="Ya, batalkan dan tutup sesi saya").click()
    expect(page.locator("#kode")).to_be_visible()
    desk.open("/akun")
    assert "/masuk" in page.url
    assert certificates_of(city, "ani") == 0


def test_leaving_the_kiosks_page_another_way_signs_out_too(desk: Visitor, city: City) -> None:
    page = at_the_text(desk, city.slip("budi"))
    review(page)
    page.on("dialog", lambda dialog: dialog.accept())  # the browser asks first
    desk.open("/kios")
    desk.open("/akun")
    assert "/masuk" in page.url


def test_a_used_slip_tells_when_and_offers_not_me(
    phone: Visitor, visitors: Callable[..., Visitor], city: City
) -> None:
    code = city.slip("agus")
    page = phone.open(f"/aktivasi#{code}")
    page.get_by_role("button", name="Lanjut").click()
    page.get_by_role("button", name="Buatkan kata sandi").click()
    page.get_by_role("button", name="Ya, ini saya: buat kunci").click()
    page.wait_for_url("**/pakta")
    review(page)
    sign(page)
    download_address = page.get_by_role("link", name="Periksa seperti orang lain")
    for _ in range(20):
        if download_address.count():
            break
        page.wait_for_timeout(300)
        page.reload()
    address = download_address.get_attribute("href") or ""

    owner = visitors()
    shown = owner.open(f"/aktivasi#{code}")
    shown.get_by_role("button", name="Lanjut").click()
    expect(shown.get_by_role("alert")).to_contain_text("sudah dipakai pada")
    shown.get_by_role("button", name="Bukan saya").click()
    expect(shown.get_by_role("heading", name="Sudah ditangguhkan")).to_be_visible()

    stranger = visitors()
    seen = stranger.open(address)
    expect(seen.locator(".verdict")).to_contain_text("DITANGGUHKAN")
    expect(seen.locator("main")).not_to_contain_text("Agus Santoso")
