"""Pages of the structure: a unit with what stands below it, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import queries, scope
from pakta.roster import units as roster_units
from pakta.roster.models import Unit
from pakta.roster.reordering import Reordered
from pakta.structure import service
from pakta.structure.service import Administrator
from pakta.web import access, clock, errors

bp = Blueprint("structure", __name__)
LARGEST = 2_000_000  # bytes of a file of units or of a split
Answer = Response | str | tuple[str, int]


@bp.get("/unit-kerja")
@access.requires(Role.ADMINISTRATOR)
def start() -> Response | str:
    """Show the units that the visitor administers; of one alone its page."""
    granted = scope.roots(_by().granted)
    if len(granted) == 1:
        return redirect(f"/unit-kerja/{granted[0].code}")
    return render_template("structure/start.html", granted=granted)


@bp.get("/unit-kerja/<code>")
@access.requires(Role.ADMINISTRATOR)
def show(code: str) -> str:
    """Show one unit, what stands below it, and what may be done."""
    return _page(_unit(code))


@bp.post("/unit-kerja/<code>/nama")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def rename(code: str) -> Answer:
    """Give a unit another name."""

    def do(session: Session, unit: Unit) -> Response:
        name, short = (request.form.get(field, "") for field in ("nama", "singkat"))
        service.rename(session, unit=unit, name=name, short_name=short, by=_by(), now=clock.now())
        return redirect(f"/unit-kerja/{code}?selesai=nama")

    return _do(code, "nama", do)


@bp.post("/unit-kerja/<code>/gabung")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def merge(code: str) -> Answer:
    """Say what merging a unit into another would do, or do it."""
    check, into = "periksa" in request.form, request.form.get("tujuan", "")

    def do(session: Session, unit: Unit) -> Answer:
        done = service.merge(session, unit=unit, into=into, on=_day(), by=_by(), now=clock.now(), check=check)
        return _plan(unit, "gabung", done) if check else redirect(f"/unit-kerja/{code}?selesai=gabung")

    return _do(code, "tujuan", do)


@bp.post("/unit-kerja/<code>/pecah")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def split(code: str) -> Answer:
    """Say what splitting a unit would do, or do it."""
    check = "periksa" in request.form

    def do(session: Session, unit: Unit) -> Answer:
        file = _file()
        done = service.split(session, unit=unit, file=file, on=_day(), by=_by(), now=clock.now(), check=check)
        return _plan(unit, "pecah", done) if check else redirect(f"/unit-kerja/{code}?selesai=pecah")

    return _do(code, "pembagian", do)


@bp.post("/unit-kerja/<code>/berkas")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def load(code: str) -> Answer:
    """Make or change the units of a file."""

    def do(session: Session, unit: Unit) -> Answer:
        if unit.parent_id is not None:
            abort(404)
        changed = service.load(session, root=unit, file=_file(), by=_by(), now=clock.now())
        return redirect(f"/unit-kerja/{code}?selesai=berkas&unit={changed}")

    return _do(code, "berkas", do)


def _do(code: str, field: str, do: Callable[[Session, Unit], Answer]) -> Answer:
    """Do something in a transaction; what is refused is shown at its field, with what was typed."""
    unit_id = _unit(code).id
    try:
        with transaction() as session:
            return do(session, session.get_one(Unit, unit_id))
    except Refusal as refusal:
        page = _page(_unit(code), refusal=refusal, field=field)
        return page, errors.STATUS.get(refusal.reason, 422)


def _plan(unit: Unit, what: str, plan: Reordered) -> str:
    return _page(unit, plan=plan, what=what)


def _page(unit: Unit, **more: Any) -> str:
    session, today = db.session(), clock.today()
    refusal: Refusal | None = more.get("refusal")
    parent = session.get(Unit, unit.parent_id) if unit.parent_id else None
    return render_template(
        "structure/unit.html",
        unit=unit,
        parent=parent if parent is not None and scope.in_scope(_by().granted, parent) else None,
        below=service.below(session, unit=unit),
        people=queries.headcount(session, unit=unit),
        changes=unit.parent_id is not None and roster_units.valid(unit, on=today),
        today=today,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
        most=service.MOST_SHOWN,
        **more,
    )


def _unit(code: str) -> Unit:
    try:
        return service.within(db.session(), code=code, by=_by())
    except Refusal:
        abort(404)


def _by() -> Administrator:
    granted = [grant.unit for grant in current_user.grants if grant.role == Role.ADMINISTRATOR]
    return Administrator(current_user.account_id, granted)


def _day() -> date:
    typed = request.form.get("mulai", "").strip()
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Refusal(Reason.UNITS_FILE, f"tanggal {typed[:20]} bukan seperti 2026-12-31") from None


def _file() -> bytes:
    sent = request.files.get("berkas")
    content = sent.read(LARGEST + 1) if sent else b""
    if not content:
        raise Refusal(Reason.UNITS_FILE, "pilih berkas CSV lebih dahulu")
    if len(content) > LARGEST:
        raise Refusal(Reason.UNITS_FILE, f"berkas lebih besar dari {LARGEST // 1_000_000} MB")
    return content
