"""Slow senders occupy half the threads at most, and not for ever; whoever sends at a fair speed is heard out."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest

from pakta import patience, serve
from pakta.config import ROOT
from tests.journeys.site import free_port

THREADS = 4


@pytest.fixture
def port() -> Iterator[int]:
    """Serve the small application with the worker of `serve`."""
    found = free_port()
    words = ["-m", "gunicorn", "tests.web.slow_app:app", "--bind", f"127.0.0.1:{found}", "--no-control-socket"]
    words += ["--worker-class", serve.WORKER, "--threads", str(THREADS), "--log-level", "error"]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT)
    try:
        begin(found).close()
        yield found
    finally:
        process.terminate()
        process.wait(20)


def begin(port: int) -> socket.socket:
    """Connect as soon as somebody listens."""
    until = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 30)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def head(length: int) -> bytes:
    """Return the head of a request with a body of `length`."""
    return f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n".encode()


def said(sender: socket.socket) -> bytes:
    """Return the answer up to its end."""
    return b"".join(iter(lambda: sender.recv(1000), b""))


def answered(port: int, patience: float) -> bool:
    """Say whether a stranger's question is answered in time."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=patience) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.parametrize("sent", [head(100_000) + b"a", b"POST / HTTP/1.1\r\nHost: local"])
def test_many_who_send_a_byte_now_and_then_do_not_stop_the_site(port: int, sent: bytes) -> None:
    slow = [begin(port) for _ in range(3 * THREADS)]
    for each in slow:
        each.sendall(sent)
    time.sleep(0.5)
    assert not answered(port, 0.3)  # the attack bites: all threads are taken
    rounds = 3 * THREADS / (THREADS // 2)
    until = time.monotonic() + (patience.QUICK + 2 * patience.LOOK) * rounds
    while time.monotonic() < until and not answered(port, 1):
        pass
    for each in slow:
        with contextlib.suppress(OSError):  # closed already
            each.sendall(b"a")
    assert answered(port, 1)
    for each in slow:
        each.close()


def test_one_slow_sender_is_heard_out_when_nobody_else_is_slow(port: int) -> None:
    with begin(port) as sender:
        sender.sendall(head(4))
        for _ in range(4):
            time.sleep(patience.QUICK / 2)
            sender.sendall(b"a")
        assert said(sender).endswith(b"4")


def test_a_large_body_that_comes_quickly_needs_no_seat(port: int) -> None:
    with begin(port) as sender:
        sender.sendall(head(8_000_000) + b"a" * 8_000_000)
        assert said(sender).endswith(b"8000000")


def test_many_who_do_not_close_after_their_answer_do_not_stop_the_site(port: int) -> None:
    silent = [begin(port) for _ in range(8)]
    for each in silent:
        each.sendall(head(0))
    time.sleep(0.2)
    assert answered(port, 8 * patience.LINGER + 2)
    for each in silent:
        each.close()


def test_whoever_sends_too_slowly_for_too_long_is_closed_even_with_a_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    reading = patience._Reading(ours, patience.BoundedSemaphore(1))
    with ours, theirs:
        theirs.sendall(b"abc")
        reading._began -= patience.LONGEST - 1
        assert reading.recv(10) == b"abc"
        reading._began -= 2
        theirs.sendall(b"d")
        with pytest.raises(ConnectionResetError):
            reading.recv(10)
