"""The door for texts: what no database and no hash can take is refused before any view sees it.

Refused with 400: a NUL or a lone surrogate in the address, the query, a form or a posted JSON value,
and JSON that is nested beyond what can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask, abort, request

UNFIT = re.compile("[\0\ud800-\udfff]")
JSON_LIMIT = 262_144  # bytes; the largest that a script of ours posts is a statement with its signature


def init(app: Flask) -> None:
    """Let the check run before each request of `app`."""
    app.before_request(_check)


def _check() -> None:
    if any(UNFIT.search(text) for text in _texts()):
        abort(400)


def _texts() -> Iterator[str]:
    yield from (value for value in (request.view_args or {}).values() if isinstance(value, str))
    for fields in (request.args, request.form):
        for name, value in fields.items(multi=True):
            yield from (name, value)
    if request.is_json:
        yield from _json_texts()


def _json_texts() -> Iterator[str]:
    if (request.content_length or 0) > JSON_LIMIT:
        abort(413)
    try:
        waiting = [request.get_json(silent=True)]
    except RecursionError:
        abort(400)
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend([*value, *value.values()])
