"""The blueprint of accounts, and what its pages share."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, current_app, request, session
from flask_login import current_user, login_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from pakta.accounts import attempts, rules, sessions, slips
from pakta.accounts.models import Account, PersonKey, SignIn, Slip
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.web import clock, errors, wired

bp = Blueprint("accounts", __name__)
START, HOME = "/pakta", "/"  # of who holds a role the second, which says what waits for them
TICKET = "aktivasi"
KIOSK_OF = "kiosk_of"  # the roll call whose kiosk page this browser has opened
NUMBER = "number"  # the purpose of attempts at the numbers of others
GUESSES = frozenset({Reason.PERSON_UNKNOWN, Reason.ACCOUNT_UNKNOWN})  # what a wrong guess of one is answered
FORM_TOKEN = "csrf_token"  # noqa: S105  the name under which flask-wtf keeps it


def count_try(purpose: str, tried: str | None) -> None:
    """Count an attempt in a transaction of its own; refuses with TRIES_USED_UP."""
    with transaction() as db_session:
        attempts.take(db_session, **_try(purpose, tried))


@contextmanager
def guarded_number(tried: str) -> Iterator[None]:
    """Count what is done inside as an attempt at somebody's number, unless it ends as no guess does.

    A number that is known is not counted, nor gives it the guesses before it back; neither is a form that lacks
    something else.  Refuses with TRIES_USED_UP.
    """
    count_try(NUMBER, tried)
    try:
        yield
    except Refusal as refusal:
        if refusal.reason not in GUESSES:
            _return_one(NUMBER, tried)
        raise
    _return_one(NUMBER, tried)


def forget_tries(db_session: Session, purpose: str, tried: str) -> None:
    """Give back the attempts at what has succeeded."""
    attempts.give_back(db_session, **_try(purpose, tried))


def enter(db_session: Session, *, account: Account, key: PersonKey | None = None, kiosk: bool = False) -> SignIn:
    """Open a session; the one that this browser had before ends."""
    if current_user.is_authenticated:
        sessions.end(db_session, sign_in=current_user, now=clock.now())
    return sessions.open(db_session, account=account, key=key, kiosk=kiosk, device=device(), now=clock.now())


def let_in(row: SignIn) -> None:
    """Put the session's token into a new cookie.

    The form token stays: where the reply is lost after its cookie has arrived, the page
    must be able to send the same form again.  Nobody can have planted it, since the
    cookie is bound to this very host (`__Host-`).  At a kiosk it also stays which one it is.
    """
    kept = (FORM_TOKEN, KIOSK_OF) if row.kiosk else (FORM_TOKEN,)
    stays = {name: session[name] for name in kept if name in session}
    session.clear()
    session.update(stays)
    session.permanent = not row.kiosk
    login_user(row)


def device() -> str:
    """Return the visitor's browser and system in words."""
    return rules.device_words(request.user_agent.string)


def told(refusal: Refusal | None) -> dict[str, Any]:
    """Return what a template shows of a refusal."""
    if refusal is None:
        return {"refusal": None, "sentence": ""}
    return {"refusal": refusal, "sentence": errors.as_json(refusal)["message"]}


def status_of(refusal: Refusal) -> int:
    """Return the HTTP status of a page that shows a refusal."""
    return errors.STATUS.get(refusal.reason, 422)


def body() -> dict[str, Any]:
    """Return the JSON object that a script of ours posted; refuses with FORM_EXPIRED."""
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise Refusal(Reason.FORM_EXPIRED)
    return found


def text_of(found: dict[str, Any], name: str) -> str:
    """Return a text member of a posted object, or an empty text."""
    value = found.get(name, "")
    return value if isinstance(value, str) else ""


def ticket_for(slip: Slip) -> str:
    """Return a signed, short-lived text that says: the code of this slip was shown; no two are alike.

    It says when the slip was made, too: after an erasure SQLite may give its id to another one.
    """
    return str(_signer().dumps([slip.id, slip.created_at.isoformat(), secrets.token_urlsafe(9)]))


def slip_of(ticket: object) -> int:
    """Return the id of the slip that a ticket speaks of; refuses with ACTIVATION_EXPIRED, also where it is gone."""
    try:
        slip_id, made, _ = _signer().loads(str(ticket), max_age=int(rules.TICKET_VALID.total_seconds()))
    except (BadSignature, TypeError, ValueError) as error:
        raise Refusal(Reason.ACTIVATION_EXPIRED) from error
    slip = db.session.get(Slip, slip_id)
    if slip is None or slip.created_at.isoformat() != made:
        raise Refusal(Reason.ACTIVATION_EXPIRED)
    return int(slip.id)


def shown_slip(ticket: object) -> Slip:
    """Return the slip that a ticket speaks of; refuses as `slip_of` and `slips.check_usable` do."""
    slip = db.session.get(Slip, slip_of(ticket))
    if slip is None:
        raise Refusal(Reason.SLIP_UNKNOWN)
    slips.check_usable(slip, now=clock.now())
    return slip


def _return_one(purpose: str, tried: str) -> None:
    with transaction() as db_session:
        attempts.return_one(db_session, **_try(purpose, tried))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="pakta/aktivasi")


def _try(purpose: str, tried: str | None) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "tried": tried,
        "address": request.remote_addr or "",
        "now": clock.now(),
        "pepper": wired().keyring.pepper,
    }
