"""A reader whose children do what they should not, as one would that a stranger's file has taken over.

`python -m tests.verification.greedy SECONDS` serves as the reader does; the end of a file says what a child does.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pakta.verification import kernel, reader
from pakta.verification.confined import MOST_ANSWER


def _memory() -> object:
    taken = []
    while True:
        taken.append(bytearray(8 * 1024 * 1024))


def _endless() -> object:
    while True:
        pass


def _says(answer: object) -> Callable[[], bytes]:
    return lambda: json.dumps(answer).encode()


def _read_memory_of_parent() -> None:
    """Copy a byte of the process that forked this one, at an address that both have; raises OSError."""
    here, there = ctypes.create_string_buffer(1), ctypes.create_string_buffer(b"x")
    local, remote = (struct.pack("=QQ", ctypes.addressof(each), 1) for each in (here, there))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.process_vm_readv(os.getppid(), local, 1, remote, 1, 0) < 0:
        raise OSError(ctypes.get_errno(), "process_vm_readv")


def _limits() -> bytes:
    names = ("RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NPROC", "RLIMIT_NOFILE")
    told = [f"{name} {resource.getrlimit(getattr(resource, name))}" for name in names]
    return json.dumps({"kind": "picture", "texts": told, "sealed": None}).encode()


def _deaf() -> object:
    signal.signal(signal.SIGPROF, signal.SIG_IGN)
    return _endless()


def _tries() -> bytes:
    """Try what a child has given up, and tell what went through."""
    ways: dict[str, Callable[[], object]] = {
        "read": lambda: Path("/etc/hostname").read_bytes(),
        "write": lambda: Path("/tmp/pakta-greedy").write_bytes(b"x"),
        "connect": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
        "network": lambda: socket.socket(),
        "more files": lambda: os.dup(1),
        "a pipe": os.pipe,
        "secrets": lambda: 1 // len([name for name in os.environ if name.startswith(("PAKTA", "DATABASE", "HOME"))]),
    }
    if kernel.landlock():
        ways["another's memory"] = _read_memory_of_parent
    if kernel.landlock() >= 6:
        ways["a signal"] = lambda: os.kill(os.getppid(), 0)
    if os.geteuid() == 0:
        ways["another user"] = lambda: os.setuid(65534)
    through = []
    for name, way in ways.items():
        try:
            way()
        except (OSError, ZeroDivisionError):
            continue
        through.append(name)
    return json.dumps({"kind": "picture", "texts": through or ["nothing"], "sealed": None}).encode()


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
    "padded": lambda: json.dumps({"kind": "picture", "texts": ["x"], "sealed": None}).encode() + b" " * MOST_ANSWER,
    "deaf": _deaf,
    "limits": _limits,
    "tries": _tries,
    "honest": _says({"kind": "picture", "texts": ["https://x.example/"], "sealed": None}),
}


def main() -> None:
    """Serve with one of these ways in the place of reading, and with less time."""
    reader.answer = lambda question: WAYS[question.rpartition(b"#")[2].decode()]()  # type: ignore[assignment,return-value]
    reader.PROCESSOR, reader.SECONDS = 0.9, float(sys.argv[1])
    reader.main()


if __name__ == "__main__":
    main()
