"""Pages of "Laporkan data salah": the person's report, and the administrator's queue."""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pakta.accounts import service as accounts
from pakta.accounts import visitor
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster.models import Unit
from pakta.signing import reports, rules
from pakta.signing.blueprint import bp
from pakta.web import access, clock, errors


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
    visitor.note("laporan-data-lihat")
    return _queue_page()


@bp.post("/laporan-data/<int:report_id>")
@access.requires(Role.ADMINISTRATOR)
def answer_report(report_id: int) -> str | Response | tuple[str, int]:
    """Answer one report."""
    try:
        with transaction() as session:
            row = reports.answer(
                session,
                report_id=report_id,
                granted=_administered(),
                account_id=current_user.account_id,
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
        return _queue_page(refusal=refusal, wrong_id=report_id), 422
    return redirect(url_for("signing.report_queue"))


def _wrong_data_page(*, refusal: Refusal | None = None) -> str:
    return render_template(
        "signing/wrong_data.html",
        person=current_user.person,
        rows=reports.of_person(db.session(), person=current_user.person),
        fields=rules.FIELDS,
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
        sent=request.args.get("terkirim") == "1",
    )


def _queue_page(*, refusal: Refusal | None = None, wrong_id: int = 0) -> str:
    return render_template(
        "signing/report_queue.html",
        rows=reports.queue(db.session(), granted=_administered()),
        refusal=refusal,
        wrong_id=wrong_id,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
    )


def _administered() -> Sequence[Unit]:
    return [grant.unit for grant in current_user.grants if grant.role == Role.ADMINISTRATOR]
