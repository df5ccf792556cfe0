"""Roles: given over a unit and all below it, taken back, and never changed silently.

Rules  a change of role ends every session of the account at once.  The head of a perangkat
       daerah or kecamatan signs the pact for heads while the grant stands.  A grant may have a last day: from
       the next one on it counts no more, and the worker ends it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, literal_column, not_, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from pakta.accounts import audit, sessions, slips
from pakta.accounts.models import Account, PersonKey, RoleGrant
from pakta.core.errors import Reason, Refusal
from pakta.roles import Role
from pakta.roster import counters, planning, scope
from pakta.roster import rules as roster_rules
from pakta.roster import service as roster
from pakta.roster.models import Person, Unit
from pakta.roster.rules import LEFT

FEWEST = 2  # administrators over any unit: fewer could not act by two
HEADS_OF = frozenset({"opd", "kecamatan"})
SIGNS_AS_HEAD = "kepala"


def grant_role(
    session: Session,
    *,
    person: Person,
    role: Role,
    unit: Unit,
    now: datetime,
    by: Account | None = None,
    last_on: date | None = None,
) -> RoleGrant:
    """Give a person a role over `unit` and all below it; the same again changes nothing.

    A new role ends the slip that waits for them: who let it be made did not decide about this role.

    by       the account that appoints, or None for the command line
    last_on  of a new grant; one that stands gets another by `set_last_day` alone

    Refuses with ACCOUNT_UNKNOWN before activation, and ROLE_UNKNOWN for `Role.SIGNER`,
    which everybody is.
    """
    if role is Role.SIGNER:
        raise Refusal(Reason.ROLE_UNKNOWN, role.value)
    account = account_of(session, person=person)
    for grant in of_account(session, account=account, now=now):
        if grant.role == role.value and grant.unit_id == unit.id:
            return grant
    lapsed = (RoleGrant.account_id == account.id, RoleGrant.role == role.value, RoleGrant.unit_id == unit.id)
    session.execute(update(RoleGrant).where(*lapsed, RoleGrant.ended_at.is_(None)).values(ended_at=now))
    grant = RoleGrant(
        account_id=account.id, role=role.value, unit_id=unit.id, unit=unit, granted_at=now, last_on=last_on
    )
    session.add(grant)
    session.flush()
    slips.cancel_unused(session, person=person, now=now)
    _changed(session, account=account, grant=grant, action="peran-beri", now=now, by=by)
    return grant


def set_last_day(
    session: Session, *, grant: RoleGrant, last_on: date | None, now: datetime, by: Account | None
) -> None:
    """Give a role another last day, or none; the same day changes nothing."""
    if grant.last_on == last_on:
        return
    grant.last_on = last_on
    session.flush()
    _record(session, person=grant.account.person, grant=grant, action="peran-perpanjang", now=now, by=by)


def still_counts(
    session: Session, *, account_id: int | None, unit: Unit, since: datetime | None, now: datetime
) -> bool:
    """Say whether what an account, where there still is one, did at `since` as administrator over a unit counts.

    It holds the role now, and none of its owner's keys was disputed or revoked since: whoever held that key may
    have done it.  A key that was found to be its owner's counts again.
    """
    account = None if account_id is None else session.get(Account, account_id)
    if account is None or since is None:
        return False
    doubted = select(PersonKey.id).where(
        PersonKey.person_id == account.person_id,
        or_(PersonKey.suspended_at >= since, PersonKey.revoked_at >= since),
    )
    if session.execute(doubted.limit(1)).first() is not None:
        return False
    return scope.in_scope(administered(session, account=account, now=now), unit)


def administered(session: Session, *, account: Account, now: datetime) -> list[Unit]:
    """Return the units over which an account is administrator now, freshly read."""
    return units_with(reaching(session, account=account, now=now), Role.ADMINISTRATOR)


def end_role(
    session: Session, *, grant: RoleGrant, now: datetime, by: Account | None = None, action: str = "peran-cabut"
) -> None:
    """Take a role back; a second time changes nothing."""
    if grant.ended_at is not None:
        return
    grant.ended_at = now
    session.flush()
    account = session.get_one(Account, grant.account_id)
    _changed(session, account=account, grant=grant, action=action, now=now, by=by)


def over(session: Session, *, now: datetime) -> Sequence[RoleGrant]:
    """Return the grants whose last day is over and that nobody has ended yet."""
    rows = select(RoleGrant).where(RoleGrant.ended_at.is_(None), RoleGrant.last_on < roster_rules.day_of(now))
    return session.execute(rows.order_by(RoleGrant.id)).scalars().all()


def signing_otherwise(session: Session, *, now: datetime) -> list[Account]:
    """Return those who sign another pact than they should, since a unit closed, opened again or has another kind."""
    on, closed = roster_rules.day_of(now), aliased(Unit)
    has_closed = select(closed.id).where(closed.valid_until < on, Unit.path.startswith(closed.path))
    wanted = (
        select(Account)
        .join(Person, Person.id == Account.person_id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.role == Role.HEAD.value, Unit.kind.in_(HEADS_OF), stands(now=now))
        .where(or_(Person.signs_as != SIGNS_AS_HEAD, has_closed.correlate(Unit).exists()))
    )
    leads = (
        select(RoleGrant.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(RoleGrant.account_id == Account.id, RoleGrant.role == Role.HEAD.value)
        .where(Unit.kind.in_(HEADS_OF), stands(now=now))
    )
    no_more = (  # the word itself: SQLite looks into the index of few alone where it reads it
        select(Account)
        .join(Person, Person.id == Account.person_id)
        .where(Person.signs_as == literal_column(f"'{SIGNS_AS_HEAD}'"), ~leads.correlate(Account, Person).exists())
    )
    found = {each.id: each for query in (wanted, no_more) for each in session.execute(query).scalars().unique()}
    return [found[key] for key in sorted(found) if found[key].person.signs_as != _signs_as(session, found[key], now)]


def stands(*, now: datetime) -> ColumnElement[bool]:
    """Hold for a grant that counts, in a query that is joined with its `Person`.

    Who has left holds no role, and who comes back gets theirs anew, by two.
    """
    return stands_on(roster_rules.day_of(now))


def stands_on(on: date | BindParameter[Any]) -> ColumnElement[bool]:
    """Hold for a grant that counts on a day, as `stands` does; or on the day that a parameter will bring."""
    since = or_(Person.returned_at.is_(None), RoleGrant.granted_at >= Person.returned_at)
    lasts = or_(RoleGrant.last_on.is_(None), RoleGrant.last_on >= on)
    return and_(RoleGrant.ended_at.is_(None), Person.status.not_in(LEFT), since, lasts)


def of_account(session: Session, *, account: Account, now: datetime) -> Sequence[RoleGrant]:
    """Return the roles that an account holds now, freshly read; a closed unit's too, until somebody ends them."""
    session.flush()  # they and their units are read anew: what is not written yet would be lost
    rows = (
        select(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(RoleGrant.account_id == account.id, stands(now=now))
    )
    ordered = rows.order_by(RoleGrant.id).execution_options(populate_existing=True)
    return session.execute(ordered).scalars().all()


def reaching(session: Session, *, account: Account, now: datetime) -> list[RoleGrant]:
    """Return the roles of an account that reach anybody now, freshly read: those over open units."""
    return over_open(of_account(session, account=account, now=now), now=now)


def anew(session: Session, *, account: Account, now: datetime) -> list[RoleGrant]:
    """Return the roles of an account that reach anybody, behind a lock: roles and units that were read before it, and
    may have ended while it was waited for, are read once more.
    """
    session.flush()
    for known in [each for each in session if isinstance(each, RoleGrant | Unit)]:
        session.expire(known)
    return reaching(session, account=account, now=now)


def units_anew(session: Session, *roles: Role, account: Account, now: datetime) -> list[Unit]:
    """Return the units over which an account holds one of these roles, behind a lock: read as `anew` does."""
    return units_with(anew(session, account=account, now=now), *roles)


def over_open(found: Sequence[RoleGrant], *, now: datetime) -> list[RoleGrant]:
    """Return those of these grants whose unit, and all above it, stand open."""
    on = roster_rules.day_of(now)
    return [each for each in found if each.unit.is_open(on=on)]


def administrators_over(session: Session, *, unit: Unit, now: datetime) -> Sequence[RoleGrant]:
    """Return the grants of administrators that reach a unit and count."""
    wanted = (
        select(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(
            RoleGrant.role == Role.ADMINISTRATOR.value,
            RoleGrant.unit_id.in_(counters.lineage(unit.path)),
            stands(now=now),
        )
    )
    return over_open(session.execute(wanted).scalars().all(), now=now)


def over_units(session: Session, *, unit_ids: Sequence[int], now: datetime) -> Sequence[RoleGrant]:
    """Return the grants over exactly these units that count."""
    wanted = (
        select(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(RoleGrant.unit_id.in_(unit_ids), stands(now=now))
    )
    return session.execute(wanted.order_by(RoleGrant.id)).scalars().all()


def check_enough(session: Session, *, gone: Collection[RoleGrant], now: datetime) -> None:
    """Refuse with APPOINTMENT_LAST_TWO to leave a unit with fewer administrators than it takes to act.

    gone  the roles that would end; each unit over which one of them is held is looked at
    """
    ended = {grant.id for grant in gone}
    for unit in {grant.unit_id: grant.unit for grant in gone if grant.role == Role.ADMINISTRATOR}.values():
        found = administrators_over(session, unit=unit, now=now)
        before = {each.account_id for each in found}
        after = {each.account_id for each in found if each.id not in ended}
        if after != before and len(after) < FEWEST:
            raise Refusal(Reason.APPOINTMENT_LAST_TWO)


def check_reached(*, roles: Collection[RoleGrant], granted: Sequence[Unit]) -> None:
    """Refuse with ROLE_BEYOND where one of these roles reaches further than who decides about its holder."""
    if not are_reached(roles=roles, granted=granted):
        raise Refusal(Reason.ROLE_BEYOND)


def are_reached(*, roles: Collection[RoleGrant], granted: Sequence[Unit]) -> bool:
    """Say whether none of these roles reaches further than the granted units; one `outside` is not asked of."""
    return all(scope.in_scope(granted, grant.unit) for grant in roles if not outside(grant))


def outside(grant: RoleGrant) -> bool:
    """Say whether a role is a supervisor's who stands in another institution than the one they watch.

    Those who administer that one decide nothing about them; who watches their own is decided about as others are.
    """
    watches = grant.role == Role.SUPERVISOR
    return watches and grant.unit.institution_id != grant.account.person.unit.institution_id


def still_reaches(
    session: Session,
    *,
    account_id: int | None,
    unit: Unit,
    roles: Collection[RoleGrant],
    since: datetime | None,
    now: datetime,
) -> bool:
    """Say whether what an account did at `since` counts (`still_counts`), over a unit and over all these roles.

    A role `outside` is not asked of.
    """
    held = (grant.unit for grant in roles if not outside(grant))
    asked = {each.id: each for each in (unit, *held)}.values()
    return all(still_counts(session, account_id=account_id, unit=each, since=since, now=now) for each in asked)


def beyond(
    person_id: InstrumentedAttribute[int], granted: Sequence[Unit] | str, *, on: date | BindParameter[Any]
) -> ColumnElement[bool]:
    """Hold where a person's roles are not all reached from these units (`are_reached`), for few rows.

    granted, on  the values, or the parameters that will bring them (`asker`)
    """
    held = (
        select(RoleGrant.id)
        .join(Account, Account.id == RoleGrant.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(Account.person_id == person_id, _inside(), stands_on(on))
        .where(not_(scope.unit_clause(RoleGrant.unit_id, granted)))
    )
    return held.correlate_except(RoleGrant, Account, Person).exists()


def _inside() -> ColumnElement[bool]:
    """Hold for a grant that is not `outside`, beside its holder."""
    watched, own = aliased(Unit), aliased(Unit)
    of_watched = select(watched.institution_id).where(watched.id == RoleGrant.unit_id).correlate(RoleGrant)
    of_own = select(own.institution_id).where(own.id == Person.unit_id).correlate(Person)
    same = of_watched.scalar_subquery() == of_own.scalar_subquery()
    return or_(RoleGrant.role != Role.SUPERVISOR.value, same)


def is_beyond(session: Session, *, person_id: int, granted: Sequence[Unit], now: datetime) -> bool:
    """Say of one person what `beyond` asks of many."""
    return not are_reached(roles=of_people(session, people=[person_id], now=now), granted=granted)


def of_people(session: Session, *, people: Sequence[int], now: datetime) -> list[RoleGrant]:
    """Return the roles that these people hold now, over whatever unit."""
    wanted = (
        select(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(stands(now=now))
        .order_by(RoleGrant.id)
    )
    found: list[RoleGrant] = []
    for at in range(0, len(people), planning.AT_ONCE):
        part = Person.id.in_(people[at : at + planning.AT_ONCE])
        found += session.execute(wanted.where(part)).scalars()
    return found


def holders(session: Session, *, within: Unit, now: datetime) -> Sequence[Person]:
    """Return the people of a unit and all below it who hold a role, over whatever unit."""
    rows = (
        select(Person)
        .join(Unit, Unit.id == Person.unit_id)
        .join(Account, Account.person_id == Person.id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(stands(now=now), scope.subtree_clause([within]))
    )
    return session.execute(rows.order_by(Person.id)).scalars().unique().all()


def account_of(session: Session, *, person: Person) -> Account:
    """Return a person's account; refuses with ACCOUNT_UNKNOWN before activation."""
    row = session.execute(select(Account).where(Account.person_id == person.id)).scalar_one_or_none()
    if row is None:
        raise Refusal(Reason.ACCOUNT_UNKNOWN)
    return row


def units_with(grants: Sequence[RoleGrant], *roles: Role) -> list[Unit]:
    """Return the units over which any of `roles` is held: what `roster.scope` decides from."""
    return [grant.unit for grant in grants if grant.role in roles]


def _changed(
    session: Session, *, account: Account, grant: RoleGrant, action: str, now: datetime, by: Account | None
) -> None:
    sessions.end_all(session, account=account, now=now)
    if grant.role == Role.HEAD:
        set_signs_as(session, account=account, now=now)
    _record(session, person=account.person, grant=grant, action=action, now=now, by=by)


def _record(
    session: Session, *, person: Person, grant: RoleGrant, action: str, now: datetime, by: Account | None
) -> None:
    audit.record(
        session,
        account_id=by.id if by else None,
        action=action,
        unit_id=grant.unit_id,
        person_id=person.id,
        detail=grant.role,
        now=now,
    )


def set_all_signing(session: Session, *, now: datetime) -> None:
    """Let everybody sign the pact of what they lead now, after units changed."""
    set_signing(session, accounts=signing_otherwise(session, now=now), now=now)


def set_signing(session: Session, *, accounts: Sequence[Account], now: datetime) -> None:
    """Let these people sign the pact of what they lead now; all are held before the first counter is."""
    counters.locked_states(session, [account.person_id for account in accounts])
    for account in accounts:
        set_signs_as(session, account=account, now=now)


def set_signs_as(session: Session, *, account: Account, now: datetime) -> None:
    """Let somebody sign the pact of what they lead now."""
    person, signs_as = account.person, _signs_as(session, account, now)
    roster.set_signs_as(session, person=person, signs_as=signs_as, now=now)


def _signs_as(session: Session, account: Account, now: datetime) -> str:
    """Return which pact somebody signs: the one for heads while they lead an open unit of `HEADS_OF`."""
    led = units_with(reaching(session, account=account, now=now), Role.HEAD)
    return SIGNS_AS_HEAD if any(unit.kind in HEADS_OF for unit in led) else account.person.kind
