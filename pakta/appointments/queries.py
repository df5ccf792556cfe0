"""Lists: who holds which role now, and appointments by who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload

from pakta import asker
from pakta.accounts import grants
from pakta.accounts.models import Account, RoleGrant
from pakta.appointments.models import Appointment
from pakta.appointments.rules import TOLD_FOR, State, Wanted
from pakta.roles import Role
from pakta.roster import lists, scope, units
from pakta.roster import rules as roster_rules
from pakta.roster.models import Person, Unit
from pakta.roster.rules import LEFT, day_of

LISTED = 500  # appointments of a list
PAGE = 50  # holders of a page, and of a search
MOST = 1000  # holders that are listed; of more a unit below is chosen, since sorting a country's takes seconds


@dataclass(frozen=True, slots=True)
class Holders:
    """One page of who holds a role; pages count from 1, and `total` counts those of all pages.

    below  where there are more than `MOST`: the units right below, one of which is to be chosen; `grants` are then
           those over the units themselves, and `total` says one more than `MOST`
    """

    grants: list[RoleGrant]
    page: int
    last: int
    total: int
    below: Sequence[Unit] = ()


def holders(session: Session, *, within: Sequence[Unit], now: datetime, page: int = 1) -> Holders:
    """Return a page of who holds a role over units within these, by unit, the administrators of each first."""
    query = _holding(lists.over(session, RoleGrant.unit_id, within), now)
    some = select(func.count()).select_from(query.limit(MOST + 1).subquery())
    total = int(session.execute(some).scalar_one())
    if total > MOST:
        return _above(session, within=within, now=now, total=total)
    last = max(1, -(-total // PAGE))
    page = min(max(1, page), last)
    ids = session.scalars(_by_unit(query).offset((page - 1) * PAGE).limit(PAGE)).all()
    return Holders(_read(session, ids), page, last, total)


def _above(session: Session, *, within: Sequence[Unit], now: datetime, total: int) -> Holders:
    """Return who holds a role over exactly these units, of which too many are below."""
    top = scope.roots(within)
    ids = [each.id for each in grants.over_units(session, unit_ids=[unit.id for unit in top], now=now)]
    below = [each for unit in top for each in units.children(session, unit=unit, on=day_of(now))]
    return Holders(_read(session, ids), 1, 1, total, below)


def holders_called(
    session: Session, *, within: Sequence[Unit], words: Sequence[str], now: datetime
) -> list[RoleGrant]:
    """Return those of them whose names hold all words: at most one more than `PAGE`."""
    query = _holding(scope.subtree_clause(within), now)
    for word in words:
        query = query.where(func.lower(Person.name).contains(word.lower(), autoescape=True))
    return _read(session, session.scalars(_by_unit(query).limit(PAGE + 1)).all())


def holders_numbered(
    session: Session, *, within: Sequence[Unit], number: str, pepper: roster_rules.Pepper, now: datetime
) -> list[RoleGrant]:
    """Return those of them who have this identity number, written in any way."""
    lookup = Person.number_lookup == roster_rules.lookup(number, pepper=pepper)
    return _read(session, session.scalars(_by_unit(_holding(scope.subtree_clause(within), now).where(lookup))).all())


def _holding(over: ColumnElement[bool], now: datetime) -> Select[int]:
    return (
        select(RoleGrant.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(grants.stands(now=now), over)
    )


def _by_unit(query: Select[int]) -> Select[int]:
    return query.order_by(
        Unit.path, RoleGrant.role != Role.ADMINISTRATOR.value, RoleGrant.role, Person.name, RoleGrant.id
    )


def _read(session: Session, ids: Sequence[int]) -> list[RoleGrant]:
    """Return grants in the order of `ids`, with who holds them."""
    whole = joinedload(RoleGrant.account).joinedload(Account.person)
    rows = session.scalars(select(RoleGrant).where(RoleGrant.id.in_(ids)).options(whole))
    found = {each.id: each for each in rows}
    return [found[each] for each in ids]


def heads(session: Session, *, unit: Unit, but: Person, now: datetime) -> list[RoleGrant]:
    """Return who else is head of exactly this unit now, by name."""
    wanted = (
        select(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(RoleGrant.role == Role.HEAD.value, RoleGrant.unit_id == unit.id, grants.stands(now=now))
        .where(Person.id != but.id)
        .order_by(Person.name, Person.id)
    )
    return list(session.execute(wanted).scalars())


def titles(session: Session, *, holders: Sequence[RoleGrant]) -> dict[int, str]:
    """Return how delegates are called (Sekretaris, Plt.), by their grants, as their newest appointment says."""
    wanted = (
        select(Appointment)
        .where(Appointment.role == Role.DELEGATE.value, Appointment.outcome == State.APPROVED.value)
        .where(Appointment.wanted != Wanted.END.value, Appointment.unit_id.in_({each.unit_id for each in holders}))
        .order_by(Appointment.id)
    )
    said = {(row.person_id, row.role, row.unit_id): row.title for row in session.execute(wanted).scalars()}
    return {each.id: said.get((each.account.person_id, each.role, each.unit_id), "") for each in holders}


def moved_away(session: Session, *, administered: Sequence[Unit], now: datetime) -> list[RoleGrant]:
    """Return who still leads or stands in for a unit that they moved away from, where nobody asked for an end yet.

    By unit and name; of a moment ago, as the worker marked them (`away`).
    """
    wanted = _away(administered, day_of(now)).with_only_columns(RoleGrant.id).join(Unit, Unit.id == RoleGrant.unit_id)
    ordered = wanted.order_by(Unit.path, Person.name, RoleGrant.id).limit(LISTED)
    return _read(session, session.scalars(ordered).all())


def _away(administered: Sequence[Unit] | str, on: date | BindParameter[Any]) -> Select[Any]:
    asked = select(Appointment.id).where(
        Appointment.person_id == Person.id,
        Appointment.role == RoleGrant.role,
        Appointment.unit_id == RoleGrant.unit_id,
        Appointment.outcome.is_(None),
    )
    return (
        select(func.count())
        .select_from(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(RoleGrant.away_since.is_not(None), grants.stands_on(on), ~asked.exists())
        .where(scope.unit_clause(RoleGrant.unit_id, administered))
    )


def lapsed(session: Session, *, within: Sequence[Unit], now: datetime) -> list[RoleGrant]:
    """Return the roles whose last day was over not long ago, the newest first, where somebody may still prolong them.

    Not where somebody asked already, the holder is gone, or the unit has closed.
    """
    on = day_of(now)
    wanted = (
        select(RoleGrant)
        .where(RoleGrant.last_on < on, RoleGrant.last_on >= on - TOLD_FOR)
        .where(scope.unit_clause(RoleGrant.unit_id, within))
        .order_by(RoleGrant.last_on.desc(), RoleGrant.id)
        .limit(LISTED)
    )
    return [grant for grant in session.execute(wanted).scalars() if _waits(session, grant, now)]


def _waits(session: Session, grant: RoleGrant, now: datetime) -> bool:
    """Say whether nobody asked yet for the role of a lapsed grant, and its holder and unit are still there."""
    person, role = grant.account.person, Role(grant.role)
    return (
        has_lapsed(session, grant=grant, now=now)
        and grant.unit.is_open(on=day_of(now))
        and person.status not in LEFT
        and open_of(session, person=person, role=role, unit=grant.unit) is None
    )


def has_lapsed(session: Session, *, grant: RoleGrant, now: datetime) -> bool:
    """Say whether a grant came to its last day, was not ended before, and was not given anew since.

    Whose holder left and came back has ended by that.
    """
    if grant.last_on is None or grant.lasts(on=day_of(now)) or not grant.is_since_return(grant.account.person):
        return False
    held = grants.of_account(session, account=grant.account, now=now)
    anew = any((each.role, each.unit_id) == (grant.role, grant.unit_id) for each in held)
    return not anew and (grant.ended_at is None or day_of(grant.ended_at) > grant.last_on)


def open_of(session: Session, *, person: Person, role: Role, unit: Unit) -> Appointment | None:
    """Return the undecided appointment about this role of a person, or None."""
    wanted = select(Appointment).where(
        Appointment.person_id == person.id,
        Appointment.role == role.value,
        Appointment.unit_id == unit.id,
        Appointment.outcome.is_(None),
    )
    return session.execute(wanted).scalar_one_or_none()


def seen_by(
    session: Session, *, account: Account, within: Sequence[Unit], administered: Sequence[Unit]
) -> list[Appointment]:
    """Return the newest appointments that an account asked `within` the units of its roles, or administers."""
    own = and_(Appointment.asked_by_id == account.id, scope.subtree_clause(within))
    wanted = (
        select(Appointment)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(or_(own, scope.subtree_clause(administered)))
        .order_by(Appointment.id.desc())
        .limit(LISTED)
    )
    return list(session.execute(wanted).scalars())


# What counts, for the menu, the appointments that wait for the visitor: none that they asked, approved or are about.
_OF_OTHERS = select(func.count()).where(
    Appointment.outcome.is_(None),
    scope.unit_clause(Appointment.unit_id, asker.ADMINISTERS),
    Appointment.asked_by_id.is_distinct_from(asker.ACCOUNT),
    Appointment.first_by_id.is_distinct_from(asker.ACCOUNT),
    Appointment.person_id != asker.PERSON,
)
# With them who moved away from what they lead: somebody is to ask for an end.
WAITING: Select[int] = select(_OF_OTHERS.scalar_subquery() + _away(asker.ADMINISTERS, asker.TODAY).scalar_subquery())


_OVER = select(RoleGrant.id).where(RoleGrant.last_on < bindparam("on"), RoleGrant.last_on >= bindparam("since"))
_ANY_OVER = select(_OVER.exists())


def lapsed_of_others(session: Session, *, account_id: int, within: Sequence[Unit], now: datetime) -> int:
    """Return how many roles of others are `lapsed`, for the menu; mostly none anywhere is, which an index tells."""
    on = day_of(now)
    if not session.execute(_ANY_OVER, {"on": on, "since": on - TOLD_FOR}).scalar_one():
        return 0
    return sum(grant.account_id != account_id for grant in lapsed(session, within=within, now=now))
