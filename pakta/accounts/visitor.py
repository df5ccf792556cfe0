"""Who the visitor is: what flask-login asks for each request, what is noted of them, and how they leave."""

from __future__ import annotations

from flask import session as cookie
from flask_login import current_user, logout_user

from pakta.accounts import audit, sessions
from pakta.accounts.models import SignIn
from pakta.database import db, transaction
from pakta.web import clock


def load(token: str) -> SignIn | None:
    """Return the live sign-in whose token the cookie carries, or None."""
    return sessions.find(db.session(), token=token, now=clock.now())


def note(action: str, *, unit_id: int | None = None, person_id: int | None = None) -> None:
    """Write into the access log that the visitor looks at other people's data."""
    account_id, now = current_user.account_id, clock.now()
    with transaction() as session:
        audit.record(session, account_id=account_id, action=action, unit_id=unit_id, person_id=person_id, now=now)


def leave() -> None:
    """End the visitor's session, if there is one, and empty their cookie."""
    if current_user.is_authenticated:
        with transaction() as session:
            sessions.end(session, sign_in=current_user, now=clock.now())
    logout_user()
    cookie.clear()
