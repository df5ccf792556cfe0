"""The worker of /v keeps all files of one version or none, and with no files it drops them."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pakta.config import ROOT
from tests.verification.conftest import Quiet

INSTALL = """async () => {
  const registration = await navigator.serviceWorker.register("/v-sw.js", { scope: "/v", updateViaCache: "none" });
  if (registration.active) await registration.update().catch(() => {});
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  while (!["activated", "redundant"].includes(worker.state)) await new Promise((next) => setTimeout(next, 20));
  const registered = async () => (await navigator.serviceWorker.getRegistrations()).length;
  const alone = worker.state === "redundant" && !registration.active; // then nothing stays registered, in a moment
  while (alone && (await registered())) await new Promise((next) => setTimeout(next, 20));
  return { state: worker.state, registered: await registered(), caches: await caches.keys() };
}"""
FETCH = "async () => (await navigator.serviceWorker.getRegistrations())[0].active.postMessage('ambil')"
HELD = """async () => {
  const entries = await (await caches.open("pakta-data")).keys();
  return entries.map((each) => new URL(each.url).pathname).sort();
}"""
DATA = ["/.well-known/pakta-keys.json", "/log/checkpoint", "/s/0"]
TILE = "/log/tile/0/000.p/1"
Install = Callable[..., dict[str, object]]
# Lines before the worker: its clock goes ahead by what it is told, and its time limits pass twenty times as fast.
AHEAD = """
const now = Date.now;
let ahead = 0;
Date.now = () => now() + ahead;
self.addEventListener("message", ({ data }) => { ahead = Number(data) || ahead; });
"""
HURRY = """
const limit = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => limit(milliseconds / 20);
"""
TELL = "async (word) => (await navigator.serviceWorker.getRegistrations())[0].active.postMessage(word)"


@pytest.fixture
def asked() -> list[str]:
    """Give the list of what the server was asked for."""
    return []


@pytest.fixture
def waits() -> dict[str, threading.Event]:
    """Give, by address, what the server waits for before it answers."""
    return {}


@pytest.fixture
def page(chromium: Browser, tmp_path: Path, asked: list[str], waits: dict[str, threading.Event]) -> Iterator[Page]:
    """Serve a folder, and give an empty page of it."""

    class Noting(Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            if waiting := waits.get(self.path):
                waiting.wait(60)
            with contextlib.suppress(ConnectionError):  # nobody may be waiting any more
                super().do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Noting, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "index.html").write_text("<!doctype html><title>kosong</title>")
    empty = chromium.new_page()
    empty.goto(f"http://localhost:{server.server_address[1]}/index.html")
    yield empty
    empty.context.close()
    server.shutdown()


@pytest.fixture
def install(page: Page, tmp_path: Path) -> Install:
    """Give a function that serves a worker and a page, installs the one, and tells what the browser then holds."""
    days = count(1_000_000_000, 86_400)

    def run(files: list[str], *, version: str, shown: str, before: str = "") -> dict[str, object]:
        line = f"{before}const SHELL = {json.dumps({'version': version, 'files': files})};\n"
        at = next(days)  # the server tells a change by whole seconds
        for name, text in (
            ("v-sw.js", line + (ROOT / "static" / "js" / "v-sw.js").read_text()),
            ("v", f'<script type="module" src="/v/{shown}/v.js"></script>'),
        ):
            (tmp_path / name).write_text(text)
            os.utime(tmp_path / name, (at, at))
        found: dict[str, object] = page.evaluate(INSTALL)
        return found

    return run


def test_a_whole_shell_is_kept(install: Install) -> None:
    kept = {"state": "activated", "registered": 1, "caches": ["pakta-shell-a1"]}
    assert install(["/v"], version="a1", shown="a1") == kept


def test_a_page_of_another_version_beside_the_files_is_not_kept(install: Install) -> None:
    assert install(["/v"], version="a1", shown="b2") == {"state": "redundant", "registered": 0, "caches": []}


def test_a_shell_of_which_one_file_is_missing_is_not_kept(install: Install) -> None:
    found = install(["/v", "/v/a1/v.js"], version="a1", shown="a1")
    assert (found["state"], found["registered"]) == ("redundant", 0)


def test_a_new_version_takes_the_old_ones_place_only_whole(install: Install) -> None:
    install(["/v"], version="a1", shown="a1")
    half = install(["/v", "/v/b2/v.js"], version="b2", shown="b2")
    assert half["state"] == "redundant" and "pakta-shell-a1" in half["caches"]  # type: ignore[operator]
    whole = install(["/v"], version="b2", shown="b2")
    assert whole == {"state": "activated", "registered": 1, "caches": ["pakta-shell-b2"]}


def test_with_no_files_all_that_was_kept_is_dropped(install: Install) -> None:
    install(["/v"], version="a1", shown="a1")
    assert install([], version="a1", shown="a1") == {"state": "activated", "registered": 1, "caches": []}


def publish(folder: Path) -> None:
    """Lay down a ledger of one entry, and what belongs to it."""
    for path in (*DATA, TILE):
        (folder / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (folder / path[1:]).write_text("asal\n1\nakar\n")
    (folder / DATA[0][1:]).write_text(json.dumps({"log": {"origin": "asal"}}))


def wait_until_held(page: Page) -> None:
    """Wait until the worker keeps all of the data."""
    for _ in range(200):
        if page.evaluate(HELD) == sorted([*DATA, TILE]):
            return
        page.evaluate(FETCH)
        page.wait_for_timeout(50)
    raise AssertionError(f"the worker does not keep all: {page.evaluate(HELD)}")


def rounds(page: Page, asked: list[str], count: int) -> None:
    """Tell the worker to fetch, until it has asked for the data so many times in all."""
    for _ in range(200):
        if all(asked.count(path) >= count for path in DATA):
            return
        page.evaluate(FETCH)  # one that comes during a round waits for its end
        page.wait_for_timeout(50)
    raise AssertionError(f"the worker began no round {count}: {asked}")


@pytest.mark.parametrize("lacking", [*DATA, TILE])
def test_an_answer_that_is_not_the_file_is_not_kept_and_asked_for_again(
    install: Install, page: Page, asked: list[str], tmp_path: Path, lacking: str
) -> None:
    """A second round begins where the first one failed, and only there."""
    publish(tmp_path)
    (tmp_path / lacking[1:]).rename(tmp_path / "kelak")
    install(["/v"], version="a1", shown="a1")
    rounds(page, asked, 2)
    assert not set(DATA) & set(page.evaluate(HELD)) and lacking not in page.evaluate(HELD)
    (tmp_path / "kelak").rename(tmp_path / lacking[1:])
    rounds(page, asked, asked.count("/s/0") + 1)
    wait_until_held(page)


def test_within_a_minute_the_data_is_fetched_once_and_after_it_again(
    install: Install, page: Page, asked: list[str], tmp_path: Path
) -> None:
    publish(tmp_path)
    install(["/v"], version="a1", shown="a1", before=AHEAD)
    rounds(page, asked, 1)
    wait_until_held(page)
    for milliseconds in (0, 30_000, 55_000):
        page.evaluate(TELL, milliseconds)
        page.wait_for_timeout(300)
    assert asked.count("/s/0") == 1
    page.evaluate(TELL, 65_000)
    for _ in range(200):
        if asked.count("/s/0") == 2:
            return
        page.wait_for_timeout(50)
    raise AssertionError(asked)


def test_an_answer_that_never_comes_is_given_up_and_asked_for_again(
    install: Install, page: Page, asked: list[str], tmp_path: Path, waits: dict[str, threading.Event]
) -> None:
    """Half a minute passes in 1.5 seconds here; who asks again waits for the end of the round, and begins another."""
    publish(tmp_path)
    waits["/s/0"] = threading.Event()
    install(["/v"], version="a1", shown="a1", before=HURRY)
    rounds(page, asked, 1)
    page.wait_for_timeout(300)  # six seconds: not given up yet
    page.evaluate(FETCH)
    page.wait_for_timeout(100)
    assert asked.count("/s/0") == 1
    rounds(page, asked, 2)
    assert not set(DATA) & set(page.evaluate(HELD))
    waits.pop("/s/0").set()
    wait_until_held(page)


def test_a_shell_that_has_gone_is_kept_anew_at_the_next_visit(install: Install, page: Page) -> None:
    """A browser short of room drops it, or an older worker that begins late; without it no page opens offline."""
    install(["/v"], version="a1", shown="a1")
    assert page.evaluate("() => caches.delete('pakta-shell-a1')")
    page.evaluate(FETCH)
    wait_until_shell_is_kept(page)


def test_a_shell_of_which_only_the_name_was_kept_is_kept_anew(install: Install, page: Page) -> None:
    """A worker that was ended between the two has left an empty cache."""
    install(["/v"], version="a1", shown="a1")
    assert page.evaluate("async () => (await caches.open('pakta-shell-a1')).delete('/v')")
    assert page.evaluate("() => caches.has('pakta-shell-a1')")
    page.evaluate(FETCH)
    wait_until_shell_is_kept(page)


def test_a_shell_that_cannot_be_kept_anew_whole_is_tried_again(install: Install, page: Page, tmp_path: Path) -> None:
    install(["/v"], version="a1", shown="a1")
    (tmp_path / "v").rename(tmp_path / "kelak")
    assert page.evaluate("() => caches.delete('pakta-shell-a1')")
    page.evaluate(FETCH)
    page.wait_for_timeout(500)
    assert not page.evaluate("() => caches.has('pakta-shell-a1')")
    (tmp_path / "kelak").rename(tmp_path / "v")
    page.evaluate(FETCH)
    for _ in range(200):
        if page.evaluate("() => caches.has('pakta-shell-a1')"):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the shell stays away")


def wait_until_shell_is_kept(page: Page) -> None:
    """Wait until the worker keeps the page of release a1."""
    for _ in range(200):
        if page.evaluate("async () => Boolean(await caches.match('/v', { cacheName: 'pakta-shell-a1' }))"):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the shell stays away or empty")
