"""Pages of the structure: a unit with what stands below it, and what may be done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from flask import Response as FileResponse
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pakta.accounts import visitor
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roles import Power, Role, who_may
from pakta.roster import correcting, queries, reordering, scope, unitchoice, unitfiles, unitlists, unitplan
from pakta.roster import units as roster_units
from pakta.roster.models import Unit
from pakta.roster.unitchoice import Offer
from pakta.structure import examplefile, service
from pakta.structure.service import Administrator
from pakta.web import access, clock, display, errors

bp = Blueprint("structure", __name__)
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST = 2_000_000  # bytes of a file of units or of a split
Answer = Response | str | tuple[str, int]


@bp.app_template_global("ended_into")
def ended_into(unit: Unit) -> list[tuple[Unit, bool]] | None:
    """Return of a unit that has ended where its people came, and whether the visitor sees names there; else None."""
    session, today, sees = db.session(), clock.today(), visitor.open_units(*who_may(Power.SEE_NAMES))
    if not reordering.ended(session, unit=unit, on=today):
        return None
    return reordering.went_within(session, unit=unit, granted=sees, on=today)


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
    into, seen = request.form.get("tujuan", ""), _seen()

    def do(session: Session, unit: Unit) -> Answer:
        by, now = _by(), clock.now()
        done = service.merge(session, unit=unit, into=into, by=by, now=now, seen=seen)
        if seen is not None:
            return _done(code, "gabung")
        reached = service.would_reach_merged(session, unit=unit, into=into, by=by, now=now)
        return _page(unit, plan=done, what="gabung", reached=reached, going={into.strip(): done.people})

    return _do(code, "tujuan", do)


@bp.post("/unit-kerja/<code>/cari-unit")
@access.requires(Role.ADMINISTRATOR)
def find_unit(code: str) -> str:
    """Show the unit again with the units that match what was typed."""
    return _page(_unit(code))


@bp.post("/unit-kerja/<code>/pecah")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def split(code: str) -> Answer:
    """Say what splitting a unit would do, or do it."""
    seen = _seen()

    def do(session: Session, unit: Unit) -> Answer:
        by, now = _by(), clock.now()
        into = (
            service.places(session, unit=unit, file=_file(), granted=by.granted, now=now) if seen is None else _kept()
        )
        done = service.split(session, unit=unit, into=into, by=by, now=now, seen=seen)
        if seen is not None:
            return _done(code, "pecah")
        return _page(unit, plan=done, what="pecah", into=into, going=Counter(into.values()))

    return _do(code, "pembagian", do)


@bp.post("/unit-kerja/<code>/berkas")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def load(code: str) -> Answer:
    """Say what a file of units would do, or make and change its units."""
    seen = _seen()

    def do(session: Session, unit: Unit) -> Answer:
        if unit.parent_id is not None:
            abort(404)
        own, by, now = unit.institution.code, _by(), clock.now()
        if seen is not None:
            rows = unitfiles.read(request.form.get("baris", "").encode(), institution=own)
            changed = service.load(session, root=unit, rows=rows, seen=seen, by=by, now=now)
            return _done(code, f"berkas&unit={changed}")
        rows = unitfiles.read(_file(), institution=own)
        found = service.would_load(session, root=unit, rows=rows, by=by, now=now)
        kept = unitfiles.written([each.row for each in found])
        reached = service.would_reach(session, root=unit, found=found, by=by, now=now)
        return _page(unit, changes_of_file=found, kept=kept, mark=unitplan.mark(found), reached=reached)

    return _do(code, "berkas", do)


@bp.get("/unit-kerja/<code>/contoh.xlsx")
@access.requires(Role.ADMINISTRATOR)
def example(code: str) -> FileResponse:
    """Give an empty file of units to fill in, with the codes of those that are there."""
    _unit(code)
    return _workbook("contoh-unit", examplefile.of_units(codes=_codes(), kinds=display.UNIT_KINDS.items()))


@bp.get("/unit-kerja/<code>/pembagian.xlsx")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def division(code: str) -> FileResponse:
    """Give the people of a unit as a file in which each one's new unit is filled in."""
    unit_id = _unit(code).id
    with transaction() as session:
        unit = session.get_one(Unit, unit_id)
        people = service.people_of(session, unit=unit, by=_by(), now=clock.now())
    rows = [(str(key), name, position) for key, name, position in people]
    return _workbook(f"pembagian-{code}", examplefile.of_split(people=rows, codes=_codes()))


def _done(code: str, what: str) -> Response:
    return redirect(f"/unit-kerja/{code}?selesai={what}")


