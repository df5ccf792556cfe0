"""Whoever walks away from a kiosk is forgotten, after the time that its session bears or at one press."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from pakta.accounts.sessions import KIOSK_IDLE
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.journeys.test_signing import at_the_text, certificates_of, review
from tests.people import City

IDLE = KIOSK_IDLE.seconds
HERE = "Masih di sini?"
REMEMBERED = """() => [...document.querySelectorAll("main input:not([type=checkbox]), main pre, main dl")]
    .map((each) => each.value ?? each.textContent).filter(Boolean)"""


def goes_by(page: Page, seconds: int) -> None:
    """Let time go by on the page's clock, which was stopped."""
    page.clock.run_for(seconds * 1000)


def is_forgotten(page: Page) -> None:
    """Look at the page of the next one."""
    expect(page.locator("#kode")).to_be_visible()
    assert page.evaluate(REMEMBERED) == []


def test_an_untouched_kiosk_forgets_key_and_person_and_signs_them_out(desk: Visitor, city: City) -> None:
    browsers.stop_clock(desk.page)
    page = at_the_text(desk, city.slip("wati"))
    page.get_by_text("Ingin masuk ke akun Anda nanti?").click()
    page.get_by_role("button", name="Buatkan kata sandi").click()
    review(page)
    page.set_viewport_size({"width": 360, "height": 480})
    page.evaluate("() => scrollTo(0, 0)")
    goes_by(page, IDLE - 30)
    expect(page.get_by_text(HERE)).to_be_in_viewport(ratio=1)  # wherever on a long page they read
    page.get_by_role("heading", name="Yang Anda tandatangani").click()
    expect(page.get_by_text(HERE)).to_be_hidden()
    goes_by(page, IDLE - 90)
    expect(page.locator("#tinjau")).to_be_visible()
    goes_by(page, 60)
    expect(
        page.get_by_text("Kunci Anda sudah dibuat dengan slip: bila pakta belum ditandatangani saat itu")
    ).to_be_visible()
    with page.expect_navigation():
        goes_by(page, 31)
    is_forgotten(page)
    expect(page.get_by_text("pemilik slip memerlukan slip pemulihan dari BKPSDM")).to_be_visible()
    expect(page.get_by_text("Slipnya belum terpakai")).to_be_hidden()
    desk.open("/akun")
    assert "/masuk" in page.url
    assert certificates_of(city, "wati") == 0


def test_a_touch_after_the_time_of_a_device_that_slept_signs_nothing(desk: Visitor, city: City) -> None:
    browsers.stop_clock(desk.page)
    page = at_the_text(desk, city.slip("made"))
    review(page)
    button = page.get_by_role("button", name="Tanda tangani pakta")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    page.evaluate("([by]) => { const right = Date.now; Date.now = () => right() + by; }", [IDLE * 1000])
    with page.expect_navigation():
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    is_forgotten(page)
    assert certificates_of(city, "made") == 0


def test_a_code_that_was_typed_and_left_is_forgotten(desk: Visitor) -> None:
    browsers.stop_clock(desk.page)
    page = desk.open("/kios")
    goes_by(page, 2 * IDLE)
    expect(page.get_by_text(HERE)).to_be_hidden()  # nothing is there to be forgotten
    page.get_by_label("Kode pada slip aktivasi").fill("7K3M-9Q2T-4XWB")
    with page.expect_navigation():
        goes_by(page, IDLE + 1)
    is_forgotten(page)
    expect(page.get_by_text("karena 10 menit tidak disentuh")).to_have_count(2)
    for told in page.get_by_text("karena 10 menit tidak disentuh").all():
        expect(told).to_be_hidden()  # of a code that nobody looked at nothing is known


def test_one_press_forgets_the_person_before_the_slip_is_used(desk: Visitor, city: City) -> None:
    page = at_the_text(desk, city.slip("dewi"))
    with page.expect_navigation():
        page.get_by_role("button", name="Mulai dari awal").click()
    is_forgotten(page)
