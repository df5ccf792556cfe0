"""A roll call from its opening to the late list: the wall counts up while people sign at the kiosk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import pytest
from playwright.sync_api import Page, expect

from pakta.accounts import rules
from pakta.web import clock
from tests.journeys import looking
from tests.journeys.browser import Visitor, let_in
from tests.people import KNOWN, City

# A roll call ends on the day on which it begins: what would begin at the end of a day is left for the next one.
LATE = clock.now().astimezone(clock.WIB).time() > time(23, 40)
pytestmark = [
    pytest.mark.parametrize("site", ["sqlite"], indirect=True),
    pytest.mark.skipif(LATE, reason="a roll call cannot begin in the last minutes of a day"),
]

OVER = """() => {  // pixels by which the page is larger than the screen
  const whole = document.documentElement;
  return Math.max(whole.scrollWidth - innerWidth, whole.scrollHeight - innerHeight);
}"""


def tick_and_go_on(page: Page) -> None:
    """Agree to every clause, and go on to the signature."""
    for box in page.get_by_label("Saya memahami dan menyetujui butir ini").all():
        box.check()
    page.get_by_role("button", name="Lanjut ke tanda tangan").click()


def sign_at_the_kiosk(page: Page, code: str) -> None:
    """Go the kiosk's whole way."""
    page.get_by_label("Kode pada slip aktivasi").fill(rules.grouped_code(code))
    page.get_by_role("button", name="Lanjut", exact=True).click()
    page.get_by_role("button", name="Ya, ini saya").click()
    expect(page.locator("#naskah")).to_be_visible()
    tick_and_go_on(page)
    page.get_by_role("button", name="Tanda tangani pakta").click()
    expect(page.get_by_role("heading", name="Pakta sudah ditandatangani")).to_be_visible()


def show_again(page: Page, code: str) -> None:
    """Show at a roll call's kiosk the slip with which a pact was signed there: it says so, and nothing else."""
    page.get_by_label("Kode pada slip aktivasi").fill(rules.grouped_code(code))
    page.get_by_role("button", name="Lanjut", exact=True).click()
    told = page.get_by_role("alert")
    expect(told.get_by_role("heading")).to_have_text("Slip ini sudah dipakai")
    expect(told).to_contain_text("Kode ini sudah dipakai pada ")
    expect(told).to_contain_text("Pakta yang sudah ditandatangani dengannya tetap tercatat")
    for elsewhere in ("BELUM ditandatangani", "tekan Bukan saya", "masuk saja"):
        expect(told).not_to_contain_text(elsewhere)


def sign_on_the_phone(phone: Visitor, code: str) -> None:
    """Activate with a slip, and sign with the phone's screen lock."""
    phone.authenticator()
    page = phone.open(f"/aktivasi#{rules.grouped_code(code)}")
    page.get_by_role("button", name="Lanjut").click()
    page.get_by_role("button", name="Ya, ini saya: buka kunci layar ponsel").click()
    page.wait_for_url("**/pakta")
    tick_and_go_on(page)
    page.get_by_role("button", name="Tanda tangani pakta").click()
    expect(page.get_by_role("heading", name="Pakta sudah ditandatangani")).to_be_visible()


def test_the_wall_counts_up_and_afterwards_there_is_who_was_late(
    desk: Visitor, phone: Visitor, visitors: Callable[..., Visitor], city: City
) -> None:
    city.activate("budi")
    let_in(desk, city, "budi")
    head = desk.open("/cakupan")
    head.get_by_role("main").get_by_role("link", name="Apel", exact=True).click()
    head.get_by_role("link", name="Buka apel baru").click()
    head.get_by_label("Tempat").fill("Halaman Dikbud")
    head.get_by_label("Selesai pukul").fill("23:59")
    head.get_by_role("button", name="Buka apel").click()
    expect(head.locator("dl").first).to_contain_text("Sedang berjalan")
    paths = [each.get_attribute("href") or "" for each in head.locator("main a").all()]
    wall_path = next(each for each in paths if each.endswith("/dinding"))
    kiosk_path = next(each for each in paths if each.endswith("/kios"))

    wall = visitors(desk=True).open(wall_path)
    expect(wall.locator("#sudah")).to_have_text("0")
    kiosk = visitors(desk=True)
    slip = city.slip("lina")
    sign_at_the_kiosk(kiosk.open(kiosk_path), slip)
    expect(wall.locator("#sudah")).to_have_text("1", timeout=10_000)
    expect(wall.locator("#dari")).to_have_text("dari 4 (25,0 %)")
    assert wall.locator(".bar .done").get_attribute("width") == "250"
    kiosk.page.get_by_role("link", name="Selesai, untuk orang berikutnya").click()
    expect(kiosk.page.locator("#kode")).to_be_visible()  # the page has begun anew, after its sign-out
    expect(kiosk.page.locator("#kode")).to_contain_text("Halaman Dikbud")  # the same kiosk, and nobody in it
    assert kiosk.page.evaluate("indexedDB.databases().then((all) => all.map((each) => each.name))") == []
    show_again(kiosk.page, slip)
    kiosk.open("/akun")
    assert "/masuk" in kiosk.page.url
    sign_on_the_phone(phone, city.slip("siti"))
    expect(wall.locator("#sudah")).to_have_text("2", timeout=10_000)
    for person in KNOWN.values():
        assert person.name not in wall.content() and person.number not in wall.content()

    for page in (head, wall, kiosk.open(kiosk_path)):
        assert looking.barriers(page) == [], page.url
        assert looking.cut(page) == [], page.url
    head.reload()
    expect(head.locator("main")).to_contain_text("2 (1 dengan perangkat sendiri, 1 di kios)")
    head.get_by_role("button", name="Akhiri apel").click()
    head.get_by_role("button", name="Ya, akhiri apel sekarang").click()
    expect(wall.locator("#tanda")).to_have_text("Apel selesai.", timeout=10_000)
    expect(wall.locator("#sudah")).to_have_text("2")
    head.get_by_role("link", name="Daftar yang terlambat (2)").click()
    expect(head.locator("table")).to_contain_text("Budi Wiryawan")
    expect(head.locator("table")).to_contain_text("Rini Astuti")
    expect(head.locator("table")).not_to_contain_text("Siti Lestari")
    assert looking.barriers(head) == []


def test_a_wall_that_is_cut_off_says_so_and_mends_itself(
    desk: Visitor, visitors: Callable[..., Visitor], city: City
) -> None:
    let_in(desk, city, "budi")
    form = desk.open("/apel/baru?unit=dikbud")
    form.get_by_label("Tempat").fill("Aula")
    form.get_by_label("Selesai pukul").fill("23:59")
    form.get_by_role("button", name="Buka apel").click()
    wall = visitors(desk=True)
    wall.expect_complaint("ERR_")
    page = wall.open(form.get_by_role("link", name="Buka layar dinding").get_attribute("href") or "")
    wall.context.route("**/kini.json", lambda route: route.abort())
    expect(page.locator(".as-of")).to_contain_text("Sambungan terputus. Angka per", timeout=10_000)
    wall.context.unroute("**/kini.json")
    expect(page.locator(".as-of")).to_contain_text("Sudah menandatangani.", timeout=10_000)
    form.get_by_role("link", name="Betulkan tempat atau waktu selesai").click()
    form.get_by_label("Tempat").fill("Aula Besar")
    form.get_by_role("button", name="Simpan perubahan").click()
    expect(page.locator(".place")).to_have_text("Aula Besar", timeout=15_000)  # a corrected place reaches the wall
    wide = page.evaluate(
        "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
    )
    assert max(wide) <= 0  # one screen, without scrolling