def _workbook(name: str, content: bytes) -> FileResponse:
    answer = FileResponse(content, mimetype=SHEET)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def _codes() -> list[tuple[str, str]]:
    found = correcting.open_units(db.session(), granted=_by().granted, on=clock.today())
    return sorted((unit.code, unit.name) for unit in found)


def _seen() -> str | None:
    """Return by what the shown change is known that is to be done, or None where one is only asked for."""
    return None if "periksa" in request.form else request.form.get("sidik", "")


def _kept() -> dict[int, str]:
    """Return the places that were shown, as the form kept them."""
    lines = [line.partition(":") for line in request.form.get("pembagian", "").split()]
    return {int(key): code for key, _, code in lines if key.isascii() and key.isdigit() and len(key) < 12}


def _do(code: str, field: str, do: Callable[[Session, Unit], Answer]) -> Answer:
    """Do something in a transaction; what is refused is shown at its field, with what was typed."""
    unit_id = _unit(code).id
    try:
        with transaction() as session:
            return do(session, session.get_one(Unit, unit_id))
    except Refusal as refusal:
        page = _page(_unit(code), refusal=refusal, field=field)
        return page, errors.STATUS.get(refusal.reason, 422)


def _page(unit: Unit, *, going: Mapping[str, int] | None = None, **more: Any) -> str:
    """Show a unit; `going` tells how many of its people would come to the units with which codes."""
    session, today = db.session(), clock.today()
    refusal: Refusal | None = more.get("refusal")
    people, began = queries.headcount(session, unit=unit), unit.parent_id is not None and unit.valid_from <= today
    changes = began and roster_units.valid(unit, on=today)
    empties = began and reordering.may_end(session, unit=unit)
    parent = session.get(Unit, unit.parent_id) if unit.parent_id else None
    is_led = refusal is not None and refusal.reason is Reason.UNIT_LED
    return render_template(
        "structure/unit.html",
        led=service.standing_roles(session, ending=[unit], now=clock.now()) if is_led else [],
        unit=unit,
        parent=parent if parent is not None and scope.in_scope(_by().granted, parent) else None,
        below=unitlists.below(session, unit=unit, page=min(100_000, request.args.get("halaman", 1, type=int))),
        people=people,
        holds=roster_units.holds(session, unit=unit) if empties and not changes else 0,
        changes=changes,
        empties=empties,
        offer=_targets(unit) if empties else None,
        today=today,
        covered=_covered(unit),
        going=[
            (each, (going or {})[code]) for code, each in roster_units.by_codes(session, codes=going or ()).items()
        ],
        went=[(each, scope.in_scope(_by().granted, each)) for each in reordering.went(session, unit=unit)],
        shown_value=_shown,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
        **more,
    )


def _shown(name: str, value: str) -> str:
    """Return a value of a file of units as people read it: days and kinds in words."""
    if name in ("valid_from", "valid_until") and value:
        return display.day(date.fromisoformat(value))
    return display.UNIT_KINDS.get(value, value) if name == "kind" else value


def _covered(unit: Unit) -> str:
    """Return the address of a unit's coverage, of one that has ended on its last day; empty where it has none."""
    session, today, last = db.session(), clock.today(), unit.valid_until
    if roster_units.is_open(session, unit=unit, on=today):
        return f"/cakupan/{unit.code}"
    past = last is not None and last < today and roster_units.was_open(session, unit=unit, on=last)
    return f"/cakupan/{unit.code}?hari={last}" if past else ""


def _targets(unit: Unit) -> Offer:
    """Return the units into which a unit can be merged."""
    words, chosen = request.form.get("cari-unit", ""), request.form.get("tujuan", "")
    granted, today = _by().granted, clock.today()
    return unitchoice.offer(db.session(), granted=granted, on=today, words=words, chosen=chosen, but=unit)


def _unit(code: str) -> Unit:
    try:
        return service.within(db.session(), code=code, by=_by())
    except Refusal:
        abort(404)


def _by() -> Administrator:
    return Administrator(current_user.account_id, visitor.open_units(Role.ADMINISTRATOR))


def _file() -> bytes:
    sent = request.files.get("berkas")
    content = sent.read(LARGEST + 1) if sent else b""
    if not content:
        raise Refusal(Reason.UNITS_FILE, "pilih berkasnya lebih dahulu")
    if len(content) > LARGEST:
        raise Refusal(Reason.UNITS_FILE, f"berkas lebih besar dari {LARGEST // 1_000_000} MB")
    return content
