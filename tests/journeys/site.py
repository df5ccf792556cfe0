"""A running Pakta: gunicorn and the worker as `python -m pakta serve` starts them, on a free port."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from flask import Flask

from pakta import keyring
from tests import forked, make
from tests.people import City

PATIENCE = 60.0  # seconds to start, and to end


class Site:
    """One installation over the database at `url`; `origin` is its address, `witnesses` the text of its policy.

    copied  whether it keeps a copy of its ledger, as PAKTA_LOG_COPY
    """

    def __init__(
        self,
        folder: Path,
        url: str,
        keys_dir: Path,
        *,
        port: int | None = None,
        witnesses: str = "",
        copied: bool = False,
    ) -> None:
        self.folder, self.port, self.witnesses = folder, port or free_port(), witnesses
        self.origin = f"http://localhost:{self.port}"
        own = folder / "keys"  # which ledger they sign is noted beside them
        if own != keys_dir:
            shutil.copytree(keys_dir, own)
        self.config = make.config(url, own, origin=self.origin)
        if copied:
            self.config = replace(self.config, log_copy=folder / "salinan.txt")
        self.log = folder / "serve.log"
        self.offline = True  # what PAKTA_OFFLINE says from the next start on
        self._process: ForkServerProcess | None = None

    def app(self) -> Flask:
        """Return an app of our own over the same database, to arrange and to look."""
        return make.app(self.config, keys=keyring.load(self.config.keys_dir))

    def city(self) -> City:
        """Fill the database with the people of tests.people."""
        return City(self.app()).build()

    def start(self) -> None:
        """Start serving; returns when the first page has been answered."""
        environment = os.environ | {
            "DATABASE_URL": self.config.database_url.replace("postgresql+psycopg://", "postgresql://"),
            "PAKTA_ORIGIN": self.origin,
            "PAKTA_KEYS": str(self.config.keys_dir),
            "PAKTA_INSTANCE": str(self.folder),
            "PAKTA_WORKERS": "1",
            "PAKTA_THREADS": "2",
            "PAKTA_OFFLINE": "on" if self.offline else "off",
            "PYTHONUNBUFFERED": "1",
        }
        if self.witnesses:
            (self.folder / "witnesses").write_text(self.witnesses, encoding="utf-8")
            environment["PAKTA_WITNESSES"] = str(self.folder / "witnesses")
        if self.config.log_copy:
            environment["PAKTA_LOG_COPY"] = str(self.config.log_copy)
        self._process = forked.start(["pakta", "serve", "--port", str(self.port)], env=environment, log=self.log)
        until = time.monotonic() + PATIENCE
        while not self.answers():
            if not self._process.is_alive() or time.monotonic() > until:
                raise RuntimeError(f"the server did not start: {self.log.read_text()}")
            time.sleep(0.1)

    def answers(self) -> bool:
        """Say whether somebody answers at the origin."""
        try:
            with urllib.request.urlopen(f"{self.origin}/arti", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> int:
        """End it as Ctrl-C does; return its exit code."""
        if self._process is None:
            return 0
        os.kill(self._id, signal.SIGINT)
        return self._ended()

    def kill(self, *, children: bool = True) -> None:
        """End it at once as `kill -9` does, with or without its children; the upper first, for they start others."""
        for process in self.processes() if children else [self._id]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._ended()

    def processes(self) -> list[int]:
        """Return the ids of the server's process and of all below it, the upper first."""
        found = [self._id]
        for process in found:
            found += map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())
        return found

    @property
    def _id(self) -> int:
        assert self._process is not None and self._process.pid is not None
        return self._process.pid

    def _ended(self) -> int:
        """Wait until it has ended; return its exit code."""
        assert self._process is not None
        self._process.join(PATIENCE)
        code, self._process = self._process.exitcode, None
        assert code is not None, "the server does not end"
        return code

    def failures(self) -> list[str]:
        """Return the lines of the log that tell of something that went wrong."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if any(word in line for word in ("failed at", "tick failed", "Traceback"))]


def lives(process: int) -> bool:
    """Say whether a process runs; one that nobody has asked about since its end does not."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dead_line(port: int) -> Iterator[None]:
    """Listen on the port, accept whoever comes, and never answer."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        yield


@contextmanager
def overheard_line(port: int, *, word: str) -> Iterator[list[str]]:
    """Listen on the port, note the path of each request, and answer none but the one for `word`."""
    asked: list[str] = []
    over = threading.Event()

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path != word:
                over.wait()
                return
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Ear) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield asked
        over.set()
        server.shutdown()
