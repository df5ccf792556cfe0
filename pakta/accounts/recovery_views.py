"""Recovery: asked for by one administrator, approved or refused by another."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pakta.accounts import grants, recovery, rules, visitor
from pakta.accounts.blueprint import bp, guarded_number, status_of, told
from pakta.accounts.models import Account
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster.models import Unit
from pakta.web import access, clock, wired


@bp.app_template_global("waiting_recoveries")
def waiting_recoveries() -> Select[int]:
    """Return what counts the recoveries that wait for the signed-in administrator, for the menu."""
    return recovery.WAITING


@bp.get("/pemulihan")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def recoveries() -> str:
    """Show the form and the recoveries of people in the administrator's units."""
    return _page()


@bp.post("/pemulihan")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def request_recovery() -> Response | tuple[str, int]:
    """Ask for a recovery."""
    number = request.form.get("nomor", "")
    tried = f"account {current_user.account_id}"
    try:
        with guarded_number(tried), transaction() as session:
            recovery.request(
                session,
                by=current_user.account,
                administered=_administered(),
                number=number,
                reason=request.form.get("alasan", ""),
                now=clock.now(),
                pepper=wired().keyring.pepper,
            )
    except Refusal as refusal:
        visitor.note("pemulihan-gagal")
        return _page(refusal=refusal, number=number), status_of(refusal)
    return redirect(url_for("accounts.recoveries"))


@bp.post("/pemulihan/<int:recovery_id>/setujui")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def approve_recovery(recovery_id: int) -> str | tuple[str, int]:
    """Approve as the second administrator, and show the new slip's code once."""
    try:
        with transaction() as session:
            row, code = recovery.approve(
                session,
                recovery_id=recovery_id,
                by=current_user.account,
                now=clock.now(),
                pepper=wired().keyring.pepper,
            )
    except Refusal as refusal:
        return _page(refusal=refusal), status_of(refusal)
    return render_template(
        "accounts/recovery_code.html",
        row=row,
        code=rules.grouped_code(code),
        printed_at=clock.now(),
        expires_at=clock.now() + rules.SLIP_VALID,
    )


@bp.post("/pemulihan/<int:recovery_id>/tolak")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def refuse_recovery(recovery_id: int) -> Response | tuple[str, int]:
    """Refuse, or withdraw one's own request."""
    try:
        with transaction() as session:
            recovery.refuse(
                session,
                recovery_id=recovery_id,
                by=current_user.account,
                now=clock.now(),
            )
    except Refusal as refusal:
        return _page(refusal=refusal), status_of(refusal)
    return redirect(url_for("accounts.recoveries"))


def _administered() -> list[Unit]:
    return visitor.open_units(Role.ADMINISTRATOR)


def _page(*, refusal: Refusal | None = None, number: str = "") -> str:
    visitor.note("pemulihan-lihat")
    session, now = db.session(), clock.now()
    rows = recovery.in_units(session, administered=_administered())
    return render_template(
        "accounts/recovery.html",
        rows=[
            (
                row,
                recovery.state(session, row, now=now),
                _name(session, row.requested_by_id),
                _name(session, row.approved_by_id) if row.approved_at else "",
                recovery.is_open(row)
                and grants.is_beyond(session, person_id=row.person_id, granted=_administered(), now=now),
            )
            for row in rows
        ],
        own_id=current_user.account_id,
        own_person_id=current_user.account.person_id,
        number=number,
        reason=request.form.get("alasan", ""),
        **told(refusal),
    )


def _name(session: Session, account_id: int | None) -> str:
    if account_id is None:
        return "administrator yang datanya sudah dihapus"
    return session.get_one(Account, account_id).person.name
