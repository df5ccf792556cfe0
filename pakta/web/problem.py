"""What a program is told of a refusal or a failure: problem details (RFC 9457), below /api/."""

from __future__ import annotations

import json
from datetime import datetime
from http import HTTPStatus

from flask import Response, request

from pakta.core.errors import Reason, Refusal
from pakta.web import clock, wired, wording

BELOW = "/api/"
TYPE = "application/problem+json"
EXPLAINED = "/untuk-program"  # the page that has an anchor for each reason
BUSY = 5  # seconds until it is worth to ask again


def is_wanted() -> bool:
    """Say whether the caller is a program that asks our interface for programs."""
    return request.path.startswith(BELOW)


def of_refusal(refusal: Refusal, *, status: int) -> Response:
    """Return what is told of a refusal, and how long to wait where waiting helps."""
    reason = refusal.reason
    told = {"type": f"{wired().config.origin}{EXPLAINED}#{reason.value}", "reason": reason.value}
    answer = _answer(status, told | {"detail": wording.sentence(refusal)})
    if reason is Reason.TRIES_USED_UP:
        wait = (datetime.fromisoformat(refusal.detail) - clock.now()).total_seconds()
        answer.headers["Retry-After"] = str(max(1, round(wait)))
    elif status == 503:
        answer.headers["Retry-After"] = str(BUSY)
    return answer


def of_status(status: int, *, allow: str | None = None) -> Response:
    """Return what is told of an HTTP status that has no reason of ours."""
    answer = _answer(status, {"type": "about:blank", "detail": wording.status(status)})
    if allow:
        answer.headers["Allow"] = allow
    return answer


def _answer(status: int, told: dict[str, str]) -> Response:
    content = {"title": HTTPStatus(status).phrase, "status": status, **told}
    return Response(json.dumps(content), status=status, content_type=TYPE)
