"""What every journey may ask for: a running site on each database, and visitors with a real browser.

    site    gunicorn and the worker on a free port, the city of tests.people in its database (one for a file)
    phone   a visitor with 360 x 740 pixels and a finger     desk  one with 1280 x 800 and a mouse
    visitors()  makes more of them     profile(name)  one whose profile outlives the browser process

After each journey no console may hold an error, no CSP a violation, and the server's log no failure.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests import databases
from tests.databases import DATABASES, Cluster
from tests.journeys import browser as browsers
from tests.journeys.browser import Visitor
from tests.journeys.site import Site
from tests.people import City

expect.set_options(timeout=20_000)  # milliseconds: a busy machine is no finding


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Run one browser for all journeys."""
    running = browsers.launch(playwright.chromium)
    yield running
    running.close()


@pytest.fixture(scope="module")
def witnesses() -> str:
    """Give the text of the site's policy of witnesses: none, where a file of tests has no own one."""
    return ""


@pytest.fixture(scope="module", params=DATABASES)
def site(request: pytest.FixtureRequest, keys_dir: Path, witnesses: str) -> Iterator[Site]:
    """Run Pakta over an empty database of its own."""
    folder = Path(tempfile.mkdtemp(prefix="pakta-site-"))
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.create(folder.name)
    else:
        url = f"sqlite:///{folder / 'pakta.sqlite'}"
    running = Site(folder, url, keys_dir, witnesses=witnesses)
    databases.make_tables(running.app())
    running.start()
    yield running
    code, failures = running.stop(), running.failures()
    if request.param == "postgresql":
        cluster.drop(folder.name)
    shutil.rmtree(folder, ignore_errors=True)
    assert (code, failures) == (0, [])


@pytest.fixture(scope="module")
def city(site: Site) -> Iterator[City]:
    """Fill the site's database with the people of tests.people; nobody is activated."""
    found = site.city()
    yield found
    databases.leave(found.app)


@pytest.fixture
def visitors(chromium: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Make visitors: `visitors()` on a phone, `visitors(desk=True)` at a desk; all are checked at the end."""
    made: list[Visitor] = []

    def visit(*, desk: bool = False) -> Visitor:
        made.append(browsers.visitor(chromium, site.origin, browsers.DESK if desk else browsers.PHONE))
        return made[-1]

    yield visit
    complaints = [line for each in made for line in each.unexpected()]
    for each in made:
        each.context.close()
    assert complaints == []


@pytest.fixture
def phone(visitors: Callable[..., Visitor]) -> Visitor:
    """Give a visitor with a phone."""
    return visitors()


@pytest.fixture
def desk(visitors: Callable[..., Visitor]) -> Visitor:
    """Give a visitor at a desk."""
    return visitors(desk=True)


@pytest.fixture
def profile(playwright: Playwright, site: Site, tmp_path: Path) -> Iterator[Callable[..., Visitor]]:
    """Open profiles by name; closing one's context ends its browser process, and opening it again resumes it."""
    opened: list[Visitor] = []

    def open_profile(name: str = "one", *, desk: bool = False) -> Visitor:
        shape = browsers.DESK if desk else browsers.PHONE
        opened.append(browsers.kept(playwright.chromium, tmp_path / name, site.origin, shape))
        return opened[-1]

    yield open_profile
    complaints = [line for each in opened for line in each.unexpected()]
    for each in opened:
        each.context.close()
    assert complaints == []
