"""The server starts, and pages and verification are up, where nothing can be issued; /kesehatan says why."""

from __future__ import annotations

import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from pakta import keyring
from tests.journeys.site import Site
from tests.keyring.conftest import token as token

PUBLIC = ("/v", "/periksa", "/log/", "/arti", "/kesehatan")


def read(site: Site, path: str) -> tuple[int, bytes]:
    """Return the status and the body of a page."""
    try:
        with urllib.request.urlopen(site.origin + path, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def told(site: Site) -> str:
    """Return why nothing is issued."""
    reason: str = json.loads(read(site, "/kesehatan.json")[1])["reasons"].get("penerbitan", "")
    return reason


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for it, not for ever."""
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_behind_its_copy_and_without_its_token_it_serves_and_goes_on_by_itself_when_both_are_back(
    tmp_path: Path, sqlite_template: Path, token: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.create(tmp_path / "private", host="localhost", city="Kota Mojokerto", in_token=True)
    shutil.copyfile(sqlite_template, tmp_path / "pakta.sqlite")
    copy, gone = tmp_path / "salinan.txt", token.with_name("away")
    copy.write_text("".join(f"{at} {'01' * 34}\n\n" for at in range(3)))
    monkeypatch.setenv("PAKTA_LOG_COPY", str(copy))
    token.rename(gone)
    site = Site(tmp_path, f"sqlite:///{tmp_path / 'pakta.sqlite'}", tmp_path / "private")
    try:
        site.start()
        assert [read(site, path)[0] for path in PUBLIC] == [200] * len(PUBLIC)
        assert (read(site, "/kesehatan.json")[0], told(site)) == (503, "LEDGER_BEHIND_COPY")
        said = site.log.read_text()
        assert "[LEDGER_BEHIND_COPY]" in said and "ledger replay" in said and "dicoba lagi setiap detik" in said
        copy.write_bytes(b"")  # as if it had been the wrong one
        wait_until(lambda: told(site) == "KEY_UNREACHABLE")
        gone.rename(token)
        wait_until(lambda: read(site, "/log/checkpoint")[0] == 200 and told(site) == "")
    finally:
        assert site.stop() == 0
