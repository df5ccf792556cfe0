"""One HTTP exchange with an end to its time: the time is for the whole of it, not for each byte or address.

Whoever drips gains nothing by it.  The resolver alone takes as long as it takes.  No redirect is followed, and no
proxy is taken from the environment.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import cast
from urllib.parse import SplitResult

PORTS = {"https": 443, "http": 80}


class Connection(HTTPConnection):
    """A connection, over TLS for https, that ends at `until`, a moment of the monotonic clock."""

    def __init__(self, parts: SplitResult, *, until: float) -> None:
        self.until, self.tls = until, parts.scheme == "https"
        self.default_port = PORTS[parts.scheme]
        super().__init__(parts.hostname or "", parts.port or self.default_port, timeout=self.left())

    def connect(self) -> None:
        """Connect, and hold all that follows to the time that is left."""
        self.sock = self._reached()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            self.sock.settimeout(self.left())
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
        self.sock = cast(socket.socket, _Timed(self.sock, self.left))

    def _reached(self) -> socket.socket:
        """Try the host's addresses in turn, each for its share of the time: a silent one leaves the others theirs."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        failed: OSError = TimeoutError()
        for tried, (family, kind, protocol, _, address) in enumerate(found):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(self.left() / (len(found) - tried))
                sock.connect(address)
            except OSError as error:
                sock.close()
                failed = error
            else:
                return sock
        raise failed

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
