"""Who moved away from what they lead: found by the worker from time to time and marked on their grants.

A country has tens of thousands of heads, and asking each of them at every look of the menu would take longer than the
page (docs/decisions/0096).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from pakta.accounts import grants
from pakta.accounts.models import Account, RoleGrant
from pakta.roles import Role
from pakta.roster.models import Person, PersonMove, Unit

QUIET = 15.0  # seconds until they are looked for again
LEADING = (Role.HEAD.value, Role.DELEGATE.value)


def find(session: Session, *, now: datetime) -> dict[int, datetime]:
    """Return the grants whose holders moved out of their unit since and stand elsewhere, and when they last moved."""
    stands_in, left = aliased(Unit), aliased(Unit)
    rows = (
        select(RoleGrant.id, func.max(PersonMove.moved_at))
        .select_from(RoleGrant)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .join(Person, Person.id == Account.person_id)
        .join(stands_in, stands_in.id == Person.unit_id)
        .join(PersonMove, PersonMove.person_id == Person.id)
        .join(left, left.id == PersonMove.old_unit_id)
        .where(RoleGrant.role.in_(LEADING), grants.stands(now=now), PersonMove.moved_at > RoleGrant.granted_at)
        .where(left.path.startswith(Unit.path), ~stands_in.path.startswith(Unit.path))
        .group_by(RoleGrant.id)
    )
    return {grant_id: moved_at for grant_id, moved_at in session.execute(rows)}


def keep(session: Session, found: Mapping[int, datetime], *, now: datetime) -> None:
    """Mark these grants, and no others, by id, as `lapse` holds them; what is marked already is left alone."""
    rows = session.execute(select(RoleGrant.id, RoleGrant.away_since).where(RoleGrant.away_since.is_not(None)))
    marked = {grant_id: since for grant_id, since in rows}
    for grant_id in sorted(marked.keys() | found.keys()):
        since = found.get(grant_id)
        if marked.get(grant_id) != since:
            session.execute(update(RoleGrant).where(RoleGrant.id == grant_id).values(away_since=since))
