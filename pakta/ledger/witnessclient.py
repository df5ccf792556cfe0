"""Asking a witness over HTTP (C2SP tlog-witness), with an end to how long and how much it may answer.

The time is for the whole of an exchange, not for each byte, so that whoever drips gains nothing by it.
No redirect is followed, no proxy is taken from the environment, and plain http reaches this machine only.
"""

from __future__ import annotations

import io
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import cast
from urllib.parse import SplitResult, urlsplit

from pakta.ledger.rules import Reply, Trouble

PATIENCE = 3.0  # seconds for one exchange
LARGEST = 65_536  # bytes of an answer
PATH = "/add-checkpoint"
PORTS = {"https": 443, "http": 80}


class NoReply(Exception):
    """The witness gave no answer that could be read; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


def ask(url: str, body: bytes, *, patience: float = PATIENCE) -> Reply:
    """Send `body` to the witness whose submission prefix is `url`, and return its answer; raises NoReply."""
    parts = _parts(url)
    connection = _Connection(parts, until=time.monotonic() + patience)
    try:
        connection.request("POST", parts.path.rstrip("/") + PATH, body, {"Content-Type": "text/plain"})
        with connection.getresponse() as answer:
            data = answer.read(LARGEST + 1)
        kind = answer.headers.get("Content-Type", "")
    except TimeoutError as error:
        raise NoReply(Trouble.TIMEOUT) from error
    except ssl.SSLCertVerificationError as error:
        raise NoReply(Trouble.CERTIFICATE) from error
    except OSError as error:  # before the next: some are both
        raise NoReply(Trouble.UNREACHABLE) from error
    except (HTTPException, ValueError) as error:
        raise NoReply(Trouble.GARBLED) from error
    finally:
        connection.close()
    if len(data) > LARGEST:
        raise NoReply(Trouble.TOO_LONG)
    return Reply(answer.status, kind, data)


def _parts(url: str) -> SplitResult:
    """Return the parts of an address that may be asked: https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        plain = host and parts.username is None and not parts.query and not parts.fragment and url.isascii()
    except ValueError as error:
        raise NoReply(Trouble.ADDRESS) from error
    if not plain or not (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))):
        raise NoReply(Trouble.ADDRESS)
    return parts


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Connection(HTTPConnection):
    """A connection, over TLS for https, that ends at `until`, a moment of the monotonic clock."""

    def __init__(self, parts: SplitResult, *, until: float) -> None:
        self.until, self.tls = until, parts.scheme == "https"
        self.default_port = PORTS[parts.scheme]
        super().__init__(parts.hostname or "", parts.port or self.default_port, timeout=self.left())

    def connect(self) -> None:
        """Connect, and hold all that follows to the time that is left."""
        super().connect()
        if self.tls:
            self.sock.settimeout(self.left())
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
        self.sock = cast(socket.socket, _Timed(self.sock, self.left))

    def left(self) -> float:
        """Return how many seconds are left; raises TimeoutError where none are."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Timed:
    """What http.client needs of a socket, each step within the time that is left."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock, self._left, self._read = sock, left, False

    def sendall(self, data: bytes) -> None:
        """Send all of `data`."""
        self._sock.settimeout(self._left())
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what reads the answer, and closes the socket when it is closed."""
        self._read = True
        return io.BufferedReader(_Reader(self._sock, self._left))

    def close(self) -> None:
        """Close the socket, unless an answer is still read from it."""
        if not self._read:
            self._sock.close()


class _Reader(io.RawIOBase):
    """Reads from a socket, each time within what is left."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock, self._left = sock, left

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def close(self) -> None:
        """Close the socket."""
        super().close()
        self._sock.close()

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        """Read what has come: one byte or more, none at the end."""
        self._sock.settimeout(self._left())
        return self._sock.recv_into(into)
