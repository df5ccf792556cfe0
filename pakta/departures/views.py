"""Pages of departures: say that somebody has left, and answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select
from werkzeug.wrappers import Response

from pakta.accounts import visitor
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.departures import rules, service
from pakta.departures.models import Departure
from pakta.departures.service import Answer, Visitor
from pakta.roles import Power, Role, who_may
from pakta.roster import rules as roster_rules
from pakta.roster import unitchoice
from pakta.roster.models import Person
from pakta.web import access, clock, errors

bp = Blueprint("departures", __name__)
SEEING = (Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
SEARCH_LENGTH = 60  # characters


@bp.app_template_global("waiting_departures")
def waiting_departures() -> Select[int]:
    """Return what counts the reports that wait for the visitor's answer, for the menu."""
    return service.WAITING


@bp.get("/bukan-pegawai")
@access.requires(*SEEING)
def start() -> str:
    """Show the search, and what was reported."""
    return _start_page()


@bp.post("/bukan-pegawai/cari")
@access.requires(*SEEING)
def search() -> str | tuple[str, int]:
    """Find people by name; what is typed stands in no address."""
    typed = " ".join(request.form.get("cari", "").split())[:SEARCH_LENGTH]
    if not typed or roster_rules.looks_like_number(typed):
        return _start_page(Refusal(Reason.DEPARTURE_NAME)), 422
    visitor.note("kepergian-cari")
    found = service.by_name(db.session(), within=_by().sees, words=typed.split())
    return render_template("departures/found.html", typed=typed, found=found, most=service.FOUND)


@bp.get("/bukan-pegawai/lapor/<int:person_id>")
@access.requires(*SEEING)
def ask(person_id: int) -> str:
    """Show the form to say that somebody has left."""
    return _ask_page(person_id)


@bp.post("/bukan-pegawai/lapor/<int:person_id>")
@access.requires(*SEEING)
@access.fresh
def report(person_id: int) -> Response | tuple[str, int]:
    """Say that somebody has left."""
    _person(person_id)
    cause, words = request.form.get("sebab", ""), request.form.get("keterangan", "")
    try:
        with transaction() as session:
            row = service.report(session, by=_by(), person_id=person_id, cause=cause, words=words, now=clock.now())
            departure_id = row.id
    except Refusal as refusal:
        return _ask_page(person_id, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("departures.show", departure_id=departure_id))


@bp.get("/bukan-pegawai/<int:departure_id>")
@access.requires(*SEEING)
def show(departure_id: int) -> str:
    """Show one report, what came of it, and what the visitor may answer."""
    return _page(departure_id)


@bp.post("/bukan-pegawai/<int:departure_id>")
@access.requires(*SEEING)
@access.fresh
def answer(departure_id: int) -> Response | tuple[str, int]:
    """Change the person's status or unit, refuse or withdraw, or give back what was changed."""
    _departure(departure_id)
    given = Answer(*(request.form.get(field, "") for field in ("status", "unit", "jawaban")))
    by, now = _by(), clock.now()
    try:
        with transaction() as session:
            if "ubah" in request.form:
                service.change(session, departure_id=departure_id, by=by, answer=given, now=now)
            elif "kembalikan" in request.form:
                service.give_back(session, departure_id=departure_id, by=by, words=given.words, now=now)
            else:
                service.refuse(session, departure_id=departure_id, by=by, words=given.words, now=now)
    except Refusal as refusal:
        return _page(departure_id, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("departures.show", departure_id=departure_id))


@bp.post("/bukan-pegawai/<int:departure_id>/cari-unit")
@access.requires(Role.ADMINISTRATOR)
def find_unit(departure_id: int) -> str:
    """Show the report again with the units that match what was typed."""
    return _page(departure_id)


def _by() -> Visitor:
    sees, administers = visitor.open_units(*who_may(Power.SEE_NAMES)), visitor.open_units(Role.ADMINISTRATOR)
    return Visitor(current_user.account, sees, administers)


def _person(person_id: int) -> Person:
    found = service.person(db.session(), person_id=person_id, by=_by())
    if found is None:
        abort(404)
    return found


def _departure(departure_id: int) -> Departure:
    row = db.session().get(Departure, departure_id)
    if row is None or not service.may_see(row, by=_by()):
        abort(404)
    return row


def _start_page(refusal: Refusal | None = None) -> str:
    visitor.note("kepergian-lihat")
    by = _by()
    rows = service.listed(db.session(), by=by)
    answerable = {row.id for row in rows if service.may_answer(row, by=by)}
    return render_template(
        "departures/start.html", rows=rows, answerable=answerable, administers=bool(by.administers), **_told(refusal)
    )


def _ask_page(person_id: int, refusal: Refusal | None = None) -> str:
    visitor.note("kepergian-orang", person_id=_person(person_id).id)
    return render_template(
        "departures/ask.html",
        person=_person(person_id),
        own=person_id == current_user.account.person_id,
        cause=request.form.get("sebab", ""),
        words=request.form.get("keterangan", ""),
        **_told(refusal),
    )


def _page(departure_id: int, refusal: Refusal | None = None) -> str:
    visitor.note("kepergian-laporan", person_id=_departure(departure_id).person_id)
    row, by, now = _departure(departure_id), _by(), clock.now()
    mine = row.reported_by_id == by.account.id
    answers = bool(by.administers) and row.person_id != by.account.person_id
    return render_template(
        "departures/departure.html",
        row=row,
        mine=mine,
        answers=answers and not mine,
        undoes=answers and service.given_back_to(db.session(), row, person=row.person, by=by, now=now),
        offer=unitchoice.offer(
            db.session(),
            granted=by.administers,
            on=clock.today(now),
            words=request.form.get("cari-unit", ""),
            chosen=request.form.get("unit", ""),
        ),
        statuses=roster_rules.STATUSES,
        offered=rules.STATUS.get(rules.Cause(row.cause), ""),
        sent=request.form,
        **_told(refusal),
    )


def _told(refusal: Refusal | None) -> dict[str, Any]:
    sentence = errors.as_json(refusal)["message"] if refusal else ""
    return {"refusal": refusal, "sentence": sentence}
