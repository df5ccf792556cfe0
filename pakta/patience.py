"""Gunicorn's threaded worker, whose patience with slow senders has an end, and which repeats nothing they sent.

A request occupies a thread from its first byte on, so that a few senders of a byte now and then would occupy all.
Rules  a request that arrives quickly is read as ever; a slow one needs one of the seats for slow senders, as many
       as half the threads; without a free seat, or below the slowest speed, its connection is closed.
A proxy that buffers requests never lets it come to that: docs/operations.md.
What cannot be read as a request is answered by `pakta.web.unread`. Gunicorn would repeat it in its page and its log,
and it may hold an identity number; the log gets the kind of error, and of errors of ours the places.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
import threading
import time
from functools import partial
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any

from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from pakta.web import trace, unread

LINGER = 0.2  # seconds
LOOK = 0.25  # seconds between two looks at a silent sender
QUICK, QUICK_RATE = 2.0, 64 * 1024  # seconds, and bytes a second beyond them: whoever keeps up needs no seat
LONGEST, LEAST_RATE = 20.0, 16 * 1024  # the same for whoever has a seat: slower ones are closed
BEGUN = 64  # bytes
OURS = (errors.ConfigurationProblem, errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)
STATUS = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ForbiddenProxyRequest: HTTPStatus.FORBIDDEN,
}
# Found in what was left of a body, when its request has been answered: a second answer would be taken for another's.
LATE = (errors.InvalidChunkSize, errors.ChunkMissingTerminator, errors.InvalidChunkExtension)


class DiscreetLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """The log that `python -m pakta serve` tells gunicorn to write: places of errors, never their words."""

    def exception(self, msg: str, *args: object, **_: object) -> None:
        """Write where the error being handled happened; no argument either, which may be an address."""
        error = sys.exception()
        self.error("%s: %s", msg, trace.places(error) if error else "")


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """The worker that `python -m pakta serve` tells gunicorn to use."""

    def init_process(self) -> None:
        """Begin with all seats free."""
        self.seats = BoundedSemaphore(max(1, self.cfg.threads // 2))
        self.mine = threading.local()  # `reading`: what this thread reads
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Handle one request, reading it with measured patience."""
        reading, plain = _Reading(conn.sock, self.seats), conn.init

        def init() -> None:
            plain()
            conn.parser.unreader.sock = reading

        conn.init, conn.close = init, partial(_close, conn)
        self.mine.reading = reading
        try:
            return super().handle(conn)
        finally:
            conn.init = plain
            reading.end()

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer for gunicorn, with a page of ours, what it could not read or could not finish."""
        status = status_of(exc)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.error("failed outside the application: %s", trace.places(exc))
        else:
            self.log.warning("refused a request that cannot be read: %s", type(exc).__name__)
        if not isinstance(exc, LATE):
            with contextlib.suppress(OSError):  # gone already
                util.write_nonblock(client, unread.answer(status, program=self._is_for_programs()))

    def _is_for_programs(self) -> bool:
        reading: _Reading | None = getattr(self.mine, "reading", None)
        return reading is not None and unread.is_for_programs(reading.begun)


def status_of(error: BaseException) -> HTTPStatus:
    """Return the status that answers an error of gunicorn's, or of the application outside its own handlers."""
    if isinstance(error, OURS) or not isinstance(error, errors.ParseException):
        return HTTPStatus.INTERNAL_SERVER_ERROR
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)


def _close(conn: Any, graceful: bool = False) -> None:
    """Close as gunicorn does, but wait briefly for the other side: the one thread that accepts waits here."""
    if graceful:
        util.close_graceful(conn.sock, timeout=LINGER)
    else:
        util.close(conn.sock)


class _Reading:
    """A connection from which one request is read."""

    def __init__(self, sock: socket.socket, seats: BoundedSemaphore) -> None:
        self._sock, self._seats, self._seated = sock, seats, False
        self._began, self._got = time.monotonic(), 0
        self.begun = b""  # the first bytes: whom an answer to what cannot be read is for

    def recv(self, size: int) -> bytes:
        """Return what the sender sent; as if they had hung up where patience ends."""
        self._sock.settimeout(LOOK)
        try:
            while True:
                self._judge(time.monotonic() - self._began)
                try:
                    found = self._sock.recv(size)
                except TimeoutError:
                    continue
                self._got += len(found)
                self.begun += found[: BEGUN - len(self.begun)]
                return found
        finally:
            self._sock.settimeout(None)

    def end(self) -> None:
        """Give the seat back."""
        if self._seated:
            self._seats.release()

    def _judge(self, spent: float) -> None:
        if spent > QUICK + self._got / QUICK_RATE and not self._seated:
            self._seated = self._seats.acquire(blocking=False)
            if not self._seated:
                self._hang_up()
        if spent > LONGEST + self._got / LEAST_RATE:
            self._hang_up()

    def _hang_up(self) -> None:
        """Shut the connection, so that nothing waits for its other side, and end the reading as if they had."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError(errno.ECONNRESET, "slower than we wait for")
