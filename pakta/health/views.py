"""The page and the JSON of how the service stands."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from werkzeug.wrappers import Response

from pakta.database import db
from pakta.health import service
from pakta.health.service import Check, State
from pakta.web import access, clock, display, wired

bp = Blueprint("health", __name__)


@bp.get("/kesehatan")
@access.open_to_all
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
    told = {"status": worst.value, "checks": {each.name: each.state.value for each in checks}}
    answer = jsonify(told)
    answer.headers["Cache-Control"] = "no-store"
    return answer, 503 if worst is State.STOPPED else 200


def _checks() -> list[Check]:
    return service.report(db.session(), now=clock.now(), config=wired().config, display=display.moment)
