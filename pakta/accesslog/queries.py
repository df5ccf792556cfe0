"""Lines of the access log: found from the newest, and told with the names that their reader may know.

Every question is answered from one index, however long the log is: of each institution, unit or account the newest
lines are read, as many as a page holds, and put together here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, lazyload

from pakta.accesslog import rules
from pakta.accounts.models import AccessLog, Account, RoleGrant
from pakta.roster import rules as roster_rules
from pakta.roster import scope
from pakta.roster.models import Person, Unit

PAGE = 50
HOLDERS = 10  # accounts that a name may mean
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are asked for.

    accounts      of these who looked; None: of anybody
    since, until  from this moment on, and before that one
    before        a line: those that are older
    """

    unit_id: int | None = None
    accounts: Sequence[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is told.

    who    None for a command on the server
    roles  what they held at that time
    about  the person; empty where there is none, or where the reader may not know
    """

    id: int
    at: datetime
    who: str | None
    roles: Sequence[str]
    action: str
    unit: str
    about: str
    detail: str


def of_units(session: Session, *, roots: Sequence[Unit], wanted: Wanted, most: int = PAGE) -> list[AccessLog]:
    """Return the newest lines of the institutions of which `roots` are the units, or of units below them."""
    narrow = wanted.unit_id is not None or wanted.accounts is not None
    reaches = [_reach(each, walked=not narrow) for each in roots]
    if not reaches:
        return []
    own: list[list[Condition]]
    if wanted.unit_id is not None:  # its index is the one to walk, unless an account's is
        mark = AccessLog.unit_id + 0 if wanted.accounts is not None else AccessLog.unit_id
        own = [[mark == wanted.unit_id, or_(*reaches)]]
    elif narrow:
        own = [[or_(*reaches)]]
    else:
        own = [[each] for each in reaches]
    if wanted.accounts is not None:
        own = [[AccessLog.account_id == each, *conditions] for each in wanted.accounts for conditions in own]
    return newest(session, branches=own, wanted=wanted, most=most)


def newest(
    session: Session, *, branches: Iterable[Sequence[Condition]], wanted: Wanted, most: int
) -> list[AccessLog]:
    """Return the newest lines for which one of the branches holds, each once."""
    bounds: list[Condition] = []
    if wanted.since is not None:
        bounds.append(AccessLog.at >= wanted.since)
    if wanted.until is not None:
        bounds.append(AccessLog.at < wanted.until)
    last = session.get(AccessLog, wanted.before) if wanted.before is not None else None
    if last is not None:
        older = or_(AccessLog.at < last.at, AccessLog.id < last.id)
        bounds.append(and_(AccessLog.at <= last.at, older))
    found: dict[int, AccessLog] = {}
    for branch in branches:
        rows = select(AccessLog).where(*branch, *bounds).order_by(AccessLog.at.desc(), AccessLog.id.desc())
        found |= {row.id: row for row in session.execute(rows.limit(most)).scalars()}
    return sorted(found.values(), key=lambda row: (row.at, row.id), reverse=True)[:most]


def holders(session: Session, *, within: Sequence[Unit], name: str) -> list[int]:
    """Return the accounts whose owner's name has all these words and who hold or held a role over such a unit."""
    rows = (
        select(Account.id)
        .join(Person, Person.id == Account.person_id)
        .where(
            *(Person.name.icontains(word, autoescape=True) for word in name.split()),
            Account.id.in_(
                select(RoleGrant.account_id)
                .join(Unit, Unit.id == RoleGrant.unit_id)
                .where(scope.subtree_clause(within))
            ),
        )
        .order_by(Account.id)
    )
    return list(session.scalars(rows.limit(HOLDERS + 1)))


def told(session: Session, *, rows: Sequence[AccessLog], named: Sequence[Unit]) -> list[Line]:
    """Return lines with names: whom they are about only within the units over which the reader sees names."""
    people = _people(session, {row.person_id for row in rows if row.person_id is not None})
    accounts = _accounts(session, {row.account_id for row in rows if row.account_id is not None})
    units = {unit.id: unit for unit in _units(session, {row.unit_id for row in rows if row.unit_id is not None})}
    grants = _grants(session, accounts)
    lines = []
    for row in rows:
        person, unit = people.get(row.person_id or 0), units.get(row.unit_id or 0)
        whole = unit is not None and scope.in_scope(named, unit)
        if unit is None:
            whole = any(each.institution_id == row.institution_id for each in named)
        roles = [g.role for g in grants.get(row.account_id or 0, ()) if _held(g, row.at)]
        lines.append(
            Line(
                row.id, row.at, accounts.get(row.account_id or 0), sorted(set(roles)), row.action,
                unit.name if unit else "",
                person.name if person and scope.in_scope(named, person.unit) else "",
                row.detail if whole or rules.tells(row.action) else "",
            )
        )  # fmt: skip
    return lines


def _reach(root: Unit, *, walked: bool) -> Condition:
    """Return the condition of the lines that belong to a unit; `walked`: its index is the one to use."""
    if root.parent_id is None:
        column = AccessLog.institution_id if walked else AccessLog.institution_id + 0
        return column == root.institution_id
    below = select(Unit.id).where(Unit.path.startswith(root.path, autoescape=True))
    return AccessLog.unit_id.in_(below)


def _people(session: Session, ids: set[int]) -> Mapping[int, Person]:
    rows = session.execute(select(Person).where(Person.id.in_(ids))).unique().scalars()
    return {each.id: each for each in rows}


def _accounts(session: Session, ids: set[int]) -> Mapping[int, str]:
    rows = select(Account.id, Person.name).join(Person, Person.id == Account.person_id).where(Account.id.in_(ids))
    return {row[0]: row[1] for row in session.execute(rows)}


def _units(session: Session, ids: set[int]) -> Sequence[Unit]:
    return session.execute(select(Unit).options(lazyload(Unit.institution)).where(Unit.id.in_(ids))).scalars().all()


def _grants(session: Session, accounts: Mapping[int, str]) -> Mapping[int, Sequence[RoleGrant]]:
    found: dict[int, list[RoleGrant]] = {}
    for grant in session.execute(select(RoleGrant).where(RoleGrant.account_id.in_(accounts))).scalars():
        found.setdefault(grant.account_id, []).append(grant)
    return found


def _held(grant: RoleGrant, at: datetime) -> bool:
    lasts = grant.lasts(on=roster_rules.day_of(at))
    return grant.granted_at <= at and (grant.ended_at is None or at < grant.ended_at) and lasts
