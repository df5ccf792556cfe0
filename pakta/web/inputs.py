"""The door for texts: what no database and no hash can take is refused before any view sees it.

Refused with 400: a NUL or a lone surrogate in the address, the query, a form, a file's name or a posted JSON value,
and JSON that is nested beyond what can be read.  Refused with 413: JSON larger than a script of ours posts,
whatever length it claims.  Answered with 404: an address with an id that no row can have.
What comes along with a request that only asks is not read.  Ids that a form sends are read by `ids`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from flask import Flask, abort, request
from werkzeug.datastructures import MultiDict

LARGEST_ID = 2**31 - 1  # what a row's id can be; a database asked for more fails
ID = re.compile("[0-9]{1,10}")
UNFIT = re.compile("[\0\ud800-\udfff]")
JSON_LIMIT = 262_144  # bytes; the largest that a script of ours posts is a statement with its signature

ASKING = frozenset({"GET", "HEAD", "OPTIONS"})


def init(app: Flask) -> None:
    """Let the check run before each request of `app`."""
    app.before_request(_check)


def ids(texts: Sequence[str]) -> list[int]:
    """Return those of the texts that can be the id of a row, as numbers, in their order."""
    numbers = (int(text) for text in texts if ID.fullmatch(text))
    return [number for number in numbers if number <= LARGEST_ID]


def _check() -> None:
    if any(isinstance(value, int) and value > LARGEST_ID for value in (request.view_args or {}).values()):
        abort(404)
    if any(UNFIT.search(text) for text in _texts()):
        abort(400)


def _texts() -> Iterator[str]:
    yield from (value for value in (request.view_args or {}).values() if isinstance(value, str))
    yield from _field_texts(request.args)
    if request.method in ASKING:
        return
    if request.is_json:
        request.max_content_length = JSON_LIMIT + 1  # no more is read, also where no length is told
        if len(request.get_data()) > JSON_LIMIT:
            abort(413)
        yield from _json_texts()
    else:
        yield from _field_texts(request.form)
        for name, file in request.files.items(multi=True):
            yield from (name, file.filename or "")


def _field_texts(fields: MultiDict[str, str]) -> Iterator[str]:
    for name, value in fields.items(multi=True):
        yield from (name, value)


def _json_texts() -> Iterator[str]:
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
