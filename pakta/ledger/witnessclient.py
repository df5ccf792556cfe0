"""Asking a witness over HTTP (C2SP tlog-witness), with an end to how long and how much it may answer.

The time is for the whole of an exchange, not for each byte, so that whoever drips gains nothing by it.
No redirect is followed, no proxy is taken from the environment, and plain http reaches this machine only.
"""

from __future__ import annotations

import ipaddress
import ssl
import time
from http.client import HTTPException
from urllib.parse import SplitResult, urlsplit

from pakta.exchange import Connection
from pakta.ledger.rules import Reply, Trouble

PATIENCE = 3.0  # seconds for one exchange
LARGEST = 65_536  # bytes of an answer
PATH = "/add-checkpoint"


class NoReply(Exception):
    """The witness gave no answer that could be read; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


def ask(url: str, body: bytes, *, patience: float = PATIENCE) -> Reply:
    """Send `body` to the witness whose submission prefix is `url`, and return its answer; raises NoReply."""
    parts = _parts(url)
    connection = Connection(parts, until=time.monotonic() + patience)
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
