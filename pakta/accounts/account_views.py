"""One's own account: data, keys, sessions, roles."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pakta.accounts import keys, recovery, service, sessions
from pakta.accounts.blueprint import bp
from pakta.database import db, transaction
from pakta.web import access, clock


@bp.get("/akun")
@access.signed_in
def account() -> str:
    """Show everything that stands in the visitor's name."""
    db_session = db.session()
    person = current_user.person
    asked, now = recovery.of_person(db_session, person=person), clock.now()
    return render_template(
        "accounts/account.html",
        person=person,
        has_passphrase=current_user.account.passphrase is not None,
        keys=service.keys_of(db_session, person=person),
        is_standing=keys.is_standing,
        sessions=sessions.of_account(db_session, account=current_user.account, now=now),
        grants=current_user.grants,
        recoveries=[(row, recovery.state(db_session, row, now=now)) for row in asked],
    )


@bp.post("/akun/sesi/<int:sign_in_id>/akhiri")
@access.signed_in
def end_session(sign_in_id: int) -> Response:
    """End one of the visitor's own sessions."""
    with transaction() as db_session:
        sessions.end_own(db_session, account=current_user.account, sign_in_id=sign_in_id, now=clock.now())
    return redirect(url_for("accounts.account") + "#sesi")


@bp.post("/akun/sesi/akhiri-lain")
@access.signed_in
def end_other_sessions() -> Response:
    """End every session of the visitor but this one."""
    with transaction() as db_session:
        sessions.end_all(db_session, account=current_user.account, but=current_user, now=clock.now())
    return redirect(url_for("accounts.account") + "#sesi")
