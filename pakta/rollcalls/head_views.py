"""Pages of roll calls for heads, who stand in for them, and administrators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from pakta.accounts import visitor
from pakta.certificates import qr
from pakta.core.errors import Refusal
from pakta.coverage import exporting
from pakta.database import db, transaction
from pakta.roles import Power, Role, who_may
from pakta.rollcalls import latelist, queries, rules, service
from pakta.rollcalls.blueprint import bp, kiosk_path
from pakta.rollcalls.models import Rollcall
from pakta.rollcalls.rules import State
from pakta.rollcalls.service import Wanted
from pakta.roster import queries as roster
from pakta.roster import scope, unitchoice, units
from pakta.roster.models import Unit
from pakta.web import access, clock, display, errors, wired

SEEING = (Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
PAGE = 20  # roll calls on a page of the list
FIRST = timedelta(hours=1)  # how long one lasts that a form offers


@bp.app_template_global("rollcalls_running")
def running(of: Sequence[Unit]) -> list[Rollcall]:
    """Return the roll calls that run now in units, above them or below them, for pages that would change them."""
    return queries.running(db.session(), of=of, now=clock.now())


@bp.get("/apel")
@access.requires(*SEEING)
def start() -> str:
    """List the roll calls of one unit, or of all that the visitor covers."""
    unit, granted = _unit(), _granted(Power.SEE_NAMES)
    page = request.args.get("halaman", 1, type=int)
    rows, page, last = service.listed(db.session(), within=[unit] if unit else granted, page=page, size=PAGE)
    return render_template("rollcalls/start.html", rows=rows, page=page, last=last, unit=unit, now=clock.now())


@bp.get("/apel/baru")
@access.requires(*SEEING)
def ask() -> str:
    """Show the form that opens a roll call."""
    return _form()


@bp.post("/apel/baru/cari-unit")
@access.requires(*SEEING)
def find_unit() -> str:
    """Show the form again with the units that match what was typed."""
    return _form()


@bp.post("/apel/baru")
@access.requires(*SEEING)
def begin() -> Answer | tuple[str, int]:
    """Open a roll call."""
    by, now, code = current_user.account, clock.now(), request.form.get("unit", "")
    try:
        with transaction() as session:
            rollcall_id = service.begin(session, by=by, unit_code=code, wanted=_wanted(), now=now).id
    except Refusal as refusal:
        return _form(refusal=refusal), errors.STATUS.get(refusal.reason, 422)
    return _to(rollcall_id)


@bp.get("/apel/<int:rollcall_id>")
@access.requires(*SEEING)
def show(rollcall_id: int) -> str:
    """Show one roll call: how far it is, and the ways to its wall and its kiosk."""
    row, now = _rollcall(rollcall_id), clock.now()
    if row.state(now) is State.OVER and row.counted_at is None:
        with transaction() as session:
            service.count_over(session, now=now)
    return _page(_rollcall(rollcall_id))


@bp.post("/apel/<int:rollcall_id>")
@access.requires(*SEEING)
def close(rollcall_id: int) -> str | Answer | tuple[str, int]:
    """Cancel a roll call before it begins, or end it early; of that the visitor is asked whether they are sure."""
    row, now = _rollcall(rollcall_id), clock.now()
    if "akhiri" in request.form and "yakin" not in request.form and row.state(now) is State.RUNNING:
        return render_template("rollcalls/end.html", row=row, share=queries.share(db.session(), rollcall=row))
    act, by = service.cancel if "batalkan" in request.form else service.end, current_user.account
    return _done(rollcall_id, lambda session: act(session, rollcall_id=rollcall_id, by=by, now=now))


@bp.get("/apel/<int:rollcall_id>/ubah")
@access.requires(*SEEING)
def edit(rollcall_id: int) -> str | Answer:
    """Show the form that changes a roll call which is not over."""
    row = _rollcall(rollcall_id)
    return _form(row) if row.state(clock.now()) in (State.PLANNED, State.RUNNING) else _to(rollcall_id)


@bp.post("/apel/<int:rollcall_id>/ubah")
@access.requires(*SEEING)
def change(rollcall_id: int) -> Answer | tuple[str, int]:
    """Give a roll call another place or time, or correct place and end while it runs."""
    _rollcall(rollcall_id)
    by, now, wanted = current_user.account, clock.now(), _wanted()
    return _done(
        rollcall_id,
        lambda session: service.change(session, rollcall_id=rollcall_id, by=by, wanted=wanted, now=now),
        form=True,
    )


@bp.get("/apel/<int:rollcall_id>/terlambat")
@access.requires(*SEEING)
def late(rollcall_id: int) -> str | Answer:
    """Show who had not signed when it ended, for the screen and for paper."""
    row, now = _rollcall(rollcall_id), clock.now()
    if row.state(now) is not State.OVER:
        return _to(rollcall_id)
    visitor.note("apel-terlambat", unit_id=row.unit_id, how=[f"apel {row.id}"])
    found = queries.late(db.session(), rollcall=row, most=queries.PRINTED)
    gone = queries.gone(db.session(), rollcall=row)
    return render_template("rollcalls/late.html", row=row, late=found, gone=gone, now=now)


@bp.get("/apel/<int:rollcall_id>/terlambat.csv")
@access.requires(*SEEING)
@access.fresh
def late_csv(rollcall_id: int) -> Response | Answer:
    """Hand out the late list as CSV."""
    row = _rollcall(rollcall_id, Power.EXPORT)
    if row.state(clock.now()) is not State.OVER:
        return _to(rollcall_id)
    visitor.note("apel-unduh", unit_id=row.unit_id, how=[f"apel {row.id}", "CSV"])
    lines = latelist.as_csv(db.session(), rollcall=row, masked=display.masked, moment=display.sortable)
    return _file("".join(lines), row, "csv", "text/csv; charset=utf-8")


@bp.get("/apel/<int:rollcall_id>/terlambat.xlsx")
@access.requires(*SEEING)
@access.fresh
def late_workbook(rollcall_id: int) -> Response | Answer | tuple[str, int]:
    """Hand out the late list as a workbook."""
    row, now = _rollcall(rollcall_id, Power.EXPORT), clock.now()
    if row.state(now) is not State.OVER:
        return _to(rollcall_id)
    if roster.headcount(db.session(), unit=row.unit) > exporting.MOST:
        of = f"/apel/{row.id}/terlambat"
        return render_template("coverage/too_large.html", of=of, most=exporting.MOST), 422
    visitor.note("apel-unduh", unit_id=row.unit_id, how=[f"apel {row.id}", "XLSX"])
    made = latelist.as_xlsx(db.session(), rollcall=row, masked=display.masked, moment=display.sortable, now=now)
    return _file(made, row, "xlsx", exporting.XLSX)


def _file(content: str | bytes, of: Rollcall, ending: str, content_type: str) -> Response:
    name = f"terlambat-{of.unit.code}-{clock.today(of.begins_at).isoformat()}.{ending}"
    disposition = f'attachment; filename="{name}"'
    return Response(content, content_type=content_type, headers={"Content-Disposition": disposition})


def _granted(power: Power) -> list[Unit]:
    return visitor.open_units(*who_may(power))


def _unit() -> Unit | None:
    """Return the unit that the address asks for, or None where it asks for none; one outside does not exist."""
    code = request.args.get("unit", "")
    if not code:
        return None
    found = units.by_code(db.session(), code=code)
    if found is None or not scope.in_scope(_granted(Power.SEE_NAMES), found):
        abort(404)
    return found


def _offer(granted: Sequence[Unit]) -> unitchoice.Offer:
    """Return the units that the form offers: all that the visitor covers."""
    words, chosen = request.form.get("cari-unit", ""), request.form.get("unit", "")
    return unitchoice.offer(db.session(), granted=granted, on=clock.today(), words=words, chosen=chosen)


def _rollcall(rollcall_id: int, power: Power = Power.SEE_NAMES) -> Rollcall:
    found = service.find(db.session(), rollcall_id=rollcall_id, within=_granted(power))
    return found or abort(404)


def _wanted() -> Wanted:
    return Wanted(*(request.form.get(field, "") for field in ("tempat", "hari", "mulai", "selesai")))


def _to(rollcall_id: int) -> Answer:
    return redirect(url_for("rollcalls.show", rollcall_id=rollcall_id))


def _done(rollcall_id: int, act: Callable[[Session], object], *, form: bool = False) -> Answer | tuple[str, int]:
    """Do something to a roll call and show it, or say why nothing was done."""
    try:
        with transaction() as session:
            act(session)
    except Refusal as refusal:
        row = _rollcall(rollcall_id)
        shown = _form(row, refusal) if form else _page(row, refusal)
        return shown, errors.STATUS.get(refusal.reason, 422)
    return _to(rollcall_id)


def _form(row: Rollcall | None = None, refusal: Refusal | None = None) -> str:
    unit, covered = row.unit if row else _unit(), scope.roots(_granted(Power.SEE_NAMES))
    now = clock.now()
    begin = row.begins_at if row else now
    end = row.ends_at if row else _first_end(now)
    offered = {"tempat": row.place if row else "", "hari": clock.today(begin).isoformat()}
    offered |= {"mulai": f"{display.in_wib(begin):%H:%M}", "selesai": f"{display.in_wib(end):%H:%M}"}
    return render_template(
        "rollcalls/form.html",
        row=row,
        running=row is not None and row.state(now) is State.RUNNING,
        unit=unit,
        offer=None if unit else _offer(covered),
        own=covered[0] if len(covered) == 1 else None,
        sent=offered | {name: value for name, value in request.form.items() if name in (*offered, "unit")},
        most=rules.PLACE_MOST,
        **_told(refusal),
    )


def _first_end(now: datetime) -> datetime:
    """Return the end that a new form offers: soon, and on the same day."""
    last = display.in_wib(now).replace(hour=23, minute=59, second=0, microsecond=0)
    return min(now + FIRST, last)


def _page(row: Rollcall, refusal: Refusal | None = None) -> str:
    now, origin = clock.now(), wired().config.origin
    state = row.state(now)
    begun = state in (State.RUNNING, State.OVER)
    return render_template(
        "rollcalls/rollcall.html",
        row=row,
        state=state,
        share=queries.share(db.session(), rollcall=row),
        summary=queries.summary(db.session(), rollcall=row) if begun else None,
        gone=queries.gone(db.session(), rollcall=row) if state is State.OVER else [],
        regrouped=queries.regrouped(db.session(), rollcall=row) if begun else [],
        now=now,
        phones=qr.svg(origin + "/", title="QR alamat Pakta untuk ponsel sendiri"),
        tablet=qr.svg(origin + kiosk_path(row), title="QR alamat kios apel ini untuk tablet"),
        **_told(refusal),
    )


def _told(refusal: Refusal | None) -> dict[str, Any]:
    return {"refusal": refusal, "sentence": errors.as_json(refusal)["message"] if refusal else ""}
