"""Who leads a unit, or stands in for who does, is told that an administrator merged, split or renamed it: their
numbers change by it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pakta.accounts import grants
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.roles import Role
from pakta.roster import counters
from pakta.roster.models import Unit

LEADING = (Role.HEAD, Role.DELEGATE)


def leading(session: Session, *, units: Sequence[Unit], but: int, now: datetime) -> dict[int, list[Unit]]:
    """Return by person which of these units they lead or stand in for, by a role over it or one above.

    but  the account that is told nothing: who does it
    """
    above = {key for unit in units for key in counters.lineage(unit.path)}
    held = grants.over_open(grants.over_units(session, unit_ids=sorted(above), now=now), now=now)
    found: dict[int, list[Unit]] = {}
    for grant in held:
        if grant.role in LEADING and grant.account_id != but:
            known = found.setdefault(grant.account.person_id, [])
            known += [each for each in units if each not in known and grant.unit_id in counters.lineage(each.path)]
    return found


def tell(
    session: Session,
    *,
    people: Collection[int],
    what: str,
    unit: str,
    now: datetime,
    more: Mapping[str, str | int] | None = None,
) -> None:
    """Tell people what was done to a unit of this name; `what` and `more` as `notices.rules.Kind` says."""
    facts: dict[str, str | int] = {"what": what, "unit": unit, **(more or {})}
    for person_id in sorted(people):
        notices.tell(session, person_id=person_id, kind=Kind.UNIT_CHANGED, facts=facts, now=now)
