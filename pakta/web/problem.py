"""What a program is told of a refusal or a failure: problem details (RFC 9457), below /api/."""

from __future__ import annotations

import json
from datetime import datetime
from http import HTTPStatus

from flask import Response, current_app, request

from pakta.core.errors import Reason, Refusal
from pakta.web import clock, switch, wired, wording

BELOW = "/api/"
TYPE = "application/problem+json"
EXPLAINED = "pakta_problems_explained"  # an app's extension: the path of the page that has an anchor for each reason
STATUS = {Reason.FILE_TOO_LARGE: 413}  # where a program is told another status than a page
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
    "Access-Control-Expose-Headers": "Date, ETag, Retry-After",
    "Access-Control-Max-Age": "86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}
BUSY = 5  # seconds until it is worth to ask again


def is_wanted() -> bool:
    """Say whether the caller is a program that asks our interface for programs."""
    return request.path.startswith(BELOW)


def of_refusal(refusal: Refusal, *, status: int) -> Response:
    """Return what is told of a refusal, and how long to wait where waiting helps."""
    reason = refusal.reason
    status = STATUS.get(reason, status)
    told = {
        "type": f"{wired().config.origin}{current_app.extensions[EXPLAINED]}#{reason.value}",
        "reason": reason.value,
    }
    answer = _answer(status, told | {"detail": switch.by_address().text(wording.sentence(refusal))})
    if reason is Reason.TRIES_USED_UP:
        wait = (datetime.fromisoformat(refusal.detail) - clock.now()).total_seconds()
        answer.headers["Retry-After"] = str(max(1, round(wait)))
    elif status == 503:
        answer.headers["Retry-After"] = str(BUSY)
    return answer


def of_status(status: int, *, allow: str | None = None) -> Response:
    """Return what is told of an HTTP status that has no reason of ours."""
    answer = _answer(status, _plain(status))
    if allow:
        answer.headers["Allow"] = allow
    return answer


def text_of_status(status: int, *, known: int) -> str:
    """Return the same as text, for what no view ever saw; `known` is the status whose sentence fits."""
    return _text(status, _plain(known))


def _plain(status: int) -> dict[str, str]:
    return {"type": "about:blank", "detail": switch.by_address().text(wording.status(status))}


def _answer(status: int, told: dict[str, str]) -> Response:
    return Response(_text(status, told), status=status, content_type=TYPE)


def _text(status: int, told: dict[str, str]) -> str:
    return json.dumps({"title": HTTPStatus(status).phrase, "status": status, **told})
