"""The main job in a real browser: read, tick, sign, certificate; and a stranger who checks it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from pakta.accounts import rules
from pakta.certificates.models import IssuedCredential
from pakta.database import db
from tests.journeys.browser import Visitor
from tests.journeys.site import Site
from tests.people import KNOWN, City

SIGNED = "Pakta sudah ditandatangani"


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
    page.get_by_role("button", name="Ya, ini saya: buka kunci layar HP").click()
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
        first = zxingcpp.read_barcodes(image.convert("L"))[0].text
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
    review(page)
    where = page.url
    page.get_by_role("button", name="Tanda tangani pakta").dblclick()
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


def test_without_every_tick_nothing_is_signed_and_the_ticks_stay(phone: Visitor, city: City) -> None:
    page = activate_with_passphrase(phone, city, "rini")
    boxes = page.get_by_label("Saya memahami dan menyetujui butir ini")
    boxes.first.check()
    page.get_by_role("button", name="Lanjut ke tanda tangan").click()
    expect(page.get_by_role("alert")).to_contain_text("BELUM ditandatangani")
    expect(boxes.first).to_be_checked()
    expect(boxes.last).not_to_be_checked()
    assert certificates_of(city, "rini") == 0


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
    expect(page.locator("#tinjau")).to_contain_text(KNOWN["made"].number)
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
