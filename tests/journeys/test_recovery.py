"""Two administrators give an account back to somebody whose phone is lost; everything in the browser."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.journeys.test_signing import activate_with_passphrase, review, sign
from tests.people import KNOWN, City

REASON = "Ponsel hilang di pasar, surat kehilangan 12/XI"


def administrator(visit: Callable[..., Visitor], city: City, who: str) -> Page:
    """Open the page of recoveries as an administrator who has just signed in."""
    visitor = visit(desk=True)
    browsers.let_in(visitor, city, who)
    return visitor.open("/pemulihan")


def test_two_administrators_give_an_account_back_and_the_lost_key_is_of_no_use(
    phone: Visitor, visitors: Callable[..., Visitor], city: City
) -> None:
    city.activate("ani", "dewi")
    lost = activate_with_passphrase(phone, city, "lina")
    review(lost)  # the thief stands before the button

    first = administrator(visitors, city, "ani")
    first.get_by_label("Nomor pegawai").fill(KNOWN["lina"].number)
    first.get_by_label("Alasan").fill(REASON)
    first.get_by_role("button", name="Minta pemulihan").click()
    expect(first.locator("main")).to_contain_text("Anda yang meminta, jadi administrator lain yang menyetujui.")
    expect(first.get_by_role("button", name="Setujui")).to_have_count(0)

    second = administrator(visitors, city, "dewi")
    expect(second.locator("main")).to_contain_text(REASON)
    second.get_by_role("button", name="Setujui: cabut kunci lama dan buat slip").click()
    expect(second.get_by_role("heading", name="Slip pemulihan")).to_be_visible()
    code = second.locator(".code.large").inner_text()
    picture = Image.open(io.BytesIO(second.locator(".qr svg").screenshot()))
    (read,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    assert read.text == f"{phone.origin}/aktivasi#{code.replace('-', '')}"
    command = ["pdftotext", "-layout", "-", "-"]
    paper = subprocess.run(command, input=second.pdf(format="A4"), capture_output=True, check=True).stdout.decode()
    assert paper.count("\f") == 1 and code in paper  # one sheet, with the slip alone
    assert "Kota Mojokerto" in paper and f"… {KNOWN['lina'].number[-3:]}" in paper and "Berlaku sekali" in paper
    assert KNOWN["dewi"].name not in paper and "Laporan data" not in paper
    second.goto(f"{phone.origin}/pemulihan")
    expect(second.locator("main")).to_contain_text("Disetujui, slip belum dipakai")
    expect(second.locator("main")).not_to_contain_text(code)

    lost.get_by_role("button", name="Tanda tangani pakta").click()
    expect(lost.get_by_role("alert")).to_contain_text("Pakta BELUM ditandatangani")

    new = activate_with_passphrase(visitors(), city, "lina", code=code)
    review(new)
    sign(new)
    new.goto(f"{phone.origin}/akun")
    expect(new.locator("main")).to_contain_text("Akun ini pernah dipulihkan")
    expect(new.locator("main")).to_contain_text(REASON)
    expect(new.locator("main")).to_contain_text("Dicabut")
    first.reload()
    expect(first.locator("main")).to_contain_text("Selesai, kunci baru terdaftar")
