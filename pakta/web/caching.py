"""Answers that whoever has them already is not sent again."""

from __future__ import annotations

from flask import Response, request

ASKED = "If-None-Match"


def once(answer: Response) -> Response:
    """Give an answer its ETag, and empty it where the caller has it; what asks for nothing is not looked at further.

    A tenth of such a request's time would go into what most callers do not ask.
    """
    answer.add_etag()
    if ASKED in request.headers:
        answer.make_conditional(request)
    return answer
