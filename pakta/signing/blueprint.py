"""The blueprint of signing, its queue, and how its pages read what was posted as JSON."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, current_app, request
from flask.blueprints import BlueprintSetupState
from flask_login import current_user

from pakta.certificates.renewing import Renewal
from pakta.core.errors import Reason, Refusal
from pakta.database import db
from pakta.signing import service
from pakta.signing.queue import Queue
from pakta.web import Wired, clock

QUEUE = "pakta.signing.queue"
bp = Blueprint("signing", __name__)


@bp.record
def _open_queue(state: BlueprintSetupState) -> None:
    wired: Wired = state.app.extensions["pakta"]
    state.app.extensions[QUEUE] = Queue(keyring=wired.keyring, config=wired.config, clock=lambda: clock.now())


@bp.app_template_global("asked_again")
def asked_again() -> Renewal | None:
    """Return why the visitor is asked to sign again, for any page that tells them, or None."""
    if not current_user.is_authenticated:
        return None
    return service.asked_again(db.session(), person=current_user.person, now=clock.now())


def queue() -> Queue:
    """Return the running app's queue of signatures."""
    return cast(Queue, current_app.extensions[QUEUE])


def body() -> dict[str, Any]:
    """Return the JSON object that was posted; refuses with STATEMENT_MALFORMED."""
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise Refusal(Reason.STATEMENT_MALFORMED)
    return found
