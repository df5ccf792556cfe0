"""Who the visitor is: what flask-login asks for each request, and what is noted of them."""

from __future__ import annotations

from pakta.accounts import sessions
from pakta.accounts.models import SignIn
from pakta.database import db
from pakta.web import clock


def load(token: str) -> SignIn | None:
    """Return the live sign-in whose token the cookie carries, or None."""
    return sessions.find(db.session(), token=token, now=clock.now())
