"""How a word that must not be somewhere could look there."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import date, datetime
from typing import Any


def forms_of(number: str) -> dict[str, bytes]:
    """Return how a number could look somewhere."""
    plain = number.encode()
    forms = {"plain": plain, "hex": plain.hex().encode(), "reversed": plain[::-1]}
    if len(number) == 18:
        for mark in (b" ", b"-", b".", b"+", b"%20"):
            parts = (plain[:8], plain[8:14], plain[14:15], plain[15:])
            forms[f"spaced by {mark.decode()}"] = mark.join(parts)
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        forms[f"base64 {shift}"] = coded[4 if shift else 0 : len(coded) - 4].rstrip(b"=")
    for name in ("sha256", "sha1", "md5"):
        digest = hashlib.new(name, plain).digest()
        forms |= {name: digest, f"{name} hex": digest.hex().encode(), f"{name} base64": base64.b64encode(digest)[:20]}
    return forms


def as_bytes(value: Any) -> bytes:
    """Return a column's value as one could read it."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, (date, datetime, int, float, bool, type(None))):
        return str(value).encode()
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()
