"""A stranger scans a QR with the camera of /periksa: by our server, by the browser itself, and where neither goes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from pakta.certificates import qr
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.web import recent
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.journeys.site import Site
from tests.people import City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)

SIZE = (1280, 720)
LIVE = """document.getElementById("kamera-gambar").srcObject?.getTracks().some((each) => each.readyState === "live")
  ?? false"""
# Chromium on Linux has none: this one stands in for it, and says what it is told, so only our side of it is tried.
STAND_IN = """
globalThis.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(video) {
    if (!video.videoWidth) throw new Error("no picture yet");
    return TEXTS.map((rawValue) => ({ rawValue }));
  }
};
"""
Scanner = Callable[..., Visitor]


def address(city: City, row: IssuedCredential) -> str:
    """Return what the QR holds."""
    return certificates.address(row, config=city.wired.config)


@pytest.fixture(scope="module")
def siti(city: City) -> IssuedCredential:
    """Let Siti sign; return when the server shows the head that covers it."""
    row = city.sign("siti")
    time.sleep(recent.HALF_A_SECOND + 0.1)
    return row


def film(*texts: str) -> bytes:
    """Return what a camera sees of these QR codes on a table: a few frames in grey, as YUV4MPEG2."""
    frame = Image.new("L", SIZE, 120)
    for at, text in enumerate(texts):
        code = qr.image(text, pixels=8 if len(texts) == 1 else 4).convert("L")
        frame.paste(
            code, ((SIZE[0] - code.width) // 2 + 360 * at - 180 * (len(texts) - 1), (SIZE[1] - code.height) // 2)
        )
    colours = bytes([128]) * (SIZE[0] * SIZE[1] // 2)
    return b"YUV4MPEG2 W%d H%d F15:1 Ip A1:1 C420jpeg\n" % SIZE + (b"FRAME\n" + frame.tobytes() + colours) * 2


@pytest.fixture
def scanner(playwright: Playwright, site: Site, tmp_path: Path) -> Iterator[Scanner]:
    """Make visitors whose camera sees QR codes of these texts; `allowed=False`: who says no when asked."""
    opened: list[Visitor] = []

    def make(*texts: str, allowed: bool = True) -> Visitor:
        path = tmp_path / "film.y4m"
        path.write_bytes(film(*texts))
        asked = "--use-fake-ui-for-media-stream" if allowed else "--use-fake-ui-for-media-stream=deny"
        fake = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={path}", asked)
        chromium = playwright.chromium.launch(executable_path=browsers.CHROMIUM, args=[*browsers.FLAGS, *fake])
        visitor = browsers.visitor(chromium, site.origin, browsers.PHONE)
        opened.append(visitor)
        return visitor

    yield make
    complaints = [line for each in opened for line in each.unexpected()]
    for each in opened:
        assert each.context.browser
        each.context.browser.close()
    assert complaints == []


def test_where_nothing_is_wrong_nothing_is_said(phone: Visitor) -> None:
    page = phone.open("/periksa")
    expect(page.get_by_role("button", name="Nyalakan kamera")).to_be_visible()
    expect(page.locator("#kamera-gagal")).to_be_hidden()
    assert "situs lain" not in page.locator("main").inner_text()


def told(page: Page, text: str) -> None:
    """Wait until a message of the camera says this, for whoever can see it: what is hidden holds every message."""
    expect(page.locator("#kamera-gagal p:visible", has_text=text)).to_be_visible(timeout=25_000)


def scan(visitor: Visitor) -> Page:
    """Open the page and switch the camera on."""
    page = visitor.open("/periksa")
    page.get_by_role("button", name="Nyalakan kamera").click()
    return page


def frames(visitor: Visitor) -> int:
    """Return how many frames were sent to our server."""
    return sum(each.endswith("/periksa/kamera") for each in visitor.addresses)


def test_the_server_reads_the_frames_and_this_browser_judges_what_they_say(
    scanner: Scanner, city: City, siti: IssuedCredential
) -> None:
    visitor = scanner(address(city, siti))
    page = visitor.open("/periksa")
    expect(page.locator("#kamera")).to_contain_text("dikirim ke", use_inner_text=True)
    assert frames(visitor) == 0 and not page.evaluate(LIVE)  # nothing before a tap
    page.get_by_role("button", name="Nyalakan kamera").click()
    expect(page).to_have_url(re.compile("/v#[0-9]+$"))
    expect(page.locator("#pita h1")).to_have_text("SAH")
    expect(page.locator("#nama")).to_have_text("Siti Lestari")
    assert 1 <= frames(visitor) <= 10


def test_a_browser_that_reads_qr_itself_sends_no_picture(
    scanner: Scanner, city: City, siti: IssuedCredential
) -> None:
    visitor = scanner(address(city, siti))
    visitor.context.add_init_script(f"const TEXTS = [{address(city, siti)!r}];{STAND_IN}")
    page = visitor.open("/periksa")
    expect(page.locator("#kamera")).to_contain_text("tidak dikirim", use_inner_text=True)
    page.get_by_role("button", name="Nyalakan kamera").click()
    expect(page.locator("#pita h1")).to_have_text("SAH")
    assert frames(visitor) == 0


def test_the_qr_of_another_site_is_named_and_not_followed(scanner: Scanner) -> None:
    visitor = scanner("https://jahat.example/v#123")
    page = scan(visitor)
    told(page, "QR ini menuju situs lain")
    expect(page.locator("#kamera-isi")).to_have_text("https://jahat.example/v#123")
    assert page.url == f"{visitor.origin}/periksa" and not page.evaluate(LIVE)
    assert not any("jahat.example" in each for each in visitor.addresses)


@pytest.mark.parametrize("text", ["javascript:alert(1)", "ORIGIN/keluar", "ORIGIN/v#1;x"])
def test_what_is_no_certificate_is_not_followed_either(scanner: Scanner, site: Site, text: str) -> None:
    visitor = scanner(text.replace("ORIGIN", site.origin))
    page = scan(visitor)
    told(page, "bukan alamat sertifikat")
    assert page.url == f"{visitor.origin}/periksa"


def test_of_two_qr_none_is_taken_and_the_camera_is_switched_off_by_hand_and_by_leaving(
    scanner: Scanner, city: City, siti: IssuedCredential
) -> None:
    visitor = scanner("https://jahat.example/", "https://lain.example/")
    page = scan(visitor)
    expect(page.locator("#kamera-keadaan")).to_contain_text("lebih dari satu QR")
    assert page.evaluate(LIVE)
    page.get_by_role("button", name="Matikan kamera").click()
    expect(page.get_by_role("button", name="Nyalakan kamera")).to_be_focused()
    assert not page.evaluate(LIVE)
    sent = frames(visitor)
    page.get_by_role("button", name="Nyalakan kamera").click()
    expect(page.locator("#kamera-keadaan")).to_contain_text("lebih dari satu QR")
    page.evaluate("globalThis.held = document.getElementById('kamera-gambar').srcObject.getTracks()[0]")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert page.evaluate("held.readyState") == "ended" and frames(visitor) > sent


def test_on_a_dead_line_the_camera_is_switched_off_and_nothing_is_called_false(scanner: Scanner) -> None:
    visitor = scanner("https://lain.example/")
    visitor.expect_complaint("ERR_FAILED")
    visitor.context.route("**/periksa/kamera", lambda route: route.abort())
    page = scan(visitor)
    told(page, "Server tidak menjawab")
    assert not page.evaluate(LIVE)


def test_who_says_no_is_told_how_to_go_on(scanner: Scanner) -> None:
    page = scan(scanner("https://lain.example/", allowed=False))
    told(page, "Kamera tidak diizinkan")
    expect(page.locator("#kamera-gagal")).to_be_focused()
    expect(page.get_by_role("button", name="Nyalakan kamera")).to_be_visible()


def test_where_there_is_no_camera_the_other_ways_are_named(phone: Visitor) -> None:
    page = scan(phone)
    told(page, "Tidak ada kamera")


def test_on_no_other_page_may_a_script_ask_for_the_camera(scanner: Scanner) -> None:
    visitor = scanner("https://lain.example/")
    asked = "navigator.mediaDevices.getUserMedia({video: true}).then(() => 'given', (error) => error.name)"
    visitor.expect_complaint("ermissions policy")
    assert visitor.open("/arti").evaluate(asked) == "NotAllowedError"
    assert visitor.open("/periksa").evaluate(asked) == "given"


def test_without_scripts_a_photo_and_a_file_are_read_all_the_same(
    chromium: object, site: Site, city: City, siti: IssuedCredential
) -> None:
    context = chromium.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    for label, button in (("Foto QR", "Kirim foto dan periksa"), ("Lembar (PDF)", "Unggah dan periksa")):
        page.goto(f"{site.origin}/periksa")
        expect(page.locator("#kamera")).to_be_hidden()
        picture = {"name": "foto.png", "mimeType": "image/png", "buffer": qr.png(address(city, siti))}
        page.get_by_label(label).set_input_files(picture)
        page.get_by_role("button", name=button).click()
        expect(page.locator(".verdict h1")).to_have_text("SAH")
        expect(page.locator("main")).to_contain_text("Hanya QR pada gambar ini yang diperiksa")
    context.close()
