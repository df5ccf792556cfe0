"""The page of a person's own notices."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pakta.database import db, transaction
from pakta.notices import service
from pakta.web import access, clock

bp = Blueprint("notices", __name__)
LARGEST_ID = 2**31 - 1


@bp.app_template_global("unread_notices")
def unread_notices() -> int:
    """Return how many notices the signed-in visitor has not read, for the menu of every page."""
    return service.unread_count(db.session(), person_id=current_user.person.id)


@bp.get("/pemberitahuan")
@access.signed_in
def listing() -> str:
    """Show what the visitor was told; reading it marks nothing."""
    return render_template(
        "notices/list.html", notices=service.of_person(db.session(), person_id=current_user.person.id)
    )


@bp.post("/pemberitahuan")
@access.signed_in
def read() -> Response:
    """Mark what the page showed as read."""
    sent = request.form.get("sampai", 0, type=int)
    up_to = sent if sent <= LARGEST_ID else 0
    person_id = current_user.person.id
    with transaction() as session:
        service.mark_read(session, person_id=person_id, up_to=up_to, now=clock.now())
    return redirect(url_for("notices.listing"))
