"""Pages of "Bukan saya" for whoever says it, and the list of disputes for those who answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select
from werkzeug.wrappers import Response

from pakta.accounts import grants, visitor
from pakta.accounts import rules as account_rules
from pakta.accounts import service as accounts
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.disputes import service
from pakta.roles import Role
from pakta.roster import scope
from pakta.web import access, clock, errors, switch, wired

bp = Blueprint("disputes", __name__)


@bp.app_template_global("waiting_disputes")
def waiting_disputes() -> Select[int]:
    """Return what counts the open disputes that the signed-in visitor decides or watches over, for the menu."""
    return service.WAITING


@bp.get("/bukan-saya")
@access.open_to_all
@switch.bilingual
def ask() -> str:
    """Ask which key is not one's own: by the used slip's code, or from the list of one's keys."""
    return _ask_page()


@bp.post("/bukan-saya")
@access.open_to_all
@switch.bilingual
def say_with_slip() -> str | tuple[str, int]:
    """Suspend what was enrolled with the slip whose code is given, or in its stead."""
    code = request.form.get("kode", "")
    try:
        _count_try(code)  # in a transaction of its own: a refusal must not undo its count
        with transaction() as session:
            rows = service.say_with_slip(
                session, code=code, now=clock.now(), keyring=wired().keyring, config=wired().config
            )
    except Refusal as refusal:
        return _ask_page(refusal=refusal), errors.STATUS.get(refusal.reason, 422)
    return render_template("disputes/said.html", rows=rows)


@bp.post("/bukan-saya/kunci/<int:key_id>")
@access.signed_in
@switch.bilingual
def say_signed_in(key_id: int) -> str:
    """Suspend one of the visitor's own keys."""
    with transaction() as session:
        row = service.say_signed_in(
            session,
            sign_in=current_user,
            key_id=key_id,
            now=clock.now(),
            keyring=wired().keyring,
            config=wired().config,
        )
    return render_template("disputes/said.html", rows=[row])


@bp.get("/keberatan")
@access.requires(Role.ADMINISTRATOR, Role.SUPERVISOR)
@access.fresh_unless_own
def listing() -> str | Response:
    """List the disputes: with names where the visitor is administrator, without where they only supervise.

    Who may fill in its forms signs in afresh before they see one, not after: what they typed would be lost.
    """
    again = access.ask_again() if _granted(Role.ADMINISTRATOR) else None
    if again is not None:
        return again
    return _listing_page()


@bp.post("/keberatan/<int:dispute_id>")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def decide(dispute_id: int) -> Response | tuple[str, int]:
    """Say what was found; the second administrator who finds the same closes the dispute."""
    try:
        with transaction() as session:
            row = service.decide(
                session,
                dispute_id=dispute_id,
                by=current_user.account,
                result=request.form.get("hasil", ""),
                outcome=request.form.get("keterangan", ""),
                now=clock.now(),
                keyring=wired().keyring,
                config=wired().config,
            )
            accounts.record(
                session,
                account_id=current_user.account_id,
                action="keberatan-tutup" if row.closed_at else "keberatan-temuan",
                person_id=row.person_id,
                now=clock.now(),
            )
    except Refusal as refusal:
        return _listing_page(refusal=refusal, at=dispute_id), 422
    return redirect(url_for("disputes.listing"))


def _count_try(code: str) -> None:
    with transaction() as session:
        accounts.take_try(
            session,
            purpose="bukan-saya",
            tried=account_rules.parse_code(code),
            address=request.remote_addr or "",
            now=clock.now(),
            pepper=wired().keyring.pepper,
        )


def _ask_page(*, refusal: Refusal | None = None) -> str:
    keys = accounts.keys_of(db.session(), person=current_user.person) if current_user.is_authenticated else []
    return render_template(
        "disputes/ask.html",
        keys=keys,
        disputable=service.disputable(db.session(), keys=keys),
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
    )


def _listing_page(*, refusal: Refusal | None = None, at: int = 0) -> str:
    visitor.note("keberatan-lihat")
    administered = _granted(Role.ADMINISTRATOR)
    rows = service.in_units(db.session(), granted=_granted(Role.ADMINISTRATOR, Role.SUPERVISOR))
    session, open_ones, now = db.session(), [row for row in rows if not row.closed_at], clock.now()
    return render_template(
        "disputes/listing.html",
        rows=rows,
        disagreed={row.id for row in rows if service.disagreed(row)},
        upheld={row.id for row in rows if service.upheld(row)},
        counting={row.id for row in open_ones if service.counts(session, row=row, now=now)},
        beyond={
            row.id
            for row in open_ones
            if grants.is_beyond(session, person_id=row.person_id, granted=administered, now=now)
        },
        named={row.id for row in rows if scope.in_scope(administered, row.person.unit)},
        administers=bool(administered),
        own_id=current_user.account_id,
        own_person_id=current_user.account.person_id,
        at=at if refusal and refusal.reason is Reason.ANSWER_INCOMPLETE else 0,
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
    )


def _granted(*roles: Role) -> list[Any]:
    return visitor.open_units(*roles)
