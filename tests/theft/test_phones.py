"""(f) A forked log shown to a browser: on a phone that knows nothing, and on one that kept the honest head."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from pakta.verification import pinned
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.journeys.keeping import word
from tests.theft import forks, readers
from tests.theft.booty import Scene, Thief
from tests.theft.forks import Stage


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Run one browser."""
    running = browsers.launch(playwright.chromium)
    yield running
    running.close()


@pytest.fixture
def stage(scene: Scene) -> Iterator[Stage]:
    """Serve the honest city, for the thief to take its place."""
    with forks.served(scene.city.app) as stage:
        yield stage


@pytest.fixture
def phone(chromium: Browser, scene: Scene) -> Iterator[Visitor]:
    """Give a phone on which nothing was opened yet."""
    found = browsers.visitor(chromium, scene.city.wired.config.origin, browsers.PHONE)
    yield found
    found.context.close()


def verdict(phone: Visitor, address: str) -> str:
    """Open what a QR holds; return the word."""
    page = phone.open(address)
    page.reload()
    return word(page)


@pytest.mark.parametrize("kept", [False, True], ids=["knows nothing", "kept the honest head"])
def test_a_fork_without_its_quorum_is_never_sah_on_any_phone(
    thief: Thief, stage: Stage, phone: Visitor, kept: bool
) -> None:
    siti = readers.address(thief, thief.certificate("siti"))
    if kept:
        assert verdict(phone, siti) == "SAH"
    forged = forks.forged_in_a_fork(thief)
    stage.app = thief.app
    assert verdict(phone, forged) == "TIDAK DAPAT DIPERIKSA"
    expect(phone.page.locator("#kode")).to_have_text("Kode: WITNESSES_TOO_FEW")
    assert verdict(phone, siti) == ("SAH" if kept else "TIDAK DIKENAL")


def test_a_page_that_asks_for_no_witness_is_deceived(thief: Thief, stage: Stage, phone: Visitor) -> None:
    """The twin, and a limit: a thief who serves the page can serve this script; the monitor names it."""
    forged = forks.forged_in_a_fork(thief)
    stage.app = thief.app
    script = pinned.script(None)
    phone.context.route(
        "**/policy.js", lambda route: route.fulfill(body=script, content_type="text/javascript; charset=utf-8")
    )
    assert verdict(phone, forged) == "SAH"


def test_the_limit_without_a_policy_a_phone_does_not_compare_the_heads_that_it_sees(
    thief: Thief, stage: Stage, phone: Visitor
) -> None:
    stage.app = forks.without_policy(thief)
    assert verdict(phone, readers.address(thief, thief.certificate("siti"))) == "SAH"
    forged = forks.forged_in_a_fork(thief)
    stage.app = forks.without_policy(thief)  # a fresh one: the other remembers its head for a moment
    assert verdict(phone, forged) == "SAH"
