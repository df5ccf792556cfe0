"""What a newcomer waits for: `make run` in a fresh clone, the first time and the second, and `make test`."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pakta.config import ROOT

PATIENCE = 600.0
OURS = ("PAKTA_", "DATABASE_URL", "PORT", "VIRTUAL_ENV", "MAKE", "MFLAGS")  # a newcomer's shell has none of them


@contextmanager
def clone() -> Iterator[Path]:
    """Clone what is committed into a new folder."""
    with tempfile.TemporaryDirectory(prefix="pakta-newcomer-") as name:
        folder = Path(name) / "pakta"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
        yield folder


def running(folder: Path, *, port: int) -> tuple[float, float]:
    """Start with `make run` until the first page answers, and end with SIGINT; return the seconds of both."""
    begun = time.monotonic()
    with (folder.parent / "run.log").open("wb") as log:
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        while not answers(port):
            if process.poll() is not None or time.monotonic() - begun > PATIENCE:
                raise RuntimeError((folder.parent / "run.log").read_text())
            time.sleep(0.05)
        started = time.monotonic()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(PATIENCE)
    return started - begun, time.monotonic() - started


def answers(port: int) -> bool:
    """Say whether the first page is there."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/", timeout=5) as answer:
            return answer.status == 200
    except urllib.error.URLError:
        return False


def tested(folder: Path) -> float:
    """Return the seconds of `make test`, which must pass."""
    begun = time.monotonic()
    subprocess.run(
        ["make", "test"], cwd=folder, env=environment(), stdin=subprocess.DEVNULL, check=True, capture_output=True
    )
    return time.monotonic() - begun


def environment() -> dict[str, str]:
    """Return this environment without what concerns Pakta or make; pip keeps and finds no packages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return kept | {"PIP_NO_CACHE_DIR": "1"}
