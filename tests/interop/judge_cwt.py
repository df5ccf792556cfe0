"""Judge credentials with cwt (PyPI): read JSON, write why each is refused.  Runs in a throw-away environment."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from cwt import COSE, COSEKey


def answer(raw: bytes, key: Any) -> str:
    """Return why a credential is refused; nothing where its signature holds."""
    try:
        COSE.new().decode(raw, key)
    except Exception as error:  # it lets anything of its parsers through
        return f"{type(error).__name__}: {error}"[:200]
    return ""


def raw(encoded: str) -> bytes:
    """Return bytes."""
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


if __name__ == "__main__":
    given: dict[str, Any] = json.load(sys.stdin)
    jwk = given["jwk"]
    own = COSEKey.new({1: 2, 2: raw(given["kid"]), 3: -7, 4: [2], -1: 1, -2: raw(jwk["x"]), -3: raw(jwk["y"])})
    json.dump([answer(raw(each), own) for each in given["credentials"]], sys.stdout)
