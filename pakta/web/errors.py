"""What a visitor sees when something is refused or fails: a sentence, a reason code, a next step."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from gunicorn.http import errors as unreadable
from werkzeug.exceptions import HTTPException

from pakta.core.errors import Reason, Refusal
from pakta.database import storage_refusal
from pakta.web import access, kept, problem, switch, trace, wording

log = logging.getLogger("pakta.web")

STATUS: dict[Reason, int] = {
    Reason.SIGN_IN_FIRST: 401,
    Reason.SIGN_IN_AGAIN: 401,
    Reason.TOO_MANY_TRIES: 429,
    Reason.TRIES_USED_UP: 429,
    Reason.NOT_ALLOWED: 403,
    Reason.SUDAH_MENANDATANGANI: 409,
    Reason.FORM_EXPIRED: 400,
    Reason.STORAGE_FULL: 503,
    Reason.STORAGE_DOWN: 503,
    Reason.STORAGE_UNSURE: 503,
    Reason.KEY_UNREACHABLE: 503,
    Reason.COPY_UNREADABLE: 503,
    Reason.COPY_DIFFERS: 503,
    Reason.LEDGER_BEHIND_COPY: 503,
    Reason.ISSUING_STOPPED: 503,
    Reason.ISSUER_REPLACED: 503,
    Reason.READER_BUSY: 503,
    Reason.QUESTION_MALFORMED: 400,
    Reason.QUESTION_TYPE: 415,
}
BROKEN = (  # a body in chunks that ends or counts as none does: found only when somebody reads it
    unreadable.InvalidChunkSize,
    unreadable.ChunkMissingTerminator,
    unreadable.InvalidChunkExtension,
    unreadable.NoMoreData,
)
STORAGE = (Reason.STORAGE_FULL, Reason.STORAGE_DOWN, Reason.STORAGE_UNSURE)


def init(app: Flask) -> None:
    """Register the handlers on `app`."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failed)
    for kind in BROKEN:
        app.register_error_handler(kind, _broken)


def as_json(refusal: Refusal) -> dict[str, str]:
    """Return what a script is told of a refusal."""
    return {"reason": refusal.reason.value, "message": switch.say(wording.sentence(refusal))}


def wants_json() -> bool:
    """Say whether the caller is a script of ours."""
    return request.is_json or request.accept_mimetypes.best == "application/json"


def _refused(refusal: Refusal) -> Response:
    if refusal.reason in STORAGE:
        log.error("%s: %s", refusal.reason.value, trace.places(refusal.__cause__ or refusal))
        g._login_user = AnonymousUserMixin()  # the page must stand even where nobody can be looked up
    status = STATUS.get(refusal.reason, 422)
    if problem.is_wanted():
        return problem.of_refusal(refusal, status=status)
    if wants_json():
        return make_response(jsonify(as_json(refusal)), status)
    again = refusal.reason is Reason.SIGN_IN_AGAIN
    return make_response(
        render_template(
            "error.html",
            status=status,
            reason=refusal.reason.value,
            sentence=switch.say(wording.sentence(refusal)),
            sign_in=access.back(again=again) if status == 401 else "",
            kept=kept.sent() if again else "",
            onward=access.page_of(request.path) if again else "",
        ),
        status,
    )


def _form_expired(_error: CSRFError) -> Response:
    return _refused(Refusal(Reason.FORM_EXPIRED))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    if problem.is_wanted():
        return problem.of_status(status, allow=error.get_response().headers.get("Allow"))
    return _page(status)


def _broken(_error: Exception) -> Response:
    return _page(400)


def _failed(error: Exception) -> Response:
    # The route's rule, never the address: an address may carry what a visitor typed.
    rule = request.url_rule.rule if request.url_rule else "(no route)"
    log.error("failed at %s %s: %s", request.method, rule, trace.places(error))
    g._login_user = AnonymousUserMixin()  # the page must stand even where nobody can be looked up
    down = storage_refusal(error)
    return _page(500) if down is None else _refused(down)


def _page(status: int) -> Response:
    if problem.is_wanted():
        return problem.of_status(status)
    if wants_json():
        return make_response(
            jsonify({"reason": f"HTTP_{status}", "message": switch.say(wording.status(status))}), status
        )
    return make_response(
        render_template(
            "error.html",
            status=status,
            reason=None,
            sentence=switch.say(wording.status(status)),
            onward=access.page_of(request.path) if status == 413 else "",
        ),
        status,
    )
