"""Pages of revocation: find a certificate, ask, confirm; decide on what others ask."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select
from werkzeug.wrappers import Response

from pakta.accounts import visitor
from pakta.certificates.models import IssuedCredential
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.revocation import queries, rules, service
from pakta.revocation.models import StatusRequest
from pakta.revocation.service import Typed, Visitor
from pakta.roles import Role
from pakta.roster import rules as roster_rules
from pakta.web import access, clock, errors, wired

bp = Blueprint("revocation", __name__)
ASKING = (Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR, Role.SUPERVISOR)
NAMING = (Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
SEARCH_LENGTH = 60  # characters


@bp.app_template_global("waiting_requests")
def waiting_requests() -> Select[int]:
    """Return what counts the requests that wait for the signed-in administrator, for the menu."""
    return queries.WAITING


@bp.get("/pencabutan")
@access.requires(*ASKING)
def start() -> str:
    """Show the search, and the requests that the visitor may see."""
    return _start_page()


@bp.post("/pencabutan/cari")
@access.requires(*ASKING)
def search() -> Response | str | tuple[str, int]:
    """Find certificates by number, or by the name of their owner; what is typed stands in no address."""
    typed = " ".join(request.form.get("cari", "").split())[:SEARCH_LENGTH]
    by = _by()
    try:
        row = service.find(db.session(), by=by, number=typed)
    except Refusal as refusal:
        return _by_name(typed, by=by, refusal=refusal)
    return redirect(url_for("revocation.certificate", number=row.number))


@bp.get("/pencabutan/sertifikat/<number>")
@access.requires(*ASKING)
@access.fresh
def certificate(number: str) -> str:
    """Show a certificate, and what may be asked of it."""
    return _certificate_page(_found(number).number)


@bp.post("/pencabutan/sertifikat/<number>/periksa")
@access.requires(*ASKING)
@access.fresh
def confirm(number: str) -> str | tuple[str, int]:
    """Say exactly what will happen; nothing is written yet."""
    number, by = _found(number).number, _by()
    try:
        wish = service.check(db.session(), by=by, number=number, typed=_typed())
    except Refusal as refusal:
        return _certificate_page(number, refusal), errors.STATUS.get(refusal.reason, 422)
    visitor.note("pencabutan-sertifikat", person_id=wish.row.person_id)
    return render_template("revocation/confirm.html", wish=wish, **_seen(wish.row, by))


@bp.post("/pencabutan/sertifikat/<number>")
@access.requires(*ASKING)
@access.fresh
def ask(number: str) -> Response | tuple[str, int]:
    """Suspend at once, or ask for what takes two."""
    number, by = _found(number).number, _by()
    try:
        with transaction() as session:
            row = service.enter(session, by=by, number=number, typed=_typed(), **_now())
            request_id = row.id
    except Refusal as refusal:
        return _certificate_page(number, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("revocation.show", request_id=request_id))


@bp.get("/pencabutan/permintaan/<int:request_id>")
@access.requires(*ASKING)
@access.fresh
def show(request_id: int) -> str:
    """Show one request, who has decided what, and what the visitor may decide."""
    _request(request_id)
    return _request_page(request_id)


@bp.post("/pencabutan/permintaan/<int:request_id>/setujui")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def approve(request_id: int) -> Response | tuple[str, int]:
    """Approve, as the first administrator or the second."""
    _request(request_id)
    by = _by()
    try:
        with transaction() as session:
            service.approve(session, request_id=request_id, by=by, **_now())
    except Refusal as refusal:
        return _request_page(request_id, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("revocation.show", request_id=request_id))


@bp.post("/pencabutan/permintaan/<int:request_id>/tolak")
@access.requires(*ASKING)
@access.fresh
def refuse(request_id: int) -> Response | tuple[str, int]:
    """Refuse, or withdraw what the visitor has asked."""
    _request(request_id)
    by = _by()
    try:
        with transaction() as session:
            service.refuse(session, request_id=request_id, by=by, now=clock.now())
    except Refusal as refusal:
        return _request_page(request_id, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("revocation.show", request_id=request_id))


def _by() -> Visitor:
    return Visitor(current_user.account, {role: visitor.open_units(role) for role in ASKING})


def _typed() -> Typed:
    """Return what the form says."""
    return Typed(*(request.form.get(field, "") for field in ("minta", "golongan", "alasan")))


def _now() -> dict[str, Any]:
    return {"now": clock.now(), "keyring": wired().keyring, "config": wired().config}


def _found(number: str) -> IssuedCredential:
    """Return the certificate if the visitor may ask something of it; otherwise it does not exist for them."""
    try:
        return service.find(db.session(), by=_by(), number=number)
    except Refusal:
        abort(404)


def _request(request_id: int) -> StatusRequest:
    """Return the request if the visitor may see it; otherwise it does not exist for them."""
    row = db.session().get(StatusRequest, request_id)
    if row is None or not service.may_see(row, by=_by()):
        abort(404)
    return row


def _by_name(typed: str, *, by: Visitor, refusal: Refusal) -> str | tuple[str, int]:
    """Answer a search that is no number of a certificate within reach."""
    within = [unit for role in NAMING for unit in by.units[role]]
    is_number = roster_rules.looks_like_number(typed)
    if not (typed and within) or is_number or refusal.reason is Reason.CERTIFICATE_UNKNOWN:
        identity = is_number and refusal.reason is Reason.CERTIFICATE_NUMBER_MALFORMED
        return _start_page(refusal, "" if identity else typed), 422
    visitor.note("pencabutan-cari")
    found = queries.by_name(db.session(), within=within, words=typed.split())
    return render_template("revocation/found.html", typed=typed, found=found, most=queries.FOUND)


def _start_page(refusal: Refusal | None = None, typed: str = "") -> str:
    visitor.note("pencabutan-lihat")
    by = _by()
    rows = queries.requests(db.session(), by=by)
    return render_template(
        "revocation/start.html",
        rows=[(row, service.state(row)) for row in rows],
        waits=rules.OPEN,
        named={row.id for row in rows if _is_named(row.credential, by)},
        by_name=any(by.units[role] for role in NAMING),
        administers=bool(by.units[Role.ADMINISTRATOR]),
        typed=typed,
        **_told(refusal),
    )


def _certificate_page(number: str, refusal: Refusal | None = None) -> str:
    session, by = db.session(), _by()
    row = service.find(session, by=by, number=number)
    visitor.note("pencabutan-sertifikat", person_id=row.person_id)
    return render_template(
        "revocation/certificate.html",
        possible=rules.possible(row.status, administers=by.administers(row)),
        classes=[each.value for each in service.classes(session, row=row)],
        open=service.open_of(session, row=row),
        rows=[(each, service.state(each)) for each in queries.of_certificate(session, row=row, by=by)],
        typed=_typed(),
        **_seen(row, by),
        **_told(refusal),
    )


def _request_page(request_id: int, refusal: Refusal | None = None) -> str:
    row, by = db.session().get_one(StatusRequest, request_id), _by()
    visitor.note("pencabutan-permintaan", person_id=row.credential.person_id)
    return render_template(
        "revocation/request.html",
        asked=row,
        state=service.state(row),
        own_id=by.account.id,
        **_seen(row.credential, by),
        **_told(refusal),
    )


def _seen(row: IssuedCredential, by: Visitor) -> dict[str, Any]:
    """Return what every page of a certificate is given."""
    return {
        "row": row,
        "named": _is_named(row, by),
        "administers": by.administers(row),
        "own": row.person_id == by.account.person_id,
    }


def _is_named(row: IssuedCredential, by: Visitor) -> bool:
    """Say whether the visitor may see whose certificate it is: the supervisor may not."""
    return by.role_over(row.person.unit) in NAMING


def _told(refusal: Refusal | None) -> dict[str, Any]:
    sentence = errors.as_json(refusal)["message"] if refusal else ""
    return {"refusal": refusal, "sentence": sentence}
