"""The witness by HTTP: a WSGI application of two addresses."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from pakta.witness.adding import ClockBehind, Conflict, Witness
from pakta.witness.page import page
from pakta.witness.rules import Refused

LONGEST = 65_536  # bytes of a request: 63 hashes and a note with about four hundred cosignatures
TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"
ALLOWED = {"/add-checkpoint": ("POST",), "/": ("GET", "HEAD")}

log = logging.getLogger("pakta.witness")
Answer = tuple[HTTPStatus, str, str]  # status, content type, body


def application(witness: Witness) -> WSGIApplication:
    """Return the application of a witness."""

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, kind, text = _answer(witness, environ)
        body = text.encode()
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", ", ".join(ALLOWED[environ["PATH_INFO"]])))
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return respond


def _answer(witness: Witness, environ: WSGIEnvironment) -> Answer:
    path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
    if path not in ALLOWED:
        return HTTPStatus.NOT_FOUND, TEXT, "NO_SUCH_ADDRESS\n"
    if method not in ALLOWED[path]:
        return HTTPStatus.METHOD_NOT_ALLOWED, TEXT, "METHOD_NOT_ALLOWED\n"
    try:
        return (HTTPStatus.OK, TEXT, page(witness)) if path == "/" else _add(witness, environ)
    except sqlite3.Error as error:
        log.error("503 %s", getattr(error, "sqlite_errorname", type(error).__name__))
        return HTTPStatus.SERVICE_UNAVAILABLE, TEXT, "STORE_UNAVAILABLE\n"
    except ClockBehind:
        log.error("503 the clock stands before our last cosignature; see docs/witness.md")
        return HTTPStatus.SERVICE_UNAVAILABLE, TEXT, "CLOCK_BEHIND\n"


def _add(witness: Witness, environ: WSGIEnvironment) -> Answer:
    try:
        body = _body(environ)
    except BlockingIOError:
        return HTTPStatus.REQUEST_TIMEOUT, TEXT, "SUBMISSION_CUT_SHORT\n"
    if body is None:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TEXT, "SUBMISSION_TOO_LARGE\n"
    try:
        return HTTPStatus.OK, TEXT, witness.add_checkpoint(body)
    except Conflict as conflict:
        return HTTPStatus.CONFLICT, SIZE, f"{conflict.size}\n"
    except Refused as refused:
        return refused.status, TEXT, f"{refused.reason}\n"


def _body(environ: WSGIEnvironment) -> bytes | None:
    """Return the body of a request, None where it is longer than we read."""
    if int(environ.get("CONTENT_LENGTH") or 0) > LONGEST:
        return None
    body: bytes = environ["wsgi.input"].read(LONGEST + 1)
    return body if len(body) <= LONGEST else None
