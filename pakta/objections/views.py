"""Pages of objections: the person's own, and the list that administrators read."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pakta.accounts import visitor
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.editions import service as editions
from pakta.objections import counting, rules, service
from pakta.roles import Role
from pakta.roster import asks
from pakta.roster.models import Unit
from pakta.web import access, clock, errors

bp = Blueprint("objections", __name__)


@bp.app_template_global("standing_objections")
def standing_objections() -> int:
    """Return how many people of the visitor's units object, for the menu."""
    return counting.in_menu(db.session(), granted=_granted(), asked=_asked)


@bp.app_template_global("may_object")
def may_object() -> bool:
    """Say whether the visitor is asked for a text that they have not signed where they stand."""
    session, person = db.session(), current_user.person
    edition = editions.open_edition_for(session, signs_as=person.signs_as, kind=person.kind, now=clock.now())
    return edition is not None and not service.has_signed(session, person=person, edition_code=edition.code)


@bp.get("/keberatan-pakta")
@access.signed_in
def own() -> str:
    """Show one's own objections, and let one state or withdraw one."""
    return _own_page()


@bp.post("/keberatan-pakta")
@access.signed_in
def state() -> str | Response | tuple[str, int]:
    """Record an objection."""
    try:
        with transaction() as session:
            service.state(
                session,
                person=current_user.person,
                reason_class=request.form.get("jenis", ""),
                words=request.form.get("uraian", ""),
                now=clock.now(),
            )
    except Refusal as refusal:
        return _own_page(refusal=refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("objections.own", tercatat=1))


@bp.post("/keberatan-pakta/tarik")
@access.signed_in
def withdraw() -> Response:
    """Take one's objection back."""
    with transaction() as session:
        service.withdraw(session, person=current_user.person, now=clock.now())
    return redirect(url_for("objections.own", ditarik=1))


@bp.get("/keberatan-pakta/masuk")
@access.requires(Role.ADMINISTRATOR)
def received() -> str:
    """Show the administrator who objects inside their institution, with class and words."""
    return _received_page()


@bp.post("/keberatan-pakta/masuk/<int:objection_id>")
@access.requires(Role.ADMINISTRATOR)
def answer(objection_id: int) -> Response | tuple[str, int]:
    """Answer an objection."""
    text = request.form.get("jawaban", "")
    try:
        with transaction() as session:
            service.answer(
                session, objection_id=objection_id, asked=_asked(), by=current_user.account,
                text=text, now=clock.now(),
            )  # fmt: skip
    except Refusal as refusal:
        return _received_page(refusal, objection_id), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("objections.received", dijawab=objection_id))


def _received_page(refusal: Refusal | None = None, objection_id: int = 0) -> str:
    visitor.note("keberatan-pakta-lihat")
    rows = service.listed(db.session(), granted=_granted(), asked=_asked())
    return render_template(
        "objections/received.html",
        rows=rows,
        classes=rules.CLASSES,
        most=service.MOST,
        limit=rules.ANSWER_LIMIT,
        own_id=current_user.account.person_id,
        at=objection_id if any(row.id == objection_id for row in rows) else 0,
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
    )


def _asked() -> tuple[asks.Ask, ...]:
    return editions.asking(editions.open_editions(db.session(), now=clock.now()))


def _granted() -> list[Unit]:
    return visitor.open_units(Role.ADMINISTRATOR)


def _own_page(*, refusal: Refusal | None = None) -> str:
    session, person, now = db.session(), current_user.person, clock.now()
    edition = editions.open_edition_for(session, signs_as=person.signs_as, kind=person.kind, now=now)
    return render_template(
        "objections/own.html",
        edition=edition,
        has_signed=edition is not None and service.has_signed(session, person=person, edition_code=edition.code),
        rows=service.of_person(session, person=person),
        classes=rules.CLASSES,
        fewest=rules.FEWEST,
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
    )
