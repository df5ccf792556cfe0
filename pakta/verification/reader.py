"""The confined process: takes files from strangers apart, one child for one file, and the child ends with it.

    python -m pakta.verification.reader        its standard input is the socket of `pakta.verification.confined`

The process itself loads what is needed and never sees a file.  For each it forks a child, which gives up first what
reading does not need (`confine`): it can open no file and no connection, has little memory and little time, and has
no secrets in its environment.  Where the kernel has it, more is given up (`kernel`), by the process and once more by
the child.  A child that dies answers nothing, and what it may have begun is ended with it.
"""

from __future__ import annotations

import codecs
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

import cryptography.hazmat.backends.openssl.backend as openssl
import pyhanko_certvalidator.revinfo.validate_crl as crls
import pyhanko_certvalidator.revinfo.validate_ocsp as ocsp
from pyhanko.pdf_utils import filters, rw_common
from pyhanko.sign import validation
from pyhanko.sign.validation import generic_cms, pdf_embedded

from pakta.core.errors import Reason, Refusal
from pakta.verification import contents, crossing, image, kernel

MEMORY = 225 * 1024 * 1024  # bytes of address space beyond what the loaded process has
ELSEWHERE = 512 * 1024 * 1024  # bytes in all, where a process does not tell what it has
PROCESSOR = 1.2  # seconds of processor time for one file
SECONDS = 10.0  # of real time for one file, where other work takes the cores
MOST_QUESTION = contents.LARGEST + 1024 * 1024  # bytes
LOADED = (
    openssl,
    crls,
    ocsp,
    filters,
    rw_common,
    validation,
    generic_cms,
    pdf_embedded,
)  # what `pdf.read` would load late
CODECS = ("ascii", "cp1252", "idna", "latin-1", "utf-16", "utf-16-be", "utf-16-le", "utf-32-be", "utf-8")


def main() -> None:
    """Serve until the other end is closed."""
    control = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    os.nice(5)
    _load()
    gc.collect()
    gc.freeze()
    memory, lacking = _address_space(), kernel.leave_root()
    lacking |= kernel.harden()
    while True:
        told, given, _flags, _address = socket.recv_fds(control, 1, 1)
        if not told or not given:
            return
        spent = _in_a_child(given[0], control, memory)
        control.sendall(crossing.SPENT.pack(*spent, lacking))


def _load() -> None:
    """Load what is loaded late elsewhere: a child can open no file, not even one of Python's own."""
    image.rehearse()
    for name in CODECS:
        codecs.lookup(name)


def _in_a_child(line: int, control: socket.socket, memory: int) -> tuple[int, int, float]:
    """Let a child answer on `line`, and end it with whatever it has begun; return how it ended."""
    begun = time.monotonic()
    alive, held = os.pipe()
    child = os.fork()
    if child == 0:
        control.close()
        os.close(alive)
        os.close(0)
        _answer_and_end(line, memory)
    os.close(line)
    os.close(held)
    select.select([alive], [], [], SECONDS)
    os.kill(child, signal.SIGKILL)  # it has ended, or its time is up
    with suppress(
        ProcessLookupError, PermissionError
    ):  # no session was begun; or so macOS says of one that has ended
        os.killpg(child, signal.SIGKILL)
    os.close(alive)
    _, status, usage = os.wait4(child, 0)
    return status, usage.ru_maxrss, time.monotonic() - begun


def _answer_and_end(line: int, memory: int) -> None:
    status = 1
    try:
        os.setsid()
        kernel.harden()
        kernel.end_with_parent()
        confine(memory)
        with socket.socket(fileno=line) as stream:
            stream.sendall(answer(_all_of(stream)))
        status = 0
    finally:
        os._exit(status)  # nothing of the process that was forked runs on here


def confine(memory: int) -> None:
    """Give up what reading a file does not need; `memory` is all that it may have."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(PROCESSOR) + 1, int(PROCESSOR) + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (0, 0)
    )  # what is open stays open: the line; nothing more is ever opened
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, PROCESSOR)


def _address_space() -> int:
    """Return how many bytes a child may have; asked once, before no file can be opened."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return ELSEWHERE
    return pages * resource.getpagesize() + MEMORY


def _all_of(stream: socket.socket) -> bytes:
    parts, length = [], 0
    while (part := stream.recv(1 << 18)) and length <= MOST_QUESTION:
        parts.append(part)
        length += len(part)
    return b"".join(parts)


def answer(question: bytes) -> bytes:
    """Return the answer to a line of seals and a file after it."""
    seals, _, content = question.partition(b"\n")
    told: crossing.Plain
    try:
        told = crossing.held_out(contents.read(content, seals=crossing.seals_in(json.loads(seals))))
    except Refusal as refusal:
        told = {"reason": refusal.reason.value, "detail": refusal.detail}
    except (MemoryError, RecursionError):
        told = {"reason": Reason.FILE_TOO_HEAVY.value, "detail": ""}
    return json.dumps(told).encode()


if __name__ == "__main__":
    main()
