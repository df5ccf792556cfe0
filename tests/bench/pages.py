"""What the pages weigh on a first visit, and how soon a verdict stands, in Debian's Chromium."""

from __future__ import annotations

import gzip
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, sync_playwright

from pakta import keyring
from pakta.certificates import service as certificates
from tests import databases
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.journeys.site import Site, dead_line
from tests.people import City

DATA = ("/log/", "/s/0", "/.well-known/")  # what is fetched to check, in the background
PUBLIC = ("/", "/masuk", "/aktivasi", "/periksa", "/naskah/ASN-2026", "/cakupan-umum", "/arti", "/privasi", "/log/")
OWN = {"siti": ("/pakta", "/akun", "/sertifikat/{number}"), "joko": ("/pakta",), "budi": ("/cakupan",)}
BUDGET = {"/v": 30, "/cakupan": 120, "/cakupan-umum": 120}
FIRST_VERDICT = "() => performance.getEntriesByName('putusan')[0]?.startTime ?? 99999"
KEPT = "async () => Boolean(navigator.serviceWorker.controller && (await caches.keys()).length)"
CHECK = """async () => {
  const base = document.querySelector("script[type=module]").src.replace("v-all.js", "");
  const [cache, credential, tlog, verdict] = await Promise.all(
    ["cache", "credential", "tlog", "verdict"].map((name) => import(`${base}${name}.js`)));
  const files = await cache.load();
  const begun = performance.now();
  const { keySet, statusToken, heads: [checkpoint] } = await cache.choose(files, location.host);
  const { claims } = credential.parse(credential.fromAddress(location.href, location.origin));
  const path = await tlog.pathFromTiles(claims.ledgerIndex, tlog.readCheckpoint(checkpoint), cache.tiles());
  const where = { address: location.href, origin: location.origin, now: Date.now() / 1000 };
  const said = await verdict.decide({ ...where, keySet, statusToken, inclusion: { checkpoint, path } });
  if (said.word !== "SAH") throw new Error(said.word);
  return performance.now() - begun;
}"""
OPENINGS = 15


@dataclass(frozen=True, slots=True)
class Weight:
    """One page with all that it loads, in kB of gzip."""

    path: str
    who: str
    whole: float
    scripts: float

    @property
    def budget(self) -> int:
        """Return what promises.md allows."""
        return BUDGET.get(self.path.split("#")[0], 60)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Milliseconds from navigation to the verdict: medians where the page was opened before, and the check alone."""

    first: float
    again: float
    slowest: float
    dead: float  # on a network that accepts and never answers
    check: float


def everything() -> Iterator[Weight | Verdict]:
    """Serve a small city and look at it."""
    with tempfile.TemporaryDirectory(prefix="pakta-pages-") as name, sync_playwright() as playwright:
        folder = Path(name)
        keyring.create(folder / "keys", host="localhost", city="Kota Mojokerto")
        site = Site(folder, f"sqlite:///{folder / 'pakta.sqlite'}", folder / "keys")
        databases.make_tables(site.app())
        city = site.city().activate("joko", "budi")
        row = city.sign("siti")
        site.start()
        chromium = browsers.launch(playwright.chromium)
        try:
            for path in PUBLIC:
                yield weigh(chromium, city, path, None)
            for who, paths in OWN.items():
                for path in paths:
                    yield weigh(chromium, city, path.format(number=row.number), who)
            address = certificates.address(row, config=city.wired.config)
            yield weigh(chromium, city, "/v#" + address.split("#")[1], None)
            yield verdict(chromium, site, address)
        finally:
            chromium.close()
            site.stop()


def weigh(chromium: Browser, city: City, path: str, who: str | None) -> Weight:
    """Open a page for the first time and weigh what comes."""
    visitor = browsers.visitor(chromium, city.wired.config.origin, browsers.PHONE)
    if who is not None:
        browsers.let_in(visitor, city, who)
    scale = Scale(visitor)
    visitor.open(path).wait_for_load_state("networkidle")
    visitor.context.close()
    return scale.weight(path, who)


class Scale:
    """Weighs all that a visitor's page loads, but for what is fetched to check a certificate."""

    def __init__(self, visitor: Visitor) -> None:
        self._parts: list[tuple[str, int]] = []
        visitor.page.on("response", lambda answer: self._parts.append(weight_of(answer, visitor.origin)))

    def weight(self, path: str, who: str | None) -> Weight:
        """Return what has come so far as the weight of this page."""
        whole = sum(size for kind, size in self._parts if kind != "data")
        scripts = sum(size for kind, size in self._parts if kind == "script")
        return Weight(path.split("#")[0], who or "", whole / 1000, scripts / 1000)


def weight_of(answer: Response, origin: str) -> tuple[str, int]:
    """Return what an answer is and its bytes under gzip."""
    path = answer.url.removeprefix(origin)
    if path.startswith(DATA) and answer.request.resource_type != "document":
        return "data", 0
    return answer.request.resource_type, len(gzip.compress(answer.body(), 6)) if answer.ok else 0


def verdict(chromium: Browser, site: Site, address: str) -> Verdict:
    """Open a certificate for the first time, then again and again with the worker in place, last on a dead line."""
    visitor = browsers.visitor(chromium, site.origin, browsers.PHONE)
    first = shown(visitor.open(address))
    for _ in range(40):
        if visitor.page.evaluate(KEPT):
            break
        visitor.page.wait_for_timeout(100)
    again = openings(visitor, address)
    check = statistics.median(float(visitor.page.evaluate(CHECK)) for _ in range(OPENINGS))
    site.stop()
    with dead_line(site.port):
        dead = statistics.median(openings(visitor, address))
        visitor.context.close()
    return Verdict(first, statistics.median(again), max(again), dead, check)


def openings(visitor: Visitor, address: str) -> list[float]:
    """Open the address again and again; return the milliseconds to each verdict."""
    times = []
    for _ in range(OPENINGS):
        visitor.page.goto("about:blank")
        times.append(shown(visitor.open(address)))
    return times


def shown(page: Page) -> float:
    """Wait for the verdict; return when it stood."""
    page.locator("#pita h1").wait_for()
    for _ in range(100):
        at = float(page.evaluate(FIRST_VERDICT))
        if at < 99999:
            return at
        page.wait_for_timeout(50)
    raise TimeoutError("no verdict")
