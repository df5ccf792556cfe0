"""Who the visitor is: what flask-login asks for each request, what they cover, what is noted, and how they leave."""

from __future__ import annotations

from collections.abc import Sequence

from flask import session as cookie
from flask_login import current_user, logout_user

from pakta import asker
from pakta.accounts import audit, grants, sessions
from pakta.accounts.models import SignIn
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import scope
from pakta.roster.models import Unit
from pakta.web import clock


def load(token: str) -> SignIn | None:
    """Return the live sign-in whose token the cookie carries, or None."""
    return sessions.find(db.session(), token=token, now=clock.now())


def open_units(*roles: Role) -> list[Unit]:
    """Return the units over which the visitor holds one of these roles and that stand open today.

    What `roster.scope` decides from, on every page: a role over a unit that was closed reaches nobody any more.
    """
    return grants.units_with(current_user.grants, *roles)


def bound() -> dict[str, object]:
    """Return what the parameters of `asker` stand for: the signed-in visitor."""
    administers, supervises = (scope.roots(open_units(role)) for role in (Role.ADMINISTRATOR, Role.SUPERVISOR))
    return {
        asker.ACCOUNT.key: current_user.account_id,
        asker.PERSON.key: current_user.person.id,
        asker.TODAY.key: clock.today(),
        asker.ADMINISTERS: [each.path for each in administers],
        asker.SUPERVISES: [each.path for each in supervises],
    }


def note(action: str, *, unit_id: int | None = None, person_id: int | None = None, how: Sequence[str] = ()) -> None:
    """Write into the access log that the visitor looks at other people's data.

    how  which list it was, searched or not; never what was searched for

    A look at no one unit or person is a line of each institution over which the visitor holds a role.
    """
    account_id, now, detail = current_user.account_id, clock.now(), ", ".join(filter(None, how))
    whose: list[int | None] = [None]
    if unit_id is None and person_id is None:
        whose = [*sorted({grant.unit.institution_id for grant in current_user.grants})] or whose
    with transaction(anew=False) as session:
        for each in whose:
            audit.record(
                session, account_id=account_id, action=action, unit_id=unit_id, person_id=person_id,
                institution_id=each, detail=detail, now=now,
            )  # fmt: skip


def leave() -> None:
    """End the visitor's session, if there is one, and empty their cookie."""
    if current_user.is_authenticated:
        with transaction() as session:
            sessions.end(session, sign_in=current_user, now=clock.now())
    logout_user()
    cookie.clear()
