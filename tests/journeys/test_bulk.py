"""The head of an office gets all lembar of it: asks, cancels, asks again, downloads, and a stranger checks one."""

from __future__ import annotations

import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from pakta.bundles import listing, service
from pakta.database import transaction
from pakta.jobs.models import Job
from pakta.jobs.rules import State
from pakta.roster import units
from pakta.web import clock
from tests.journeys.browser import Visitor, let_in
from tests.people import City


@pytest.fixture(scope="module", autouse=True)
def _signed(city: City) -> None:
    """Let the head have a key, and three of the office sign."""
    city.activate("budi")
    for who in ("siti", "lina", "rini"):
        city.sign(who)


def asked(desk: Visitor) -> Page:
    """Go from the coverage of the office to the page of a new job."""
    page = desk.open("/cakupan")
    page.get_by_role("link", name="Unduh semua lembar").click()
    expect(page.locator("main")).to_contain_text("3 sertifikat yang sah")
    page.get_by_role("button", name="Siapkan lembar").click()
    page.wait_for_url(re.compile(r"/pekerjaan/\d+$"))
    return page


def change(city: City, **values: object) -> None:
    """Change the newest job, as a runner does."""
    with city.app.app_context(), transaction() as session:
        newest = session.execute(select(func.max(Job.id))).scalar_one()
        session.execute(update(Job).where(Job.id == newest).values(**values))


def begin(city: City) -> None:
    """Let another runner, who is slow, be on the head's job: one of three is done."""
    with city.app.app_context(), transaction() as session:
        unit = units.by_code(session, code="dikbud")
        assert unit is not None
        (choice,) = listing.choices(session, unit=unit, seal=city.wired.keyring.seal)
        job = service.ask(session, unit=unit, choice=choice, account_id=city.keys["budi"][0], now=clock.now())
        job.state, job.runner, job.done, job.started_at = State.WORKING, "lain", 1, clock.now()
        job.held_until_at = clock.now() + timedelta(hours=1)


def test_a_head_asks_cancels_asks_again_and_downloads(
    desk: Visitor, phone: Visitor, city: City, tmp_path: Path
) -> None:
    let_in(desk, city, "budi")
    begin(city)
    page = asked(desk)
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("#hitungan")).to_have_text("1 dari 3")
    change(city, done=2)
    expect(page.locator("#hitungan")).to_have_text("2 dari 3")
    page.get_by_role("button", name="Batalkan").click()
    expect(page.locator(".lead")).to_have_text("Sedang dibatalkan")
    change(city, held_until_at=None)
    expect(page.locator(".lead")).to_have_text("Dibatalkan setelah 2 dari 3 lembar")
    page = asked(desk)
    expect(page.locator(".lead")).to_have_text("Selesai: 3 dari 3 lembar siap")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Unduh ZIP").click()
    coming.value.save_as(tmp_path / "lembar.zip")
    with zipfile.ZipFile(tmp_path / "lembar.zip") as opened:
        assert opened.testzip() is None
        (name,) = [each for each in opened.namelist() if "Siti-Lestari" in each]
        (tmp_path / "lembar.pdf").write_bytes(opened.read(name))
    stranger = phone.open("/periksa")
    stranger.get_by_label("Lembar (PDF)").set_input_files(tmp_path / "lembar.pdf")
    stranger.get_by_role("button", name="Unggah dan periksa").click()
    expect(stranger.locator(".verdict h1")).to_have_text("SAH")
