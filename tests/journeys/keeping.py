"""A phone that has opened a certificate: its word, and waiting until its worker has kept page and data."""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from tests.journeys.browser import HEARD

KEPT = """async () => {
  const cache = await caches.open("pakta-data");
  const shells = (await caches.keys()).filter((name) => name.startsWith("pakta-shell-"));
  const fetched = await cache.match("/log/checkpoint?calon");
  return shells.length === 1 && Boolean(fetched && navigator.serviceWorker.controller);
}"""
WORKERS = "async () => (await navigator.serviceWorker.getRegistrations()).length"
HELD = """async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  const states = ["installing", "waiting", "active"].map((part) => registration?.[part]?.state);
  const named = async (name) => [name, (await (await caches.open(name)).keys()).map((each) => each.url)];
  const kept = Object.fromEntries(await Promise.all((await caches.keys()).map(named)));
  return { states, controlled: Boolean(navigator.serviceWorker.controller), kept };
}"""


def word(page: Page) -> str:
    """Return the verdict's word, once the page has heard from the server or given up."""
    expect(page.locator("#sumber")).to_contain_text(HEARD, timeout=25000)
    return page.locator("#pita h1").inner_text().strip()


def wait_until_kept(page: Page) -> None:
    """Wait until the worker holds the shell and the data; where a fetch failed, the next visit tries again."""
    for at in range(1, 451):  # a busy machine is no finding
        with suppress(PlaywrightError):  # the page may be loading itself anew
            if page.evaluate(KEPT):
                return
            if at % 150 == 0:
                page.reload()
        page.wait_for_timeout(100)
    raise AssertionError(f"the worker kept nothing: {page.evaluate(HELD)}")


def wait_until_reopened(page: Page) -> None:
    """Open the page again under the worker, and wait until all is kept."""
    page.wait_for_timeout(300)
    page.reload()
    word(page)
    wait_until_kept(page)
