"""Judge credentials with pycose (PyPI): read JSON, write why each is refused.  Runs in a throw-away environment."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from pycose.keys import EC2Key
from pycose.keys.curves import P256
from pycose.messages import CoseMessage, Sign1Message


def answer(raw: bytes, key: EC2Key) -> str:
    """Return why a credential is refused; nothing where its signature holds."""
    try:
        message = CoseMessage.decode(raw)
        if not isinstance(message, Sign1Message):
            return "not a COSE_Sign1"
        message.key = key
        return "" if message.verify_signature() else "refused"
    except Exception as error:  # it lets anything of its parsers through
        return f"{type(error).__name__}: {error}"[:200]


def raw(encoded: str) -> bytes:
    """Return bytes."""
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


if __name__ == "__main__":
    given: dict[str, Any] = json.load(sys.stdin)
    own = EC2Key(crv=P256, x=raw(given["jwk"]["x"]), y=raw(given["jwk"]["y"]))
    json.dump([answer(raw(each), own) for each in given["credentials"]], sys.stdout)
