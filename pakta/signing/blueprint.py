"""The blueprint of signing, and how its pages read what was posted as JSON."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from pakta.core.errors import Reason, Refusal

bp = Blueprint("signing", __name__)


def body() -> dict[str, Any]:
    """Return the JSON object that was posted; refuses with STATEMENT_MALFORMED."""
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise Refusal(Reason.STATEMENT_MALFORMED)
    return found
