"""Serving: gunicorn and the worker as two children of one process; whoever ends it ends both.

The children stand in process groups of their own, so that Ctrl-C reaches only this process,
which asks them to finish; should it be killed, the system ends them (Linux).
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pakta.config import ROOT

PATIENCE = 15.0  # seconds that children have to finish what they are doing
STARTING = 60.0  # seconds that the server has to answer for the first time
PR_SET_PDEATHSIG = 1
WORKER, LOGGER = "pakta.patience.PatientWorker", "pakta.patience.DiscreetLogger"
THREADS = "16"  # a process: most of them wait for the disk, the writers' queue or a slow sender
Child = subprocess.Popen[bytes]


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


def run(*, port: int, origin: str, started: str) -> int:
    """Serve until SIGINT or SIGTERM, or until a child ends by itself; return the exit code.

    started  when this server started, handed on to the children
    """
    host = _host()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    children = [
        _start(words, started) for words in (_gunicorn(host, port), (sys.executable, "-m", "pakta", "worker"))
    ]
    try:
        if _answers(host, port, stop=stop, alive=lambda: _all_live(children)):
            print(f"\nPakta melayani di {origin}/ ; Ctrl-C menghentikannya.", flush=True)  # noqa: T201
        while not stop.wait(0.5) and _all_live(children):
            pass
    finally:
        failed = not stop.is_set()
        _finish(children)
    return 1 if failed else 0


def _host() -> str:
    return os.environ.get("PAKTA_BIND") or "127.0.0.1"


def _gunicorn(host: str, port: int) -> Sequence[str]:
    workers = os.environ.get("PAKTA_WORKERS") or str(min(4, max(2, os.cpu_count() or 2)))
    memory = ["--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else []  # noqa: S108 the heartbeat file
    return [
        *(sys.executable, "-m", "gunicorn", "app:app", "--bind", f"{host}:{port}", "--no-control-socket"),
        *("--worker-class", WORKER, "--workers", workers, "--threads", os.environ.get("PAKTA_THREADS") or THREADS),
        *("--timeout", "60", "--graceful-timeout", "10", "--keep-alive", "5"),
        *("--logger-class", LOGGER, "--log-level", "warning"),
        *memory,
    ]


def _start(words: Sequence[str], started: str) -> Child:
    return subprocess.Popen(  # noqa: S603 the words are our own
        words,
        env=os.environ | {"PAKTA_STARTED": started},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=_die_with_parent,
    )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _all_live(children: Sequence[Child]) -> bool:
    return all(child.poll() is None for child in children)


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


def _finish(children: Sequence[Child]) -> None:
    """Ask the children to finish, and end whoever has not after a while."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + PATIENCE
    for child in children:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
