"""Pages of slips: ask, print, hand over; the list for handing over is without codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from pakta.accounts import visitor
from pakta.accounts.models import Account
from pakta.core.errors import Refusal
from pakta.custody import counting, queries, rules, service
from pakta.custody.models import SlipBatch
from pakta.custody.service import Printer
from pakta.database import db, transaction
from pakta.roles import Power, Role, who_may
from pakta.roster import scope, unitchoice, unitlists, units
from pakta.roster.models import Unit
from pakta.web import access, clock, display, errors, inputs, page, wired

bp = Blueprint("custody", __name__)
SEEING = (Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
Printing = Callable[..., bytes]


@bp.app_template_global("waiting_slips")
def waiting_slips() -> Select[int]:
    """Return what counts the batches that wait for the signed-in administrator, for the menu."""
    return queries.WAITING


@bp.app_template_global("usable_slips")
def usable_slips(unit: Unit) -> int:
    """Return how many slips on paper name a unit and can still be used, for a page that would end it."""
    return queries.usable_in(db.session(), unit=unit, now=clock.now())


@bp.get("/slip")
@access.requires(*SEEING)
def start() -> str:
    """Show the batches and the form to ask for one; heads find their units' lists."""
    return _start_page()


@bp.post("/slip")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def ask() -> AnyResponse | tuple[str, int]:
    """Ask for the slips of a unit."""
    sent = request.form
    try:
        with transaction() as session:
            row = service.ask(
                session, by=_account(session), unit_code=sent.get("unit", ""), below="bawah" in sent,
                whom=sent.get("siapa", ""), now=clock.now(),
            )  # fmt: skip
            batch_id = row.id
    except Refusal as refusal:
        return _start_page(refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("custody.batch", batch_id=batch_id))


@bp.post("/slip/cari-unit")
@access.requires(Role.ADMINISTRATOR)
def find_unit() -> str:
    """Show the form again with the units that match what was typed."""
    return _start_page()


@bp.get("/slip/cetak/<int:batch_id>")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def batch(batch_id: int) -> str:
    """Show a batch, for whom it was asked, and what the visitor may do with it."""
    return _batch_page(batch_id)


@bp.post("/slip/cetak/<int:batch_id>")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def print_or_refuse(batch_id: int) -> AnyResponse | tuple[str, int]:
    """Print: the answer is the PDF, made at this moment and kept nowhere; or refuse, or withdraw."""
    row = _batch(batch_id)
    times = len(queries.printings(db.session(), batch_id=batch_id)) + 1
    name = f"slip-{row.unit.code}-{row.id}{f'-cetakan-{times}' if times > 1 else ''}.pdf"
    try:
        if "cetak" in request.form:
            return _sheets(service.print_batch, batch_id, name)
        if "lagi" in request.form:
            return _sheets(service.print_again, batch_id, name)
        with transaction() as session:
            service.refuse(session, batch_id=batch_id, by=_account(session), now=clock.now())
    except Refusal as refusal:
        return _batch_page(batch_id, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("custody.batch", batch_id=batch_id))


@bp.get("/slip/unit/<code>")
@access.requires(*SEEING)
def unit(code: str) -> str:
    """Show the slips of a unit and where each is, to be ticked off or printed as the list for handing over."""
    found = _unit(code)
    visitor.note("slip-unit", unit_id=found.id)
    now = clock.now()
    return render_template(
        "custody/unit.html",
        unit=found,
        shown=queries.slips_of(db.session(), unit=found, now=now, page=_page("halaman")),
        below=unitlists.below(db.session(), unit=found, on=clock.today(now), page=_page("unit")),
        administers=scope.in_scope(_administered(), found),
        open=(rules.State.PRINTED, rules.State.HANDED),
        changed=request.args.get("diubah", type=int),
        undone="batal" in request.args,
    )


@bp.post("/slip/unit/<code>")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def hand_over(code: str) -> AnyResponse:
    """Note that slips were handed over against a receipt, or that this was a mistake."""
    found = _unit(code)
    if not scope.in_scope(_administered(), found):
        abort(404)
    chosen = inputs.ids(request.form.getlist("slip"))[: rules.MOST]
    handed = "batal" not in request.form
    with transaction() as session:
        changed = service.hand_over(
            session, unit=session.get_one(Unit, found.id), by=_account(session), slip_ids=chosen, handed=handed,
            now=clock.now(),
        )  # fmt: skip
    at = request.args.get("halaman", type=int)
    undone, nobody = None if handed else 1, None if chosen else 1
    return redirect(url_for("custody.unit", code=code, halaman=at, diubah=changed, batal=undone, kosong=nobody))


def _page(name: str) -> int:
    return min(100_000, max(1, request.args.get(name, 1, type=int)))


def _sheets(printing: Printing, batch_id: int, name: str) -> Response:
    config = wired().config
    printer = Printer(
        config.city, config.contact, config.host, config.origin, page.is_demo(config), wired().keyring.pepper, _moment
    )
    with transaction() as session:
        content = printing(session, batch_id=batch_id, by=_account(session), now=clock.now(), printer=printer)
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _moment(at: datetime) -> str:
    return display.moment(at)


def _account(session: Session) -> Account:
    return session.get_one(Account, current_user.account_id)


def _administered() -> list[Unit]:
    return visitor.open_units(Role.ADMINISTRATOR)


def _seen() -> list[Unit]:
    return visitor.open_units(*who_may(Power.SEE_NAMES))


def _unit(code: str) -> Unit:
    found = units.by_code(db.session(), code=code)
    if found is None or not scope.in_scope(_seen(), found):
        abort(404)
    return found


def _batch(batch_id: int) -> SlipBatch:
    row = db.session().get(SlipBatch, batch_id)
    if row is None or not scope.in_scope(_administered(), row.unit):
        abort(404)
    return row


def _start_page(refusal: Refusal | None = None) -> str:
    visitor.note("slip-lihat")
    session, administered, now, sent = db.session(), _administered(), clock.now(), request.form
    return render_template(
        "custody/start.html",
        rows=queries.batches(session, within=administered),
        offer=unitchoice.offer(
            session,
            granted=administered,
            on=clock.today(now),
            words=sent.get("cari-unit", ""),
            chosen=sent.get("unit", ""),
        ),
        administers=bool(administered),
        counts=[(each, counting.counts(session, within=each, now=now)) for each in scope.roots(_seen())],
        sent=sent,
        most=rules.MOST,
        **_told(refusal),
    )


def _batch_page(batch_id: int, refusal: Refusal | None = None) -> str:
    visitor.note("slip-lihat", unit_id=_batch(batch_id).unit_id)
    row, session, now = _batch(batch_id), db.session(), clock.now()
    again = service.may_print_again(session, row, by=current_user.account, now=now)
    return render_template(
        "custody/batch.html",
        row=row,
        mine=row.asked_by_id == current_user.account_id,
        again=again,
        left=queries.left_of(session, row=row),
        people=[] if row.outcome else queries.asked_for(session, row=row, now=now),
        listed=row.outcome is not None or queries.is_listed(session, row=row),
        printings=queries.printings(session, batch_id=batch_id),
        lists=queries.units_of(session, batch_id=batch_id),
        **_told(refusal),
    )


def _told(refusal: Refusal | None) -> dict[str, Any]:
    sentence = errors.as_json(refusal)["message"] if refusal else ""
    return {"refusal": refusal, "sentence": sentence}
