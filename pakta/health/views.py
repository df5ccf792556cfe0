"""The page and the JSON of how the service stands."""

from __future__ import annotations

import threading
import time
from weakref import WeakKeyDictionary

from flask import Blueprint, jsonify, render_template
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.health import service
from pakta.health.service import Check, State, Words
from pakta.web import access, clock, language, switch, wired, wording

REHEARSED = 2.0  # seconds for which the end of a rehearsal is told again: anybody may ask, as often as they like

bp = Blueprint("health", __name__)
_turn = threading.Lock()
_ends: WeakKeyDictionary[Engine, tuple[float, Refusal | None]] = WeakKeyDictionary()


@bp.get("/kesehatan")
@access.open_to_all
@switch.bilingual
def page() -> str:
    """Say how the service stands."""
    checks = _checks()
    return render_template("health/page.html", checks=checks, worst=service.worst(checks), now=clock.now())


@bp.get("/kesehatan.json")
@access.open_to_all
def program() -> tuple[Response, int]:
    """Say the same to a program: 503 where something has stopped."""
    checks = _checks()
    worst = service.worst(checks)
    told = {
        "status": worst.value,
        "checks": {each.name: each.state.value for each in checks},
        "reasons": {each.name: each.reason for each in checks if each.reason},
    }
    answer = jsonify(told)
    answer.headers["Cache-Control"] = "no-store"
    return answer, 503 if worst is State.STOPPED else 200


def _checks() -> list[Check]:
    words = Words(sentence=wording.sentence, fill=language.sentence)
    refusal = _rehearsed()
    return service.report(db.session(), now=clock.now(), config=wired().config, words=words, refusal=refusal)


def _rehearsed() -> Refusal | None:
    """Return how issuing ends, at most once in REHEARSED seconds by a try."""
    engine = db.engine
    with _turn:
        at, refusal = _ends.get(engine, (0.0, None))
        if not at or time.monotonic() - at > REHEARSED:
            refusal = _rehearse()
            _ends[engine] = (time.monotonic(), refusal)
        return refusal


def _rehearse() -> Refusal | None:
    try:
        with transaction() as session:
            service.rehearse(session, keyring=wired().keyring, config=wired().config, now=clock.now())
    except Refusal as refusal:
        return refusal
    return None
