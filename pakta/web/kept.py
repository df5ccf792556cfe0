"""What was typed into a form that came with a sign-in too old for it: carried through signing in again.

It travels in the pages themselves, as one encrypted field that a form posts on: never in an address, in a cookie or
in the browser's store, and nothing of it is kept here.  Who finds the page open cannot read it, and only who typed it
gets it back, for half an hour.  A form with a file or with a secret is not carried: those are chosen and typed anew.
Why: docs/decisions/0094.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from urllib.parse import quote

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app, request
from flask_login import current_user

VALID = 1800  # seconds
LARGEST = 100_000  # characters of all fields
FIELD = "titipan"
LEFT_OUT = frozenset({"csrf_token", FIELD})
SECRET = "sandi"  # noqa: S105  in the name of every field that takes a passphrase


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was sent: where to, with the query as it stood in the address, and its fields in order."""

    path: str
    query: str
    fields: list[tuple[str, str]]

    @property
    def action(self) -> str:
        """Return the address to which it is sent."""
        return quote(self.path) + (f"?{self.query}" if self.query else "")


def sent() -> str:
    """Return the form of this request as one encrypted text; empty where there is none to carry."""
    if request.method != "POST" or request.is_json or any(file.filename for file in request.files.values()):
        return ""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in LEFT_OUT]
    if any(SECRET in name for name, _ in fields) or sum(len(n) + len(v) for n, v in fields) > LARGEST:
        return ""
    told = [current_user.account_id, request.path, request.query_string.decode("latin-1"), fields]
    return _cipher().encrypt(zlib.compress(json.dumps(told).encode())).decode("ascii")


def read(text: str) -> Form | None:
    """Return the form that a text of ours carries, where the visitor is who sent it; otherwise None."""
    try:
        account_id, path, query, fields = json.loads(zlib.decompress(_cipher().decrypt(text.encode(), ttl=VALID)))
    except InvalidToken:
        return None
    if not current_user.is_authenticated or account_id != current_user.account_id:
        return None
    return Form(path, query, [(name, value) for name, value in fields])


def _cipher() -> Fernet:
    made = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"pakta/titipan")
    return Fernet(base64.urlsafe_b64encode(made.derive(_secret())))


def _secret() -> bytes:
    found = current_app.secret_key
    return found if isinstance(found, bytes) else str(found).encode()
