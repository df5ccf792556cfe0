"""Canonical JSON (RFC 8785) and base64url without padding (RFC 4648 section 5)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence

import rfc8785

from pakta.core.errors import Reason, Refusal

BASE64URL = re.compile(r"[A-Za-z0-9_-]*")

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def encode(value: Json) -> bytes:
    """Return the one canonical form of a JSON value."""
    return rfc8785.dumps(value)


def decode_object(text: bytes, *, reason: Reason) -> dict[str, object]:
    """Return the JSON object in `text`; refuses with `reason` unless it is canonical to the byte."""
    try:
        value = json.loads(text)
        again = rfc8785.dumps(value)
    except (ValueError, TypeError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise Refusal(reason) from error
    if not isinstance(value, dict) or again != text:
        raise Refusal(reason)
    return value


def base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Return the bytes of base64url without padding; ValueError unless it is the one form of its bytes."""
    if not BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(data) != text:
        raise ValueError("not the canonical base64url of its bytes")
    return data
