"""Serving: what `make run` starts answers in a browser, and Ctrl-C ends all of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from pakta.config import ROOT
from tests import slices
from tests.journeys.browser import Visitor
from tests.journeys.site import Site, lives

PAGES = [
    "/",
    "/masuk",
    "/aktivasi",
    "/periksa",
    "/v",
    "/naskah",
    "/cakupan-umum",
    "/arti",
    "/privasi",
    "/lapor",
    "/log/",
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", slices.some(PAGES, 0, of=2))
def test_a_page_opens_without_a_complaint_on_a_phone_and_fits_its_width(phone: Visitor, path: str) -> None:
    page = phone.open(path)
    page.wait_for_load_state("networkidle")
    assert page.locator("h1, [role=status]").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert phone.unexpected() == []


def test_a_taken_port_is_named_before_anything_is_begun(site: Site) -> None:
    environment = os.environ | {
        "PAKTA_INSTANCE": str(site.folder / "second"),
        "PAKTA_KEYS": str(site.folder / "none"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pakta", "serve", "--demo", "--port", str(site.port)],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert f"Port {site.port} dipakai" in done.stderr
    assert f"PORT={site.port + 1}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (site.folder / "none").exists()
    environment["PAKTA_INSTANCE"] = str(site.folder)  # a city with that address
    again = subprocess.run(
        [sys.executable, "-m", "pakta", "serve", "--port", str(site.port)],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert f"beralamat {site.origin}" in again.stderr and "PORT=" not in again.stderr


def test_whoever_kills_the_parent_ends_all_of_it(site: Site) -> None:
    children = site.processes()[1:]
    site.kill(children=False)
    until = time.monotonic() + 30
    while any(map(lives, children)):
        assert time.monotonic() < until
        time.sleep(0.05)
    site.start()


def test_ctrl_c_ends_the_server_and_the_worker_and_it_starts_again(site: Site) -> None:
    assert site.answers()
    running = site.processes()
    assert len(running) == 4  # the parent, the worker, gunicorn and what it forks
    assert site.stop() == 0
    assert not site.answers()
    assert [process for process in running if lives(process)] == []
    site.start()
    assert site.answers()
