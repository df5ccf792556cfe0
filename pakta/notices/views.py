"""The page of a person's own notices."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select
from werkzeug.wrappers import Response

from pakta.database import db, transaction
from pakta.notices import rules, service
from pakta.web import access, clock, inputs

bp = Blueprint("notices", __name__)


@bp.app_template_global("waiting_notices")
def waiting_notices() -> Select[int]:
    """Return what counts the notices that the signed-in visitor has not read, for the menu of every page."""
    return service.UNREAD


@bp.app_template_global("unread_notices")
def unread_notices() -> int:
    """Return how many notices the signed-in visitor has not read."""
    return service.unread_count(db.session(), person_id=current_user.person.id)


@bp.get("/pemberitahuan")
@access.signed_in
def listing() -> str:
    """Show what the visitor was told; reading it marks nothing."""
    notices = service.of_person(db.session(), person_id=current_user.person.id)
    since = rules.since((each.kind, each.facts.get("certificate") or each.facts.get("key")) for each in notices)
    return render_template("notices/list.html", notices=notices, since=since)


@bp.post("/pemberitahuan")
@access.signed_in
def read() -> Response:
    """Mark what the page showed as read."""
    sent = request.form.get("sampai", 0, type=int)
    up_to = sent if sent <= inputs.LARGEST_ID else 0
    person_id = current_user.person.id
    with transaction() as session:
        service.mark_read(session, person_id=person_id, up_to=up_to, now=clock.now())
    return redirect(url_for("notices.listing"))
