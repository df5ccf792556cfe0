"""A reader whose children do what they should not, as one would that a stranger's file has taken over.

`python -m tests.verification.greedy SECONDS` serves as the reader does; the end of a file says what a child does.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pakta.verification import confined, reader

SERVER = os.getppid()
PTRACE_SEIZE = 0x4206  # attaches without a stop, so that a test that fails hangs nobody


def _memory() -> object:
    taken = []
    while True:
        taken.append(bytearray(8 * 1024 * 1024))


def _endless() -> object:
    while True:
        pass


def _says(answer: object) -> Callable[[], bytes]:
    return lambda: json.dumps(answer).encode()


def _holds(*texts: str) -> bytes:
    return json.dumps({"kind": "picture", "texts": texts, "sealed": None}).encode()


def _call(name: str, *given: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*map(ctypes.c_long, given)) != 0:
        raise OSError(ctypes.get_errno(), name)


def _endless_without_timer() -> object:
    signal.setitimer(signal.ITIMER_PROF, 0)
    return _endless()


def _leaves_one_behind() -> object:
    """Begin a process that goes on; whose who may begin none is not asked."""
    try:
        begun = os.fork()
    except OSError:
        return _holds("none")
    if begun == 0:
        time.sleep(600)
    return _holds(str(begun))


def _sends_one_away() -> object:
    """Begin a process that leaves the session and goes on for a while."""
    try:
        begun = os.fork()
    except OSError:
        return _holds("none")
    if begun == 0:
        os.setsid()
        time.sleep(5)
        os._exit(0)
    return _holds(str(begun))


def _tries() -> bytes:
    """Try what a child has given up, and tell what went through."""
    ways: dict[str, Callable[[], object]] = {
        "read": lambda: Path("/etc/hostname").read_bytes(),
        "write": lambda: Path("/tmp/pakta-greedy").write_bytes(b"x"),
        "connect": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
        "network": lambda: socket.socket(),
        "more files": lambda: os.dup(1),
        "a pipe": os.pipe,
        "the parent's memory": lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDWR),
        "to trace the parent": lambda: _call("ptrace", PTRACE_SEIZE, os.getppid(), 0, 0),
        "to trace the server": lambda: _call("ptrace", PTRACE_SEIZE, SERVER, 0, 0),
        "a capability": lambda: os.nice(-1),
        "to signal the parent": lambda: os.kill(os.getppid(), 0),
        "to signal the server": lambda: os.kill(SERVER, 0),
        "secrets": lambda: 1 // len([name for name in os.environ if name.startswith(("PAKTA", "DATABASE", "HOME"))]),
    }
    through = []
    for name, way in ways.items():
        try:
            way()
        except (OSError, ZeroDivisionError):
            continue
        through.append(name)
    return _holds(*through or ["nothing"])


WAYS: dict[str, Callable[[], object]] = {
    "memory": _memory,
    "endless": _endless,
    "asleep": lambda: time.sleep(60),
    "fault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "error": lambda: 1 // 0,
    "silent": lambda: b"",
    "no json": lambda: b"{",
    "a list": _says([]),
    "another kind": _says({"kind": "pdf", "texts": ["https://x.example/v#1"], "sealed": None}),
    "a text": _says({"kind": "text", "texts": ["https://x.example/v#1"], "sealed": None}),
    "evidence": _says({"kind": "evidence", "texts": [], "sealed": None}),
    "no texts": _says({"kind": "picture", "texts": [1], "sealed": None}),
    "a reason of its own": _says({"reason": "SAH", "detail": ""}),
    "nested": lambda: b"[" * 100_000,
    "long": lambda: b'"' + b"x" * 2 * 1024 * 1024 + b'"',
    "tries": _tries,
    "without a timer": _endless_without_timer,
    "one behind": _leaves_one_behind,
    "one away": _sends_one_away,
    "as long as may be": lambda: _holds("https://x.example/").ljust(confined.MOST_ANSWER),
    "a byte too long": lambda: _holds("https://x.example/").ljust(confined.MOST_ANSWER + 1),
    "honest": lambda: _holds("https://x.example/"),
}


def main() -> None:
    """Serve with one of these ways in the place of reading, and with less time."""
    reader.answer = lambda question: WAYS[question.rpartition(b"#")[2].decode()]()  # type: ignore[assignment,return-value]
    reader.PROCESSOR, reader.SECONDS = 0.9, float(sys.argv[1])
    reader.main()


if __name__ == "__main__":
    main()
