"""A city's public files, asked for by HTTP: bounded in size and time, no redirect followed, nothing believed."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection, RemoteDisconnected
from urllib.parse import SplitResult, urlsplit

from pakta.core import tiles
from pakta.monitor.findings import Lie, Unread, Word

PATIENCE = 20.0  # seconds a file
LIMIT = 3600.0  # seconds a run
LARGEST = 4 * 1_048_576  # bytes a file
LARGEST_TILE = 65_536  # bytes: several times of what a tile or a bundle of ours takes
REMEMBERED = 64  # tiles kept at once
GONE, MOVED = (404, 410), (301, 302, 303, 307, 308)
STALE = (RemoteDisconnected, ConnectionResetError, BrokenPipeError)


class Site:
    """The site at `origin`, over one connection that is kept open."""

    def __init__(
        self, origin: str, *, patience: float = PATIENCE, limit: float = LIMIT, agent: str = "pakta-monitor"
    ) -> None:
        """Take `https://HOST[:PORT]`; raises Unread for what is no such address.

        patience  seconds for one file      limit  seconds from now on, for all of them
        agent     by which name the site is asked
        """
        parts = _parts(origin)
        self.scheme, self.host, self.patience = parts.scheme, parts.netloc, patience
        self.limit, self.until = limit, time.monotonic() + limit
        self.origin, self.agent = f"{self.scheme}://{self.host}", agent
        self.headers = HTTPMessage()  # of the last answer
        self._connection: HTTPConnection | None = None
        self._socket: socket.socket | None = None  # of a closing answer the connection knows it no longer
        self._tiles: dict[tuple[int, int, int], bytes] = {}

    def get(self, path: str, *, largest: int = LARGEST) -> bytes | None:
        """Return a file, or None where the site says that it has none; raises Unread for anything else."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise self._too_slow(path)
        late = threading.Event()
        timer = threading.Timer(min(self.patience, left), self._cut, (late,))
        timer.daemon = True
        timer.start()
        try:
            return self._read(path, largest, late)
        except Unread:
            self.close()
            raise
        except TimeoutError as error:
            self.close()
            raise self._too_slow(path) from error
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            if late.is_set():
                raise self._too_slow(path) from error
            raise Unread(Word.NO_ANSWER, path, type(error).__name__) from error
        finally:
            timer.cancel()

    def close(self) -> None:
        """Close the connection; the next file opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def tile(self, level: int, index: int, width: int) -> bytes:
        """Return a tile of hashes, or a bundle, that a signed head promises; raises Lie where it is not served."""
        path = tiles.tile_path(level, index, width)
        data = self.get(f"/log/tile/{path}", largest=LARGEST_TILE)
        if data is None:
            raise Lie(Word.BUNDLE_MISSING if level == tiles.ENTRIES else Word.TILE_MISSING, path)
        return data

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        """Read a tile for the core, which asks for some of them again and again."""
        place = (level, index, width)
        if place not in self._tiles:
            if len(self._tiles) >= REMEMBERED:
                self._tiles.clear()
            self._tiles[place] = self.tile(level, index, width)
        return self._tiles[place]

    def forget(self) -> None:
        """Forget the tiles that were read: the next ones are of another head."""
        self._tiles.clear()

    def _read(self, path: str, largest: int, late: threading.Event) -> bytes | None:
        answer = self._ask(path)
        self.headers = answer.headers
        if answer.status in MOVED:
            raise Unread(Word.REDIRECTED, path, (answer.headers.get("Location") or "")[:200])
        if answer.status != 200 and answer.status not in GONE:
            raise Unread(Word.NO_ANSWER, path, f"HTTP {answer.status}")
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise Unread(Word.NO_ANSWER, path, "Content-Encoding")
        data = answer.read(largest + 1)
        if late.is_set():
            raise self._too_slow(path)
        if len(data) > largest:
            raise Unread(Word.TOO_LARGE, path, str(largest))
        if answer.length:
            raise Unread(Word.NO_ANSWER, path, "IncompleteRead")
        return None if answer.status in GONE else data

    def _too_slow(self, path: str) -> Unread:
        if time.monotonic() >= self.until:
            return Unread(Word.RUN_TOO_LONG, path, f"{self.limit:g}")
        return Unread(Word.TOO_SLOW, path, str(self.patience))

    def _ask(self, path: str) -> HTTPResponse:
        fresh = self._connection is None
        try:
            return self._send(path)
        except STALE:
            self.close()
            if fresh:
                raise
        return self._send(path)  # what was kept open had been closed from the other side

    def _send(self, path: str) -> HTTPResponse:
        if self._connection is None:
            self._connection = self._open()
        self._connection.request("GET", path, headers={"Accept-Encoding": "identity", "User-Agent": self.agent})
        self._socket = self._connection.sock
        return self._connection.getresponse()

    def _open(self) -> HTTPConnection:
        if self.scheme == "https":
            return HTTPSConnection(self.host, timeout=self.patience, context=ssl.create_default_context())
        return HTTPConnection(self.host, timeout=self.patience)

    def _cut(self, late: threading.Event) -> None:
        """End a file that takes too long, however slowly it drips."""
        late.set()
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


def _parts(origin: str) -> SplitResult:
    try:
        parts = urlsplit(origin.rstrip("/"))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise Unread(Word.NO_ANSWER, origin[:200], "https://HOST")
    return parts
