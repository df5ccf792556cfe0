"""A unit is chosen among more than one list holds: typed, found, ticked, by keyboard alone and without scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from pakta.database import transaction
from pakta.roster import unitchoice, units
from pakta.roster.unitfiles import UnitRow
from pakta.web import clock
from tests import slices
from tests.journeys import browser as browsers
from tests.journeys import looking
from tests.journeys.site import Site
from tests.people import City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
SHAPES = {360: browsers.PHONE, 1280: browsers.DESK}


@pytest.fixture(scope="module")
def large(city: City) -> City:
    """Give the city more units than one list holds."""
    city.activate("ani", "dewi", "budi")
    with city.app.app_context(), transaction() as session:
        rows = [
            UnitRow(
                code=f"paud-{at}", name=f"Taman Kanak-Kanak Bina Bangsa {at}", short_name=f"TK {at}", kind="upt",
                parent="dikbud", institution="pemkot",
            )
            for at in range(unitchoice.MOST_LISTED)
        ]  # fmt: skip
        units.load_units(session, rows=rows, now=clock.now())
    return city


@pytest.fixture(params=SHAPES)
def page(request: pytest.FixtureRequest, chromium: Browser, site: Site, large: City) -> Iterator[Page]:
    """Give ani's browser, which runs no scripts of ours; the content policy is put aside for axe-core."""
    visitor = browsers.visitor(chromium, site.origin, {**SHAPES[request.param], "bypass_csp": True})
    browsers.let_in(visitor, large, "ani")
    visitor.page.route("**/*.js", lambda route: route.abort())
    yield visitor.page
    visitor.context.close()


def looked_at(page: Page, name: str) -> None:
    """Let nothing stand in somebody's way."""
    if folder := os.environ.get("PAKTA_SHOTS"):
        assert page.viewport_size is not None
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)
    assert looking.barriers(page) == []
    assert looking.cut(page) == []
    assert looking.small(page) == []


def search(page: Page) -> None:
    """Press the button after the words, and wait until all is there: its fragment takes a page's focus last."""
    page.keyboard.press("Tab")
    with page.expect_navigation(url="**/cari-unit#*"):
        page.keyboard.press("Enter")


@pytest.mark.parametrize("path", slices.some(["/slip", "/peran", "/apel/baru", "/unit-kerja/smpn-1"], 2))
def test_a_unit_is_searched_and_ticked_with_the_keyboard(page: Page, site: Site, path: str) -> None:
    name = path.strip("/").replace("/", "-")
    page.goto(site.origin + path)
    looked_at(page, f"{name}-before")
    page.get_by_label("Cari nama atau kode unit").focus()
    page.keyboard.type("bina bangsa")
    search(page)
    assert page.get_by_role("status").filter(has_text="Yang tampil 50; ada 150 lagi").is_visible()
    looked_at(page, f"{name}-many")
    box = page.get_by_label("Cari nama atau kode unit")
    assert box.input_value() == "bina bangsa"
    box.fill("paud-123")
    search(page)
    page.get_by_role("status").filter(has_text="1 unit cocok").wait_for()
    found = page.get_by_role("radio", name="Taman Kanak-Kanak Bina Bangsa 123 (paud-123)")
    found.focus()
    page.keyboard.press("Space")
    assert found.is_checked()
    looked_at(page, f"{name}-one")


def test_holders_are_found(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/peran")
    page.get_by_label("Cari pemegang peran").fill("wiryawan")
    page.get_by_role("button", name="Cari", exact=True).click()
    page.get_by_role("heading", name="Pemegang peran “wiryawan”").wait_for()
    looked_at(page, "peran-found")
    page.get_by_role("link", name="Cari lagi").click()
    page.wait_for_url("**/peran#pemegang")


def test_units_below_one_have_pages(page: Page, site: Site) -> None:
    for path in ("/unit-kerja/dikbud", "/slip/unit/dikbud"):
        page.goto(site.origin + path)
        looked_at(page, path.strip("/").replace("/", "-"))
        page.get_by_role("link", name="Berikutnya").click()
        assert page.get_by_text("Halaman 2 dari").is_visible()
