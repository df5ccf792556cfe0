"""Two administrators revoke a certificate, and its owner reads why; everything in the browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from pakta.certificates import service as certificates
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.people import City

REASON = "Unit kerja dalam sertifikat keliru, surat 12/XI"


def let_in(visit: Callable[..., Visitor], city: City, who: str, path: str, *, desk: bool = False) -> Page:
    """Open a page as somebody who has just signed in."""
    visitor = visit(desk=desk)
    browsers.let_in(visitor, city, who)
    return visitor.open(path)


def test_two_administrators_revoke_and_the_owner_is_told(
    phone: Visitor, visitors: Callable[..., Visitor], city: City
) -> None:
    city.build("ani", "dewi")
    row = city.sign("siti")

    first = let_in(visitors, city, "ani", "/pencabutan", desk=True)
    first.get_by_label("Nomor sertifikat atau nama").fill("siti")
    first.get_by_role("button", name="Cari").click()
    first.get_by_role("link", name="Pilih sertifikat").click()
    first.get_by_label("Cabut untuk selamanya").check()
    first.get_by_label("Data salah").check()
    first.get_by_label("Alasan", exact=True).fill(REASON)
    first.get_by_role("button", name="Lanjut").click()
    expect(first.locator("main")).to_contain_text("Belum ada yang berubah.")
    expect(first.locator("main")).to_contain_text("Pencabutan tidak dapat dibatalkan.")
    first.get_by_role("button", name="Ajukan pencabutan").dblclick()
    expect(first.locator("main")).to_contain_text("Menunggu administrator kedua")
    expect(first.get_by_role("button", name="Setujui")).to_have_count(0)

    second = let_in(visitors, city, "dewi", "/pencabutan", desk=True)
    second.get_by_role("link", name="Buka permintaan").click()
    expect(second.locator("main")).to_contain_text(REASON)
    second.get_by_role("button", name="Setujui: cabut sekarang").click()
    expect(second.locator("main")).to_contain_text("Disetujui dan dilaksanakan")
    city.settle()
    second.go_back()
    second.reload()
    expect(second.locator("main")).to_contain_text("Disetujui dan dilaksanakan")

    owner = let_in(visitors, city, "siti", "/akun")
    owner.get_by_role("link", name="Pemberitahuan (1").click()
    expect(owner.locator("main")).to_contain_text("Sertifikat Anda dicabut")
    expect(owner.locator("main")).to_contain_text("data salah")
    expect(owner.locator("main")).not_to_contain_text(REASON)
    owner.get_by_role("button", name="Tandai sudah dibaca").click()
    expect(owner.locator("main")).to_contain_text("Semua sudah dibaca")
    stranger = phone.open(certificates.address(row, config=city.wired.config))
    expect(stranger.locator("#pita h1")).to_have_text("DICABUT")
    expect(stranger.locator("#alasan")).to_contain_text("Jenis alasan: data salah")
