"""Serving: gunicorn and the worker as two children of one process; whoever ends it ends both.

The children stand in process groups of their own, so that Ctrl-C reaches only this process,
which asks them to finish; should it be killed, the system ends them (Linux).
"""

from __future__ import annotations

import ctypes
import errno
import multiprocessing
import os
import runpy
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess as Child
from pathlib import Path

from pakta.config import ROOT

PATIENCE = 15.0  # seconds that children have to finish what they are doing
STARTING = 60.0  # seconds that the server has to answer for the first time
PR_SET_PDEATHSIG = 1
WORKER, LOGGER = "pakta.patience.PatientWorker", "pakta.patience.DiscreetLogger"
THREADS = "16"  # a process: most of them wait for the disk, the writers' queue or a slow sender
FORKING = multiprocessing.get_context("fork")


class PortTaken(Exception):
    """Another program listens on the port, or nobody may."""


def check_port(port: int) -> None:
    """Check that we may listen on the port, before anything long is begun; raises PortTaken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_host(), port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise PortTaken(f"Port {port} dipakai program lain atau terlarang.") from error


class Server:
    """Gunicorn and the worker, forked before this process opens anything; they wait until `run`.

    A fork costs no second import of all modules, and shares their memory.
    """

    def __init__(self, port: int) -> None:
        """Fork both; whatever ends this process before `run` ends them."""
        self._host, self._port = _host(), port
        self._starters: list[Connection] = []
        self._children = [self._fork(words) for words in (_gunicorn(self._host, port), ("pakta", "worker"))]

    def run(self, *, origin: str, started: str) -> int:
        """Serve until SIGINT or SIGTERM, or until a child ends by itself; return the exit code.

        started  when this server started, handed on to the children
        """
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        for starter in self._starters:
            starter.send(started)
        try:
            if _answers(self._host, self._port, stop=stop, alive=self._all_live):
                print(f"\nPakta melayani di {origin}/ ; Ctrl-C menghentikannya.", flush=True)  # noqa: T201
            while not stop.wait(0.5) and self._all_live():
                pass
        finally:
            failed = not stop.is_set()
            self._finish()
        return 1 if failed else 0

    def _fork(self, words: Sequence[str]) -> Child:
        waiting, starter = FORKING.Pipe(duplex=False)
        child = FORKING.Process(target=_become, args=(words, waiting), daemon=True)
        child.start()
        self._starters.append(starter)
        return child

    def _all_live(self) -> bool:
        return all(child.is_alive() for child in self._children)

    def _finish(self) -> None:
        """Ask the children to finish, and end whoever has not after a while."""
        for child in self._children:
            child.terminate()
        until = time.monotonic() + PATIENCE
        for child in self._children:
            child.join(max(0.1, until - time.monotonic()))
            if child.is_alive():
                child.kill()
                child.join()


def _become(words: Sequence[str], waiting: Connection) -> None:
    """Be `python -m words…`, in a process group of our own, once we are told when the server started."""
    os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.environ["PAKTA_STARTED"] = waiting.recv()
    waiting.close()
    os.chdir(ROOT)
    sys.argv = [*words]
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def _host() -> str:
    return os.environ.get("PAKTA_BIND") or "127.0.0.1"


def _gunicorn(host: str, port: int) -> Sequence[str]:
    workers = os.environ.get("PAKTA_WORKERS") or str(min(4, max(2, os.cpu_count() or 2)))
    memory = ["--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else []  # noqa: S108 the heartbeat file
    return [
        *("gunicorn", "app:app", "--bind", f"{host}:{port}", "--no-control-socket"),
        *("--worker-class", WORKER, "--workers", workers, "--threads", os.environ.get("PAKTA_THREADS") or THREADS),
        *("--timeout", "60", "--graceful-timeout", "10", "--keep-alive", "5"),
        *("--logger-class", LOGGER, "--log-level", "warning"),
        *memory,
    ]


def _answers(host: str, port: int, *, stop: threading.Event, alive: Callable[[], bool]) -> bool:
    """Wait for the first answer; say whether it came."""
    until = time.monotonic() + STARTING
    while time.monotonic() < until and alive() and not stop.wait(0.1):
        try:
            with socket.create_connection((host, port), timeout=5) as connection:
                connection.sendall(b"GET /static/pakta.css HTTP/1.0\r\n\r\n")
                if connection.recv(1):
                    return True
        except OSError:
            continue
    return False
