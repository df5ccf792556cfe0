"""What was typed into a form that came with a sign-in too old for it: carried through signing in again.

It travels in the pages themselves, as one signed field that a form posts on: never in an address, in a cookie or in
the browser's store, and nothing of it is kept here.  Only who typed it gets it back, for half an hour.  A form with a
file or with a secret is not carried: those are chosen and typed anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeTimedSerializer

VALID = 1800  # seconds
LARGEST = 100_000  # characters of all fields
FIELD = "titipan"
LEFT_OUT = frozenset({"csrf_token", FIELD})
SECRET = "sandi"  # noqa: S105  in the name of every field that takes a passphrase


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was sent: where to, and its fields in order."""

    path: str
    fields: list[tuple[str, str]]


def sent() -> str:
    """Return the form of this request as one signed text; empty where there is none to carry."""
    if request.method != "POST" or request.is_json or any(file.filename for file in request.files.values()):
        return ""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in LEFT_OUT]
    if any(SECRET in name for name, _ in fields) or sum(len(n) + len(v) for n, v in fields) > LARGEST:
        return ""
    return str(_signer().dumps([current_user.account_id, request.path, fields]))


def read(text: str) -> Form | None:
    """Return the form that a text of ours carries, where the visitor is who sent it; otherwise None."""
    try:
        account_id, path, fields = _signer().loads(text, max_age=VALID)
    except BadSignature:
        return None
    if not current_user.is_authenticated or account_id != current_user.account_id:
        return None
    return Form(path, [(name, value) for name, value in fields])


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="pakta/titipan")
