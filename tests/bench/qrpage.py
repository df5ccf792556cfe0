"""Measure how soon a verdict stands on the QR's page; write its section of measurements-verify.md: `make bench-page`.

python -m tests.bench.qrpage [--print]

Three minutes on a machine that does nothing else.  The phone has opened the page before; its ledger is a city's.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Playwright, sync_playwright

from pakta import keyring
from pakta.certificates import service as certificates
from pakta.core.ledgerentry import EntryKind
from pakta.database import transaction
from pakta.ledger import service as ledger
from pakta.web import clock
from tests import databases
from tests.bench import section
from tests.bench.pages import KEPT, shown
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.journeys.site import Site, dead_line
from tests.people import City

HEADING = "## The QR page"
OPENINGS, STARTS = 15, 5  # in one process; each in a process of its own
ENTRIES = 7000  # of a city in which 3,500 have enrolled and signed
MARK = 300  # milliseconds
SLOWER = (1, 4, 6)  # times, by Emulation.setCPUThrottlingRate
LOOK = 50  # milliseconds between two looks at whether the worker has kept all
DAYS = 3
LATER = f"const right = Date.now; Date.now = () => right() + {DAYS} * 86400e3;"
OLD, NEWER = f"running, data {DAYS} days old: grey", "running, certificate newer than the data: grey"
TILES = """async () => {
  const kept = await (await caches.open("pakta-data")).keys();
  return kept.filter((each) => each.url.includes("/tile/0/")).length;
}"""


@dataclass(frozen=True, slots=True)
class Line:
    """A network, and how the page is opened on it."""

    name: str
    served: bool
    network: Callable[[int], AbstractContextManager[None]]


LINES = (
    Line("answers", True, lambda _port: nullcontext()),
    Line("accepts and never answers", False, dead_line),
    Line("refuses (no server)", False, lambda _port: nullcontext()),
)


def main(words: Sequence[str]) -> int:
    """Measure, print, and write the section unless told otherwise; 1 where the mark is missed at full speed."""
    begun = os.getloadavg()[1]
    with tempfile.TemporaryDirectory(prefix="pakta-page-") as name, sync_playwright() as playwright:
        rows = list(measured(Path(name), playwright))
    lines = [HEADING, "", *told(begun), *table(rows)]
    print("\n".join(lines))
    if "--print" not in words:
        section.put(HEADING, lines)
    return int(any(row[3] > MARK for row in rows if row[2] == 1))


Row = tuple[str, str, int, float, float]


def measured(folder: Path, playwright: Playwright) -> Iterator[Row]:
    """Serve a city, let a phone open one certificate, and yield how soon another's verdict stands on each line."""
    keyring.create(folder / "keys", host="localhost", city="Kota Mojokerto")
    site = Site(folder, f"sqlite:///{folder / 'pakta.sqlite'}", folder / "keys")
    databases.make_tables(site.app())
    city = site.city()
    first, other = (certificates.address(city.sign(who), config=site.config) for who in ("siti", "joko"))
    fill(city)
    site.start()
    keep(browsers.kept(playwright.chromium, folder / "phone", site.origin, browsers.PHONE), first)
    later = ""  # the address of a certificate of which the phone has heard nothing
    for line in LINES:
        if not line.served and not later:
            site.stop()
            later = certificates.address(city.sign("rini"), config=site.config)
        with line.network(site.port):
            yield from opened(playwright, folder, site, other, line.name)
            if later:
                yield from lacking(playwright, folder, site, {OLD: other, NEWER: later}, line.name)
    databases.leave(city.app)


def fill(city: City) -> None:
    """Enter as many further entries as a city's ledger has, and sign a head over them."""
    with city.app.app_context(), transaction() as session:
        ledger.lock(session)
        for _ in range(ENTRIES):
            ledger.append(session, kind=EntryKind.KEY_ENROLLED, payload=os.urandom(32), now=clock.now())
    city.settle()


def keep(visitor: Visitor, address: str) -> None:
    """Open a certificate, so that the worker keeps the shell and the whole ledger; then end the browser."""
    shown(visitor.open(address))
    while not visitor.page.evaluate(KEPT) or visitor.page.evaluate(TILES) < ENTRIES // 256:
        visitor.page.wait_for_timeout(LOOK)
    visitor.context.close()


def opened(playwright: Playwright, folder: Path, site: Site, address: str, line: str) -> Iterator[Row]:
    """Yield a row for a browser started anew, and one for each speed in a running one."""

    def start() -> Visitor:
        return browsers.kept(playwright.chromium, folder / "phone", site.origin, browsers.PHONE)

    cold = []
    for _ in range(STARTS):
        visitor = start()
        cold.append(shown(visitor.open(address)))
        visitor.context.close()
    yield line, "browser and worker just started", 1, *both(cold)
    visitor = start()
    shown(visitor.open(address))
    cdp = visitor.context.new_cdp_session(visitor.page)
    for rate in SLOWER:
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        for language in ("", "?bahasa=en"):
            where = address.replace("/v#", f"/v{language}#")
            times = [again(visitor.page, where) for _ in range(OPENINGS)]
            yield line, "running, English" if language else "running", rate, *both(times)
    visitor.context.close()


def lacking(
    playwright: Playwright, folder: Path, site: Site, addresses: Mapping[str, str], line: str
) -> Iterator[Row]:
    """Yield rows of a phone whose kept data do not suffice: that must be said as soon."""
    for what, address in addresses.items():
        visitor = browsers.kept(playwright.chromium, folder / "phone", site.origin, browsers.PHONE)
        if what == OLD:
            visitor.context.add_init_script(LATER)
        shown(visitor.open(address))
        times = [again(visitor.page, address) for _ in range(OPENINGS)]
        assert visitor.page.locator("#pita.abu").count() == 1, what
        yield line, what, 1, *both(times)
        visitor.context.close()


def again(page: Page, address: str) -> float:
    """Leave the page and open it; return the milliseconds to the verdict."""
    page.goto("about:blank")
    page.goto(address)
    return shown(page)


def both(times: Sequence[float]) -> tuple[float, float]:
    """Return the median and the longest."""
    return statistics.median(times), max(times)


def told(begun: float) -> Iterator[str]:
    """Say what was measured and on what machine."""
    yield "Written by `make bench-page`: milliseconds from navigation to the verdict (the mark `putusan`) in a window"
    yield "of a phone's size in Chromium, which has opened another certificate before and keeps a ledger of"
    yield f"{ENTRIES:,} entries. {OPENINGS} openings a row, {STARTS} where browser and worker start anew. At most"
    yield f"{MARK} ms are promised. “Slower” is Chromium's own CPU throttling: it slows the page's thread, not the"
    yield "worker's nor the browser's own, and a real phone differs. “Grey”: what the phone keeps does not"
    yield "suffice, and the page says so at once, until an answer comes."
    yield ""
    yield from section.measured_on(begun)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Write a line a row."""
    yield "| network | browser | slower | median | longest |"
    yield "|---|---|---|---|---|"
    for line, browser, rate, median, longest in rows:
        yield f"| {line} | {browser} | {rate} × | **{median:.0f}** | {longest:.0f} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
