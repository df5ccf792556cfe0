"""Tiles whose bytes changed under an address that lasts: no cache of a phone keeps the old ones."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pakta.config import ROOT
from tests.verification.conftest import Quiet

TILE, HEAD = "log/tile/0/000.p/1", "log/checkpoint"
KEYS, HEAD_TEXT = ".well-known/pakta-keys.json", "kota/log\n1\nakar\n"
DAYS = count(1_000_000_000, 86_400)
READ = f"""async (again) => {{
  const {{ tiles }} = await import("/js/cache.js");
  return new TextDecoder().decode(await tiles(new AbortController().signal, again)("/{TILE}"));
}}"""
FORGET = "() => caches.delete('pakta-data')"
REGISTER = """async () => {
  await navigator.serviceWorker.register("/v-sw.js", { scope: "/v" });
  const [each] = await navigator.serviceWorker.getRegistrations();
  const worker = each.installing ?? each.waiting ?? each.active;
  while (worker.state !== "activated") await new Promise((next) => setTimeout(next, 20));
}"""
FETCH = "async () => (await navigator.serviceWorker.getRegistrations())[0].active.postMessage('ambil')"
HELD = f"""async () => {{
  const cache = await caches.open("pakta-data");
  const text = async (path) => (await cache.match(path))?.text();
  return [await text("/{HEAD}?calon"), await text("/{TILE}")];
}}"""


TILES = """async () => {
  const paths = (await (await caches.open("pakta-data")).keys()).map((each) => new URL(each.url).pathname);
  return paths.filter((path) => path.includes("/tile/")).sort();
}"""


class Lasting(Quiet):
    """Serves tiles as Pakta does: to be kept for a year; notes what it is asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        """Note the address."""
        self.asked.append(self.path)
        super().do_GET()

    def end_headers(self) -> None:
        """Say how long it lasts."""
        lasts = "public, max-age=31536000, immutable" if "/tile/" in self.path else "no-cache"
        self.send_header("Cache-Control", lasts)
        super().end_headers()


