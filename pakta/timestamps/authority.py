"""Asking the authority for a timestamp, with an end to how long and how much it may answer.

After a failure it is left alone for a while, so that thousands of files do not each wait for it: until then asking
fails at once, with the same trouble.  Each process finds that out for itself.
"""

from __future__ import annotations

import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.client import HTTPException
from typing import ClassVar
from urllib.parse import urlsplit

from asn1crypto import cms, core, tsp
from pyhanko.sign.timestamps import TimeStamper

from pakta.config import Timestamps
from pakta.exchange import Connection
from pakta.timestamps import token
from pakta.timestamps.token import Stamp

PATIENCE = 5.0  # seconds for one timestamp
LARGEST = 65_536  # bytes of an answer
LEFT_ALONE = 60.0  # seconds after a failure
SKEW = timedelta(minutes=5)  # that an authority's time may differ from our own clock's
ASKS, ANSWERS = "application/timestamp-query", "application/timestamp-reply"


class Trouble(StrEnum):
    """Why there is no timestamp."""

    SILENT = "silent"  # no connection, no answer in time, or HTTP that is no success
    REFUSED = "refused"  # the authority says so itself
    GARBLED = "garbled"  # no timestamp reply
    UNTRUSTED = "untrusted"  # a token, but not over what was asked for, not of a root that counts, or not of now


class NoTimestamp(Exception):
    """The authority gave no timestamp that counts; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class _Reply(core.Sequence):  # type: ignore[misc]
    """A TimeStampResp; asn1crypto's own cannot be read without a token, and a refusal comes without one."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("token", cms.ContentInfo, {"optional": True})]


class Stamper(TimeStamper):
    """Gives pyHanko timestamps of our authority that have been judged already; `stamps` are these, in order."""

    def __init__(self, asked: Timestamps) -> None:
        """Begin without a stamp."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.asked, self.stamps = asked, list[Stamp]()

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token over a SHA-256; raises NoTimestamp."""
        if md_algorithm != token.DIGEST:
            raise ValueError(f"timestamps are over {token.DIGEST} only")
        _check_not_left_alone(self.asked.url)
        try:
            nonce, request = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
            der = _granted(_ask(self.asked.url, request.dump()), nonce)
            stamp = await token.judged(token.load(der), digest=message_digest, roots=self.asked.roots)
            if abs(stamp.at - datetime.now(UTC)) > SKEW:
                raise token.TokenRefused("a time that cannot be true, or our own clock is wrong")
        except token.TokenRefused as refused:
            raise _left_alone(self.asked.url, Trouble.UNTRUSTED) from refused
        except NoTimestamp as failed:
            raise _left_alone(self.asked.url, failed.trouble) from failed
        self.stamps.append(stamp)
        _names[self.asked.url] = stamp.by
        return cms.ContentInfo.load(der)  # one that was looked into takes pyHanko a second to write


_turn = threading.Lock()
_troubles: dict[str, tuple[float, Trouble]] = {}
_names: dict[str, str] = {}


def trouble(url: str) -> Trouble | None:
    """Return why an authority is left alone at present, or None where it may be asked."""
    with _turn:
        until, found = _troubles.get(url, (0.0, None))
        return found if time.monotonic() < until else None


def name(url: str) -> str:
    """Return what an authority's certificate called it in the last timestamp here, or "" before the first."""
    return _names.get(url, "")


def forget() -> None:
    """Ask every authority again, whatever it failed at and is called."""
    with _turn:
        _troubles.clear()
        _names.clear()


def _check_not_left_alone(url: str) -> None:
    found = trouble(url)
    if found is not None:
        raise NoTimestamp(found)


def _left_alone(url: str, why: Trouble) -> NoTimestamp:
    with _turn:
        _troubles[url] = (time.monotonic() + LEFT_ALONE, why)
    return NoTimestamp(why)


def _ask(url: str, query: bytes) -> bytes:
    """Return the authority's answer to a query; no redirect is followed, no proxy of the environment taken."""
    parts = urlsplit(url)
    connection = Connection(parts, until=time.monotonic() + PATIENCE)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, query, {"Content-Type": ASKS, "Accept": ANSWERS})
        with connection.getresponse() as answer:
            data = answer.read(LARGEST + 1)
        if answer.status != 200:
            raise NoTimestamp(Trouble.SILENT)
    except ssl.SSLCertVerificationError as error:
        raise NoTimestamp(Trouble.UNTRUSTED) from error
    except OSError as error:
        raise NoTimestamp(Trouble.SILENT) from error
    except (HTTPException, ValueError) as error:
        raise NoTimestamp(Trouble.GARBLED) from error
    finally:
        connection.close()
    if len(data) > LARGEST:
        raise NoTimestamp(Trouble.GARBLED)
    return data


def _granted(answer: bytes, nonce: int) -> bytes:
    """Return the token, as DER, in an answer to the query with this nonce."""
    try:
        reply = _Reply.load(answer, strict=True)
        status = reply["status"]["status"].native
        if status not in ("granted", "granted_with_mods"):
            raise NoTimestamp(Trouble.REFUSED)
        found = reply["token"]
        der: bytes = found.dump()
        given = found["content"]["encap_content_info"]["content"].parsed["nonce"].native
    except token.BROKEN as error:
        raise NoTimestamp(Trouble.GARBLED) from error
    if len(der) > token.LARGEST:
        raise NoTimestamp(Trouble.GARBLED)
    if given != nonce:
        raise NoTimestamp(Trouble.UNTRUSTED)
    return der
