"""Pictures of every page that a person sees, to look at: `make screenshots`, or

    python -m tests.journeys.screenshots [FOLDER]

A site is served and driven with a real browser; each page is taken at 360 and at 1280 pixels, whole.  Names begin
with the state: `kosong` before anybody or anything is there, `penuh` with people and pacts, `salah` after a mistake,
`putusan` for the seven verdicts, `berkas` for what is printed.  It fails where a page of the route map is missing.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.exceptions import HTTPException

from pakta import keyring
from pakta.serve import PortTaken, check_port
from tests import databases
from tests.architecture import routemap
from tests.journeys import browser as browsers
from tests.journeys import scenes
from tests.journeys.browser import Visitor
from tests.journeys.site import Site
from tests.people import City

SHAPES = {360: browsers.PHONE, 1280: browsers.DESK}
FILES = {
    "/.well-known/pakta-keys.json",
    "/cakupan/<code>.csv",
    "/cakupan/<code>.xlsx",
    "/cakupan/<code>/kini.json",
    "/apel/<code>/kini.json",
    "/apel/<int:rollcall_id>/terlambat.csv",
    "/apel/<int:rollcall_id>/terlambat.xlsx",
    "/api/v1/badge/<code>.svg",
    "/api/v1/coverage",
    "/api/v1/coverage.csv",
    "/api/v1/coverage/<code>.csv",
    "/api/v1/openapi.json",
    "/log/checkpoint",
    "/impor/<int:import_id>/salah.xlsx",
    "/unit-kerja/<code>/contoh.xlsx",
    "/unit-kerja/<code>/pembagian.xlsx",
    "/kesehatan.json",
    "/log/payload/<index>",
    "/log/pending",
    "/log/tile/<path:path>",
    "/log/totals",
    "/s/0",
    "/s/0/alasan",
    "/.well-known/pakta-seal.json",
    "/segel/<name>.crl",
    "/sertifikat/<number>/berkas-bukti.pdf",
    "/sertifikat/<number>/kartu.png",
    "/sertifikat/<number>/lembar.pdf",
    "/pekerjaan/<int:job_id>.json",
    "/pekerjaan/<int:job_id>/lembar.zip",
    "/v-sw.js",
    "/v.webmanifest",
    "/v/<version>/<name>",
    "/aktivasi/kunci",
    "/periksa/berkas",
    "/periksa/kamera",
    "/kios/naskah",
}  # fmt: skip  what machines and scripts read
Act = Callable[[Page], object]


@dataclass
class Camera:
    """Takes pages of a served city into a folder."""

    browser: Browser
    site: Site
    city: City
    folder: Path
    seen: set[str] = field(default_factory=set)

    def take(self, name: str, path: str, *, who: str | None = None, act: Act | None = None) -> None:
        """Take a page at both widths, each time with a fresh profile; `act` brings it into its state first."""
        for width in SHAPES:
            with self.visitor(width, who) as visitor:
                page = visitor.open(path)
                if act is not None:
                    act(page)
                self.shoot(page, name, width)
        print(f"{name:40} {path[:60]}", flush=True)

    def shoot(self, page: Page, name: str, width: int) -> None:
        """Take what a page shows now."""
        page.wait_for_load_state("networkidle")
        page.screenshot(path=self.folder / f"{name}-{width}.png", full_page=True, animations="disabled")
        self.seen.add(page.url.removeprefix(self.site.origin).partition("?")[0].partition("#")[0])
        over = page.evaluate("document.documentElement.scrollWidth")
        if over > width:
            print(f"{name}: {over} pixels wide at {width}", flush=True)

    @contextmanager
    def visitor(self, width: int, who: str | None = None) -> Iterator[Visitor]:
        """Give a fresh profile of a width, signed in as somebody where named."""
        made = browsers.visitor(self.browser, self.site.origin, SHAPES[width])
        if who is not None:
            browsers.let_in(made, self.city, who)
        yield made
        made.context.close()

    def missing(self) -> list[str]:
        """Return the pages of the route map that were not taken."""
        adapter, taken = self.city.app.url_map.bind(""), set()
        for path in self.seen:
            with contextlib.suppress(HTTPException):  # the answer to a post, and the page that does not exist
                taken.add(str(adapter.match(path, method="GET", return_rule=True)[0]))
        routes = {each.rule.rule for each in routemap.routes(self.city.app) if each.method == "GET"}
        return sorted(routes - FILES - taken)


def main() -> None:
    """Take them all."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with served() as (site, city), sync_playwright() as playwright:
        browser = browsers.launch(playwright.chromium)
        camera = Camera(browser, site, city, folder)
        for scene in scenes.ALL:
            scene(camera)
        browser.close()
        print_out(folder)
        missing, failures = camera.missing(), site.failures()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    if missing or failures:
        raise SystemExit(f"not taken: {missing}; the server's log: {failures}")


@contextmanager
def served() -> Iterator[tuple[Site, City]]:
    """Serve a site with keys of its own, which the last scene loses, over an empty database."""
    with tempfile.TemporaryDirectory(prefix="pakta-pictures-") as name:
        folder = Path(name)
        keyring.create(folder / "private", host="localhost:5000", city="Kota Mojokerto")
        site = Site(folder, f"sqlite:///{folder / 'pakta.sqlite'}", folder / "private", port=_port())
        databases.make_tables(site.app())
        site.start()
        city = City(site.app())
        try:
            yield site, city
        finally:
            databases.leave(city.app)
            site.stop()


def _port() -> int | None:
    """Return 5000, as people know it from `make run`, or None where somebody listens there."""
    try:
        check_port(5000)
    except PortTaken:
        return None
    return 5000


def print_out(folder: Path) -> None:
    """Turn the files that were downloaded into pictures, page by page."""
    for pdf in sorted(folder.glob("*.pdf")):
        subprocess.run(["pdftoppm", "-r", "80", "-png", pdf, pdf.with_suffix("")], check=True)


if __name__ == "__main__":
    main()
