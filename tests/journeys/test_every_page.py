"""Every page, empty, full and after a mistake: no barrier that axe-core finds, narrow screens, budgets.

One database will do: what a page looks like does not depend on it.  `make test` opens every fourth page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from pakta.certificates import service as certificates
from pakta.database import transaction
from pakta.roster import service as roster
from pakta.roster import units
from pakta.signing import reports
from pakta.web import clock
from tests import slices
from tests.bench import pages as weights
from tests.journeys import browser as browsers
from tests.journeys import importing, looking, rollcalling
from tests.journeys.browser import Visitor
from tests.journeys.site import Site
from tests.people import City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)

NOBODY = (
    "/", "/masuk", "/aktivasi", "/bukan-saya", "/periksa", "/naskah", "/naskah/ASN-2026", "/cakupan-umum",
    "/cakupan-umum/pemkot", "/arti",
    "/privasi", "/lapor", "/log/", "/kesehatan", "/v", "/v#{digits}", "/v#123", "/v?bahasa=en#{digits}",
    "/nama-tidak-cocok", "/kios", "/tidak-ada", "/untuk-program", "{wall}", "{kiosk}",
)  # fmt: skip
OWN = {
    "siti": ("/pakta", "/pakta/status", "/akun", "/sertifikat/{number}", "/data-salah", "/bukan-saya"),
    "joko": ("/pakta", "/akun", "/cakupan", "/keberatan-pakta"),
    "budi": (
        "/cakupan",
        "/cakupan/dikbud",
        "/cakupan/sdn-kranggan-1",
        "/pakta",
        "/cakupan/dikbud/daftar",
        "/cakupan/dikbud?hari=2026-01-01",
        "/cakupan/dikbud/ingatkan",
        "/apel",
        "/apel/baru",
        "{rollcall}",
        "{rollcall}/ubah",
        "{rollcall}/terlambat",
        "/bukan-pegawai",
    ),
    "ani": (
        "/cakupan",
        "/cakupan/pemkot",
        "/laporan-data",
        "/laporan-data/1",
        "/keberatan",
        "/pemulihan",
        "/impor",
        "/impor/1",
        "/impor/2",
        "/impor/3?daftar=tidak-ada",
        "/impor/perpindahan",
        "/keberatan-pakta/masuk",
        "/slip",
        "/slip/unit/dikbud",
        "/peran",
        "/unit-kerja",
        "/unit-kerja/pemkot",
        "/unit-kerja/sdn-kranggan-1",
        "/catatan-akses",
        "/catatan-akses?siapa=budi",
    ),
    "wati": ("/pengawas", "/keberatan", "/catatan-akses"),
    "lina": ("/", "/pakta"),
}
EVERY = [(None, path) for path in NOBODY] + [(who, path) for who, paths in OWN.items() for path in paths]
PAGES = slices.some(EVERY, 0, of=6)
NARROW = {**browsers.PHONE, "viewport": {"width": 320, "height": 640}}
SCRIPTS = 25  # kB of gzip
SMALL_TEXT = """() => {
  const small = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || parent.closest("svg")) continue;
    const size = parseFloat(getComputedStyle(parent).fontSize);  // 0: on a phone, steps that are not this one
    if (size > 0 && size < 16) small.push(node.data.trim().slice(0, 40));
  }
  return small;
}"""
EMPTY = """() => [...document.querySelectorAll("dt, dd")]
  .filter((each) => each.checkVisibility() && !each.textContent.trim()).length"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button, .button, .target, input, select, textarea, summary")]
  .filter((each) => each.checkVisibility() && each.type !== "hidden")
  .map((each) => [each, (each.matches("[type=checkbox], [type=radio]") ? each.closest("label") ?? each : each)])
  .filter(([, box]) => box.getBoundingClientRect().height < 47.5 && box.getBoundingClientRect().height > 0)
  .map(([each]) => `${each.tagName} ${each.name || each.textContent.trim().slice(0, 40)}`)"""


@pytest.fixture(scope="module")
def settled(city: City) -> tuple[City, dict[str, str]]:
    """Let siti and budi sign, siti report her name, lina sign and move; give what addresses need."""
    city.activate("joko", "ani", "wati", "budi")
    row = city.sign("siti")
    city.sign("budi")
    city.sign("lina")
    with city.app.app_context(), transaction() as session:
        now = clock.now()
        reports.report(session, person=city.person("siti"), field="nama", message="Gelar saya kurang.", now=now)
        dikbud = units.by_code(session, code="dikbud")
        roster.set_place(session, person=city.person("lina"), unit=dikbud, now=now)
    importing.three(city)
    address = certificates.address(row, config=city.wired.config)
    rollcall_id = rollcalling.opened(city)
    wall, kiosk = rollcalling.addresses(city, rollcall_id)
    given = {"rollcall": f"/apel/{rollcall_id}", "wall": wall, "kiosk": kiosk}
    return city, given | {"number": row.number, "digits": address.split("#")[1]}


@pytest.fixture
def opened(
    chromium: Browser, site: Site, settled: tuple[City, dict[str, str]]
) -> Iterator[Callable[[str | None, str], Page]]:
    """Open a page at 320 px as somebody and weigh it; its content policy is put aside for axe-core."""
    city, given = settled
    made: list[Visitor] = []

    def open_page(who: str | None, path: str) -> Page:
        made.append(browsers.visitor(chromium, site.origin, {**NARROW, "bypass_csp": True}))
        if who is not None:
            browsers.let_in(made[-1], city, who)
        scale = weights.Scale(made[-1])
        page = made[-1].open(path.format(**given))
        page.wait_for_load_state("networkidle")
        weight = scale.weight(path, who)
        assert 0 < weight.whole <= weight.budget
        assert weight.scripts <= SCRIPTS
        return page

    yield open_page
    for each in made:
        each.context.close()


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_a_page_has_no_barrier_and_fits_the_narrowest_screen_and_its_budget(
    opened: Callable[[str | None, str], Page], who: str | None, path: str
) -> None:
    page = opened(who, path)
    assert looking.barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(SMALL_TEXT) == []
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(EMPTY) == 0


def test_after_a_mistake_a_page_has_no_barrier_and_the_summary_has_the_focus(
    opened: Callable[[str | None, str], Page],
) -> None:
    for who, path, button in (
        (None, "/masuk", "Masuk"), (None, "/periksa", "Periksa"), ("siti", "/data-salah", "Kirim laporan"),
    ):  # fmt: skip
        page = opened(who, path)
        page.evaluate("document.querySelectorAll('[required]').forEach((each) => each.removeAttribute('required'))")
        page.get_by_role("button", name=button, exact=True).first.click()
        expect(page.locator(".summary:visible")).to_be_visible()
        assert page.evaluate("document.activeElement.className") == "summary", path
        assert looking.barriers(page) == [], path


def test_a_barrier_would_be_found(opened: Callable[[str | None, str], Page]) -> None:
    page = opened(None, "/arti")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    page.evaluate("document.querySelector('main p').style.fontSize = '12px'")
    assert any(line.startswith("button-name") for line in looking.barriers(page))
    assert page.evaluate(SMALL_TEXT) != []
    assert page.evaluate(SMALL_TARGETS) != []
    page.evaluate("document.querySelector('main').append(document.createElement('dd'))")
    assert page.evaluate(EMPTY) == 1