def write(folder: Path, path: str, text: str) -> None:
    """Put a file where it is served from: whole and with its time, since the worker may ask at any moment."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    made = folder / "new"
    made.write_text(text)
    at = next(DAYS)  # the server tells a change by whole seconds
    os.utime(made, (at, at))
    made.replace(folder / path)


@pytest.fixture
def asked() -> list[str]:
    """Give the list of what the server was asked for."""
    return []


@pytest.fixture
def page(chromium: Browser, tmp_path: Path, asked: list[str]) -> Iterator[Page]:
    """Serve scripts and files, and give an empty page; no request is routed: else the browser caches nothing."""
    shutil.copytree(ROOT / "static" / "js", tmp_path / "js")
    write(tmp_path, "js/policy.js", "export const POLICY = null;\nexport const OFFLINE = true;\n")
    worker = (ROOT / "static" / "js" / "v-sw.js").read_text()
    line = f"const SHELL = {json.dumps({'version': 'a1', 'files': ['/v']})};\n"
    write(tmp_path, "v-sw.js", line + worker.replace("PAUSE = 60000", "PAUSE = 0"))
    write(tmp_path, "v", "/v/a1/")
    write(tmp_path, "index.html", "<!doctype html><title>kosong</title>")
    noting = type("Noting", (Lasting,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(noting, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = chromium.new_context()
    empty = context.new_page()
    empty.goto(f"http://localhost:{server.server_address[1]}/index.html")
    yield empty
    context.close()
    server.shutdown()


def test_a_tile_that_is_asked_for_again_comes_from_the_server(page: Page, tmp_path: Path) -> None:
    """The second answer below is why: what the browser keeps by itself is as wrong as what the page kept."""
    write(tmp_path, TILE, "salah")
    assert page.evaluate(READ, False) == "salah"
    write(tmp_path, TILE, "benar")
    page.evaluate(FORGET)
    assert page.evaluate(READ, False) == "salah"
    assert page.evaluate(READ, True) == "benar"
    assert page.evaluate(READ, False) == "benar"  # and is kept in the other's place


@pytest.mark.parametrize(("after", "kept"), [("kota/log/2", "benar"), ("kota/log", "salah")])
def test_the_worker_keeps_no_tile_of_a_ledger_under_another_name(
    page: Page, tmp_path: Path, after: str, kept: str
) -> None:
    """After `ledger succeed`; of the same ledger a tile is held, and not fetched a second time."""
    begin(tmp_path)
    write(tmp_path, TILE, "salah")
    page.evaluate(REGISTER)
    settle(page, "kota/log\n1\nakar\n")
    write(tmp_path, TILE, "benar")
    write(tmp_path, KEYS, json.dumps({"log": {"origin": after}}))
    write(tmp_path, HEAD, f"{after}\n1\nlain\n")
    assert settle(page, f"{after}\n1\nlain\n") == kept


@pytest.mark.parametrize(
    "instead", ["<!doctype html>\n1\nsedang dipelihara\n", "kota/lain\n1\nakar\n", "kota/log\nsatu\nakar\n"]
)
def test_the_worker_drops_nothing_for_what_is_no_head_of_its_ledger(page: Page, tmp_path: Path, instead: str) -> None:
    begin(tmp_path)
    write(tmp_path, TILE, "benar")
    page.evaluate(REGISTER)
    settle(page, HEAD_TEXT)
    write(tmp_path, HEAD, instead)
    for _ in range(5):
        page.evaluate(FETCH)
        page.wait_for_timeout(100)
        assert page.evaluate(HELD) == [HEAD_TEXT, "benar"]


def test_on_a_weak_line_the_tiles_of_a_ledger_under_another_name_come_little_by_little(
    page: Page, tmp_path: Path, asked: list[str]
) -> None:
    """What a round that broke off has fetched is not dropped by the next one."""
    begin(tmp_path)
    write(tmp_path, TILE, "salah")
    page.evaluate(REGISTER)
    settle(page, HEAD_TEXT)
    head = "kota/log/2\n257\nlain\n"
    for path in ("log/tile/0/000", "log/tile/1/000.p/1"):
        write(tmp_path, path, "benar")
    write(tmp_path, KEYS, json.dumps({"log": {"origin": "kota/log/2"}}))
    write(tmp_path, HEAD, head)  # the third tile is not served yet
    asked.clear()
    for _ in range(200):
        page.evaluate(FETCH)
        if asked.count("/log/tile/0/001.p/1") >= 3:
            break
        page.wait_for_timeout(50)
    assert asked.count("/log/tile/0/001.p/1") >= 3 and asked.count("/log/tile/0/000") == 1
    assert page.evaluate(HELD) == [head, None]
    write(tmp_path, "log/tile/0/001.p/1", "benar")
    for _ in range(200):
        page.evaluate(FETCH)
        if page.evaluate(TILES) == ["/log/tile/0/000", "/log/tile/0/001.p/1", "/log/tile/1/000.p/1"]:
            return
        page.wait_for_timeout(50)
    raise AssertionError(page.evaluate(TILES))


def begin(folder: Path) -> None:
    """Write a key set, a status list and a head of one ledger."""
    write(folder, KEYS, json.dumps({"log": {"origin": "kota/log"}}))
    write(folder, "s/0", "daftar")
    write(folder, HEAD, HEAD_TEXT)


def settle(page: Page, head: str) -> str:
    """Let the worker fetch until it holds this head; return the tile that it then holds."""
    for _ in range(200):
        page.evaluate(FETCH)
        found, tile = page.evaluate(HELD)
        if found == head and tile:
            return str(tile)
        page.wait_for_timeout(50)
    raise AssertionError(f"the worker holds {found!r} and {tile!r}")
