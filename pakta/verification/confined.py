"""Has files from strangers read in a confined process (`pakta.verification.reader`), a child for each.

A bomb, or a fault in a decoder, ends that child and nothing else; it is a refusal, never a failure and never a
verdict.  One file at a time in each process of ours (`turns`): who does not get a turn soon is told to come again.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pakta.core.errors import Reason, Refusal
from pakta.verification import contents, crossing
from pakta.verification.contents import Held, Kind, Seals
from pakta.verification.kernel import Layer
from pakta.verification.turns import Turns

HOME = Path(__file__).resolve().parents[2]  # where the package lies that is started
COMMAND = (sys.executable, "-X", "utf8", "-m", "pakta.verification.reader")
MOST_ANSWER, MOST_DETAIL = 1024 * 1024, 40  # bytes, and characters of a refusal's detail
DEADLINE = 20.0  # seconds without a word, the time to load included: the reader ends a child long before
BROKEN = (ValueError, KeyError, TypeError, AttributeError, RecursionError)  # over an answer that is none
HEAVY = (signal.SIGPROF, signal.SIGXCPU, signal.SIGKILL)  # what ends a child that takes too much
NO_SEALS = Seals()

log = logging.getLogger("pakta.verification")
_turns = Turns()


@dataclass(frozen=True, slots=True)
class Spent:
    """What one file cost: the signal that ended its child or 0, the child's peak in bytes, and seconds."""

    signal: int
    peak: int
    seconds: float


def read(content: bytes, *, seals: Seals = NO_SEALS, network: str = "") -> Held:
    """Return what a file holds.

    network  from where it came, where several share our reader

    Refuses as `contents.read`, and with FILE_TOO_HEAVY, IMAGE_TOO_SLOW, IMAGE_UNREADABLE, PDF_MALFORMED
    or READER_BUSY.
    """
    kind = contents.kind_of(content)
    answer, spent = ask(content, seals=seals, network=network)
    try:
        told = json.loads(answer)
        if "reason" in told:
            raise Refusal(Reason(told["reason"]), str(told["detail"])[:MOST_DETAIL])
        held = _believed(crossing.held_in(told), kind)
    except BROKEN as error:
        log.warning("the child that read a %s ended with signal %d", kind.value, spent.signal)
        raise Refusal(_died(kind, heavy=spent.signal in HEAVY)) from error
    return held


def _believed(held: Held, kind: Kind) -> Held:
    """Return what a child says of a file of this kind; raises ValueError where it speaks of another kind.

    What only looks like evidence, the child may find to be a text.
    """
    if held.kind is not kind and (kind, held.kind) != (Kind.EVIDENCE, Kind.TEXT):
        raise ValueError("not the kind that was handed in")
    return held


def ask(content: bytes, *, seals: Seals = NO_SEALS, network: str = "") -> tuple[bytes, Spent]:
    """Return what a child says of a file, nothing where it died, and what it cost; refuses with READER_BUSY."""
    question = json.dumps(crossing.seals_out(seals)).encode() + b"\n" + content
    with _turns.one(network) as given:
        if not given:
            raise Refusal(Reason.READER_BUSY)
        return _answered(question)


def end() -> None:
    """End the reader of this process, if there is one; the next file starts another."""
    global _reader
    if _reader is not None:
        _reader.end()
    _reader = None


def _died(kind: Kind, *, heavy: bool) -> Reason:
    """Return why a file is refused over which a child died: too heavy to be read, or broken."""
    if heavy:
        return Reason.IMAGE_TOO_SLOW if kind is Kind.PICTURE else Reason.FILE_TOO_HEAVY
    return {Kind.PICTURE: Reason.IMAGE_UNREADABLE, Kind.PDF: Reason.PDF_MALFORMED}.get(kind, Reason.IMAGE_FORMAT)


class _Gone(Exception):
    """The reader itself has ended, or never began."""


class _Reader:
    """A running reader: this end of the socket on which it is handed a line for each file."""

    def __init__(self) -> None:
        """Start it; files wait in the line until it has loaded."""
        self.owner = os.getpid()
        self._control, theirs = socket.socketpair()
        self._control.settimeout(DEADLINE)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                COMMAND,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=HOME,
                env={},
                start_new_session=True,  # what a terminal tells the server is not for it: it ends with the socket
            )

    def ask(self, question: bytes) -> tuple[bytes, Spent]:
        """Return what a child answers, and what it cost; raises _Gone."""
        line, theirs = socket.socketpair()
        with line:
            line.settimeout(DEADLINE)
            try:
                with theirs:
                    socket.send_fds(self._control, [b"?"], [theirs.fileno()])
                answer = _asked(line, question)
                line.close()  # a child that says more than may be said hears that nobody listens
                told = self._control.recv(crossing.SPENT.size, socket.MSG_WAITALL)
                status, peak, seconds, lacking = crossing.SPENT.unpack(told)
            except (OSError, struct.error) as error:
                raise _Gone from error
        _say_once(Layer(lacking))
        return answer, Spent(os.WTERMSIG(status), peak * 1024, seconds)

    def end(self) -> None:
        """End it; one that another process started is left to that one."""
        self._control.close()
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()
        else:
            self._process.returncode = 0  # not ours to wait for


_reader: _Reader | None = None
atexit.register(end)


def _answered(question: bytes) -> tuple[bytes, Spent]:
    """Ask the reader, and a new one where it has gone: a file is judged by what a child says or how it ended."""
    global _reader
    for _ in range(2):
        try:
            if _reader is None or _reader.owner != os.getpid():
                end()
                _reader = _Reader()
            return _reader.ask(question)
        except (_Gone, OSError):
            end()
    raise Refusal(Reason.READER_BUSY)


@cache
def _say_once(lacking: Layer) -> None:
    """Log what this kernel does not take away from those who read files; once in each process of ours."""
    if lacking:
        log.warning("files are read without these layers, which this system lacks: %s", lacking.name)


def _asked(line: socket.socket, question: bytes) -> bytes:
    """Return the answer, or nothing where the child died over the question or says more than fits one."""
    parts, length = [], 0
    try:
        line.sendall(question)
        line.shutdown(socket.SHUT_WR)
        while part := line.recv(1 << 16):
            parts.append(part)
            length += len(part)
            if length > MOST_ANSWER:
                return b""
    except (BrokenPipeError, ConnectionResetError):
        return b""
    return b"".join(parts)
