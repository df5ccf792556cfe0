"""The statement: the very bytes that a person signs.

`pakta/statement/v1\\n` and one JSON object in RFC 8785 form.  Source: docs/statement.md.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import cast

from pakta.core import canonical
from pakta.core.errors import Reason, Refusal
from pakta.core.signature import STATEMENT_PREFIX

VERSION = 1
KINDS = ("pns", "pppk", "non-asn", "tni", "polri")
LONGEST = 8_192  # bytes
HEX = re.compile(r"[0-9a-f]{64}")
THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, as the roster knew them when the statement was made."""

    kind: str
    number: str
    name: str
    rank: str
    position: str
    unit: str
    institution: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed statement.

    text_sha256   64 hex digits      key     RFC 7638 thumbprint
    acknowledged  clause ids         nonce   base64url of 16 bytes
    """

    edition: str
    title: str
    text_sha256: str
    signer: Signer
    acknowledged: tuple[str, ...]
    key: str
    place: str
    prepared_at: datetime
    nonce: str


SIGNER_MEMBERS = {field.name for field in fields(Signer)}
TEXT_MEMBERS = ("edition", "title", "text_sha256", "key", "place", "prepared_at", "nonce")
MEMBERS = {"v", "signer", "acknowledged", *TEXT_MEMBERS}


def make(
    *,
    edition: str,
    title: str,
    text_sha256: str,
    signer: Signer,
    acknowledged: tuple[str, ...],
    key: str,
    place: str,
    prepared_at: datetime,
) -> bytes:
    """Return the statement's bytes with a new nonce; the time is cut to whole seconds."""
    members: dict[str, canonical.Json] = {
        "v": VERSION,
        "edition": edition,
        "title": title,
        "text_sha256": text_sha256,
        "signer": asdict(signer),
        "acknowledged": list(acknowledged),
        "key": key,
        "place": place,
        "prepared_at": prepared_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "nonce": canonical.base64url(secrets.token_bytes(16)),
    }
    return STATEMENT_PREFIX + canonical.encode(members)


def parse(text: bytes) -> Statement:
    """Read a statement's bytes; refuses with STATEMENT_MALFORMED anything but the one exact form."""
    if not text.startswith(STATEMENT_PREFIX) or len(text) > LONGEST:
        raise Refusal(Reason.STATEMENT_MALFORMED)
    members = canonical.decode_object(text[len(STATEMENT_PREFIX) :], reason=Reason.STATEMENT_MALFORMED)
    if set(members) != MEMBERS or members["v"] != VERSION or isinstance(members["v"], bool):
        raise Refusal(Reason.STATEMENT_MALFORMED)
    values = {name: _text(members[name]) for name in TEXT_MEMBERS}
    _check_forms(values)
    return Statement(
        edition=values["edition"],
        title=values["title"],
        text_sha256=values["text_sha256"],
        signer=_signer(members["signer"]),
        acknowledged=_acknowledged(members["acknowledged"]),
        key=values["key"],
        place=values["place"],
        prepared_at=_moment(values["prepared_at"]),
        nonce=values["nonce"],
    )


def _check_forms(values: Mapping[str, str]) -> None:
    try:
        nonce = canonical.from_base64url(values["nonce"])
    except ValueError as error:
        raise Refusal(Reason.STATEMENT_MALFORMED) from error
    good = HEX.fullmatch(values["text_sha256"]) and THUMBPRINT.fullmatch(values["key"]) and len(nonce) == 16
    if not good or not values["edition"]:
        raise Refusal(Reason.STATEMENT_MALFORMED)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Refusal(Reason.STATEMENT_MALFORMED)
    return value


def _signer(value: object) -> Signer:
    if not isinstance(value, dict) or set(value) != SIGNER_MEMBERS:
        raise Refusal(Reason.STATEMENT_MALFORMED)
    members = cast(dict[str, object], value)
    signer = Signer(**{name: _text(member) for name, member in members.items()})
    if signer.kind not in KINDS or not signer.number:
        raise Refusal(Reason.STATEMENT_MALFORMED)
    return signer


def _acknowledged(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise Refusal(Reason.STATEMENT_MALFORMED)
    ids = tuple(_text(each) for each in cast(list[object], value))
    if len(set(ids)) != len(ids):
        raise Refusal(Reason.STATEMENT_MALFORMED)
    return ids


def _moment(text: str) -> datetime:
    if not MOMENT.fullmatch(text):
        raise Refusal(Reason.STATEMENT_MALFORMED)
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal(Reason.STATEMENT_MALFORMED) from error
