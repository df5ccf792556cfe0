"""What `screenshots` takes of units: an institution's page, one unit's, and a merger shown before it is done."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from playwright.sync_api import Page
from sqlalchemy import update

from pakta.database import transaction
from pakta.roster.models import Unit

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera

PAGE = "/unit-kerja/sdn-kranggan-1"
UNITS = (
    "Kode unit,Nama unit,Nama singkat,Jenis,Kode induk\n"
    "dinkes,Dinas Kesehatan dan Keluarga Berencana,Dinkes KB,opd,pemkot\n"
    "sdn-baru,SD Negeri Baru,SDN Baru,upt,dikbud\n"
)


def arranging(camera: Camera) -> None:
    """Take the pages, and what merging a school would do; nothing is merged."""
    with camera.city.app.app_context(), transaction() as session:
        session.execute(update(Unit).values(valid_from=date(2020, 1, 1)))
    camera.take("unit-1-instansi", "/unit-kerja", who="ani")
    camera.take("unit-2-sekolah", PAGE, who="ani")
    camera.take("unit-3-periksa", PAGE, who="ani", act=_check)
    camera.take("unit-3-salah", PAGE, who="ani", act=lambda page: _check(page, ""))
    camera.take("unit-4-berkas", "/unit-kerja", who="ani", act=_bring)


def _check(page: Page, code: str = "smpn-1") -> None:
    page.get_by_label("Unit tujuan").select_option(code)
    page.locator("form[action$='/gabung#gabung']").get_by_role("button", name="Periksa dahulu").click()
    page.get_by_text("Belum ada yang diubah").or_(page.get_by_text("Tidak ada yang berubah")).first.wait_for()


def _bring(page: Page) -> None:
    page.get_by_label("Berkas Excel atau CSV").set_input_files(
        {"name": "unit.csv", "mimeType": "text/csv", "buffer": UNITS.encode()}
    )
    page.get_by_role("button", name="Periksa dahulu").click()
    page.get_by_text("Belum ada yang diubah").wait_for()
