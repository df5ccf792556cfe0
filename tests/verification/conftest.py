"""A browser that has loaded our scripts from a bare server of files, and a city on paper."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, Playwright

from pakta.config import ROOT
from pakta.core import credential
from tests.journeys import browser
from tests.verification.paper import Case, City

DECIDE = """
async (cases) => {
  const { decide } = await import("/js/verdict.js");
  const bytes = (text) => text === null ? null : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const answers = [];
  for (const each of cases) {
    const inclusion = each.checkpoint === null ? null
      : { checkpoint: bytes(each.checkpoint), path: each.path?.map(bytes), marked: each.marked?.map(bytes) };
    const files = { keySet: bytes(each.keySet), statusToken: bytes(each.statusToken), inclusion };
    const verdict = await decide({ ...each, ...files });
    const { word, reason, steps, witnessedAt = null } = verdict;
    answers.push({ word, reason, steps, witnessedAt });
  }
  return answers;
}
"""
Decide = Callable[[list[dict[str, object]]], list[dict[str, object]]]


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def files() -> Iterator[str]:
    """Serve static/ and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(ROOT / "static")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Run Debian's browser for the whole run."""
    running = browser.launch(playwright.chromium)
    yield running
    running.close()


@pytest.fixture(scope="session")
def bare(chromium: Browser, files: str) -> Iterator[Page]:
    """Give an empty page that may load our scripts."""
    page = chromium.new_page()
    page.goto(f"{files}/img/")
    yield page
    page.close()


@pytest.fixture(scope="session")
def in_browser(bare: Page) -> Decide:
    """Give the browser's verdicts on a list of cases."""
    return lambda cases: bare.evaluate(DECIDE, cases)


@pytest.fixture(scope="session")
def city() -> City:
    """Give a city with 700 entries, one certificate among them."""
    made = City()
    made.pad(300)
    made.good = made.issue()  # type: ignore[attr-defined]
    made.pad(399)
    return made


@pytest.fixture
def make_case(city: City) -> Callable[..., Case]:
    """Give a maker of cases that are good unless told otherwise."""

    def make(name: str = "good", *, cose: bytes | None = None, **changes: object) -> Case:
        raw = cose or city.good  # type: ignore[attr-defined]
        values: dict[str, object] = {
            "address": credential.to_address(raw, origin=city.origin),
            "key_set": city.key_set(),
            "status_token": city.status_list(),
            "checkpoint": city.checkpoint(),
            "path": city.path(300),
        }
        return Case(name, **{**values, **changes})  # type: ignore[arg-type]

    return make
