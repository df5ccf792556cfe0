"""Pages of bundles: ask for one, and take it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, stream_with_context
from flask_login import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from pakta.accounts import service as accounts
from pakta.accounts import visitor
from pakta.bundles import listing, service
from pakta.bundles.listing import Choice
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.jobs import service as jobs
from pakta.jobs.models import Job
from pakta.jobs.rules import State
from pakta.roles import Power, Role, who_may
from pakta.roster import scope, units
from pakta.roster.models import Unit
from pakta.web import access, clock, wired

bp = Blueprint("bundles", __name__)
ASKED = who_may(Power.EXPORT, Power.READ_CERTIFICATES)


@bp.get("/cakupan/<code>/lembar")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
@access.fresh
def ask(code: str) -> str:
    """Say how many lembar a bundle would hold, and let the visitor ask for it."""
    unit = _unit_or_404(code)
    return render_template("bundles/ask.html", unit=unit, choices=_choices(unit))


@bp.post("/cakupan/<code>/lembar")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
@access.fresh
def begin(code: str) -> WerkzeugResponse:
    """Begin the job, or go on to the one that is open."""
    unit, account_id, now = _unit_or_404(code), current_user.account_id, clock.now()
    wanted = request.form.get("naskah", "")
    choice = next((it for it in _choices(unit) if it.edition.code == wanted), None)
    if choice is None:
        return redirect(f"/cakupan/{unit.code}/lembar")
    with transaction() as session:
        unit = session.get_one(Unit, unit.id)
        job = service.ask(session, unit=unit, choice=choice, account_id=account_id, now=now)
        _record("lembar-siapkan", account_id, unit.id, wanted)
        job_id = job.id
    return redirect(f"/pekerjaan/{job_id}")


@bp.get("/pekerjaan/<int:job_id>/lembar.zip")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
@access.fresh
def download(job_id: int) -> Response:
    """Stream the zip to who asked for it, if they may still read what is in it."""
    job, unit = _own_done(job_id)
    code, failures, account_id = job.subject, jobs.failures(db.session(), job_id=job.id), current_user.account_id
    with transaction():
        _record("lembar-unduh", account_id, unit.id, code)
    chunks = service.stream(
        db.session, unit=unit, edition_code=code, failures=failures, policy=wired().config.policy,
        seal=wired().keyring.seal, now=clock.now(), zone=clock.WIB,
    )  # fmt: skip
    answer = Response(stream_with_context(chunks), mimetype="application/zip")
    name = service.file_name(unit=unit, edition_code=code)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _choices(unit: Unit) -> list[Choice]:
    return listing.choices(db.session(), unit=unit, seal=wired().keyring.seal)


def _own_done(job_id: int) -> tuple[Job, Unit]:
    """Return the visitor's own finished job and its unit; refuses with NOT_ALLOWED where the right has ended."""
    job = jobs.own(db.session(), job_id=job_id, account_id=current_user.account_id, now=clock.now())
    if job is None or job.kind != listing.KIND or job.state != State.DONE:
        abort(404)
    unit = db.session().get_one(Unit, job.unit_id)
    if not scope.in_scope(_granted(), unit):
        raise Refusal(Reason.NOT_ALLOWED)
    return job, unit


def _unit_or_404(code: str) -> Unit:
    """Return the open unit with this code; one outside the scope answers as one that does not exist."""
    found, today = units.by_code(db.session(), code=code), clock.today(clock.now())
    if found is None or not scope.in_scope(_granted(), found):
        abort(404)
    if not units.is_open(db.session(), unit=found, on=today):
        abort(404)
    return found


def _granted() -> list[Unit]:
    return visitor.open_units(*ASKED)


def _record(action: str, account_id: int, unit_id: int, edition_code: str) -> None:
    accounts.record(
        db.session(), account_id=account_id, action=action, unit_id=unit_id, detail=edition_code, now=clock.now()
    )
