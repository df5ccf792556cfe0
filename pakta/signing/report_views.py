"""Pages of "Laporkan data salah": the person's report, and the administrator's queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pakta.accounts import service as accounts
from pakta.accounts import visitor
from pakta.certificates import service as certificates
from pakta.certificates.rules import Status
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import correcting, unitchoice
from pakta.roster.correcting import Wanted
from pakta.roster.models import Unit
from pakta.signing import reports, rules, service
from pakta.signing.blueprint import bp
from pakta.web import access, clock, errors

SEEN = "laporan-data-lihat"  # who looked at reports, or at one person's


@bp.app_template_global("waiting_reports")
def waiting_reports() -> Select[int]:
    """Return the query that counts the reports that wait for the visitor's answer, for the menu."""
    return reports.WAITING


@bp.route("/data-salah", methods=["GET", "POST"])
@access.signed_in
def wrong_data() -> str | Response | tuple[str, int]:
    """Report that something in one's own data is wrong, and see the answers."""
    if request.method == "GET":
        return _wrong_data_page()
    try:
        with transaction() as session:
            reports.report(
                session,
                person=current_user.person,
                field=request.form.get("bagian", ""),
                message=request.form.get("pesan", ""),
                now=clock.now(),
            )
    except Refusal as refusal:
        return _wrong_data_page(refusal=refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("signing.wrong_data", terkirim=1))


@bp.get("/laporan-data")
@access.requires(Role.ADMINISTRATOR)
def report_queue() -> str:
    """Show the administrator the reports of wrong data inside their institution."""
    return _queue_page()


@bp.get("/laporan-data/<int:report_id>")
@access.requires(Role.ADMINISTRATOR)
def one_report(report_id: int) -> str:
    """Show a report beside the person's present data, to be corrected or answered."""
    if reports.find(db.session(), report_id=report_id, granted=_administered()) is None:
        abort(404)
    return _report_page(report_id)


@bp.post("/laporan-data/<int:report_id>")
@access.requires(Role.ADMINISTRATOR)
def answer_report(report_id: int) -> str | Response | tuple[str, int]:
    """Answer one report."""
    try:
        with transaction() as session:
            row = reports.answer(
                session,
                report_id=report_id,
                by=current_user.account,
                text=request.form.get("jawaban", ""),
                now=clock.now(),
            )
            accounts.record(
                session,
                account_id=current_user.account_id,
                action="laporan-data-jawab",
                person_id=row.person_id,
                now=clock.now(),
            )
    except Refusal as refusal:
        return _report_page(report_id, refusal=refusal), 422
    return redirect(url_for("signing.one_report", report_id=report_id, terjawab=1))


@bp.post("/laporan-data/<int:report_id>/cari-unit")
@access.requires(Role.ADMINISTRATOR)
def find_unit(report_id: int) -> str:
    """Show the report again with the units that match what was typed."""
    return one_report(report_id)


@bp.post("/laporan-data/<int:report_id>/perbaikan")
@access.requires(Role.ADMINISTRATOR)
def correct(report_id: int) -> str | Response | tuple[str, int]:
    """Show what a correction would change, old and new; with `simpan` write it."""
    found = {"report_id": report_id, "by": current_user.account, "wanted": _wanted(), "now": clock.now()}
    try:
        if "simpan" not in request.form:
            made = reports.preview(db.session(), granted=_administered(), **found)
            if made.wrong:
                return _report_page(report_id, wrong=made.wrong), 422
            return _preview_page(report_id, made)
        with transaction() as session:
            row = reports.correct(
                session, seen=request.form.get("dilihat", ""), text=request.form.get("jawaban", ""), **found
            )
            _record_correction(session, row.person_id)
    except Refusal as refusal:
        return _report_page(report_id, refusal=refusal), 422
    return redirect(url_for("signing.one_report", report_id=report_id, diperbaiki=1))


def _wrong_data_page(*, refusal: Refusal | None = None) -> str:
    person_id = current_user.person.id
    return render_template(
        "signing/wrong_data.html",
        person=current_user.person,
        rows=reports.of_person(db.session(), person=current_user.person),
        has_signed=_has_signed(person_id),
        corrections=correcting.history(db.session(), person_id=current_user.person.id),
        now=clock.now(),
        fields=rules.FIELDS,
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
        sent=request.args.get("terkirim") == "1",
    )


def _queue_page(*, refusal: Refusal | None = None) -> str:
    visitor.note(SEEN)
    granted, now = _administered(), clock.now()
    return render_template(
        "signing/report_queue.html",
        rows=reports.queue(db.session(), granted=granted),
        waiting=reports.waiting(db.session(), granted=granted, now=now),
        now=now,
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
    )


def _report_page(
    report_id: int, *, refusal: Refusal | None = None, wrong: Mapping[str, Refusal] | None = None
) -> str:
    """Return the page of a report; whoever may not see it gets the queue, with the reason."""
    session, granted, now = db.session(), _administered(), clock.now()
    row = reports.find(session, report_id=report_id, granted=granted)
    if row is None:
        return _queue_page(refusal=refusal)
    visitor.note(SEEN, person_id=row.person_id)
    stale = refusal is not None and refusal.reason is Reason.CORRECTION_STALE
    return render_template(
        "signing/report.html",
        row=row,
        own=row.person_id == current_user.account.person_id,
        wanted=_wanted() if "nama" in request.form and not stale else correcting.present(row.person),
        stamp=reports.stamp(row.person),
        has_signed=_has_signed(row.person_id),
        asked=service.asked_again(session, person=row.person, now=now),
        offer=unitchoice.offer(
            session,
            granted=granted,
            on=clock.today(now),
            words=request.form.get("cari-unit", ""),
            chosen=request.form.get("unit", ""),
        ),
        history=correcting.history(session, person_id=row.person_id),
        wrong={field: errors.as_json(each)["message"] for field, each in (wrong or {}).items()},
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
        now=now,
    )


def _preview_page(report_id: int, made: correcting.Plan) -> str:
    visitor.note(SEEN, person_id=made.person_id)
    signed = _has_signed(made.person_id)
    return render_template(
        "signing/correction.html", report_id=report_id, made=made, sent=request.form, has_signed=signed
    )


def _has_signed(person_id: int) -> bool:
    """Say whether a person holds a valid certificate."""
    return Status.VALID in {row.status for row in certificates.of_person(db.session(), person_id=person_id)}


def _wanted() -> Wanted:
    form = request.form
    return Wanted(*(form.get(name, "") for name in ("nama", "pangkat", "jabatan", "unit")))


def _record_correction(session: Session, person_id: int) -> None:
    accounts.record(
        session,
        account_id=current_user.account_id,
        action="laporan-data-perbaiki",
        person_id=person_id,
        now=clock.now(),
    )


def _administered() -> Sequence[Unit]:
    return visitor.open_units(Role.ADMINISTRATOR)
