"""What came of a roll call: its figures, and who had not signed when it ended.

Asked are those of whom the editions ask that were open when it began, as the roster stands now: so the figures
are the counters' at any time, and people who are excused or elsewhere by now are in none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, not_, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, lazyload

from pakta.accounts.models import Account
from pakta.certificates.models import IssuedCredential
from pakta.coverage import rules as coverage_rules
from pakta.coverage import service as coverage
from pakta.objections import service as objections
from pakta.rollcalls.models import Rollcall, RollcallKey
from pakta.rollcalls.rules import State
from pakta.roster import asks, counters, lists, moving, queries, reordering, rules, scope
from pakta.roster.lists import Listed
from pakta.roster.models import Person, PersonMove, SignedPerson, Unit

PRINTED = 2000  # people of one late list on a page; the CSV holds all


@dataclass(frozen=True, slots=True)
class Summary:
    """How many are asked, and when and where they have signed.

    kiosk, own  of those who signed during: with a key of its kiosk, and otherwise
    """

    asked: int
    before: int
    kiosk: int
    own: int
    after: int

    @property
    def during(self) -> int:
        """Return how many signed during the roll call."""
        return self.kiosk + self.own

    @property
    def in_time(self) -> int:
        """Return how many had signed when it ended."""
        return self.before + self.during

    @property
    def late(self) -> int:
        """Return how many had not: those who signed afterwards, and those who have not yet."""
        return self.asked - self.in_time

    @property
    def unsigned(self) -> int:
        """Return how many have not signed until now."""
        return self.late - self.after


@dataclass(frozen=True, slots=True)
class Late:
    """Who had not signed when it ended, by unit and name; `total` counts those who are beyond `people`, too.

    objecting  who of those who have not signed until now said that they object
    """

    people: tuple[Listed, ...]
    total: int
    objecting: set[int]

    @property
    def by_unit(self) -> list[tuple[str, list[Listed]]]:
        """Return the people under the names of their units."""
        grouped = groupby(self.people, key=lambda person: (person.unit_id, person.unit_name))
        return [(name, list(people)) for (_, name), people in grouped]

    def words(self, person: Listed) -> str:
        """Return what is said of somebody on the list."""
        if person.signed_at:
            return "menyusul"
        objects = person.person_id in self.objecting
        return coverage_rules.unsigned_words(moved=person.moved, returned=person.returned, objects=objects)


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody who is counted no more since a roll call was over: the last move that made it so, and whose it was."""

    move: PersonMove
    how: str
    by: str


@dataclass(frozen=True, slots=True)
class Regrouped:
    """That people of a unit came to another one by mergers or splits: how many, and when the last of them did."""

    unit: Unit
    people: int
    at: datetime


def asked(session: Session, rollcall: Rollcall) -> Sequence[asks.Ask]:
    """Return what the editions ask that were open when a roll call began."""
    return coverage.asked(session, now=rollcall.begins_at)[1]


def running(session: Session, *, of: Sequence[Unit], now: datetime) -> list[Rollcall]:
    """Return the roll calls that run in units, above them or below them, the first to begin first."""
    above = {key for unit in of for key in counters.lineage(unit.path)}
    below = select(Unit.id).where(scope.subtree_clause(of))
    wanted = select(Rollcall).where(
        or_(Rollcall.unit_id.in_(sorted(above)), Rollcall.unit_id.in_(below)),
        Rollcall.cancelled_at.is_(None), Rollcall.begins_at <= now, Rollcall.ends_at > now,
    )  # fmt: skip
    found = session.execute(wanted.order_by(Rollcall.begins_at, Rollcall.id)).scalars()
    return [each for each in found if each.state(now) is State.RUNNING]


def share(session: Session, *, rollcall: Rollcall) -> queries.Share:
    """Return how many are asked and have signed by now, from the counters."""
    return queries.share(session, unit=rollcall.unit, asked=asked(session, rollcall))


def summary(session: Session, *, rollcall: Rollcall) -> Summary:
    """Return the figures of a roll call; before it ends nobody has signed after it."""
    asking, at = asked(session, rollcall), SignedPerson.signed_at
    during = and_(at >= rollcall.begins_at, at < rollcall.over_at)
    counted: tuple[ColumnElement[bool], ...] = (
        at < rollcall.begins_at,
        and_(during, _at_kiosk(rollcall)),
        and_(during, not_(_at_kiosk(rollcall))),
        at >= rollcall.over_at,
    )
    sums: list[Any] = [func.coalesce(func.sum(case((each, 1), else_=0)), 0) for each in counted]
    query = (
        select(*sums)
        .select_from(Person)
        .join(SignedPerson, SignedPerson.person_id == Person.id)
        .where(asks.clause_of(asking, SignedPerson.edition_code))
        .where(Person.status == rules.ACTIVE, counters.counts_here(), lists.inside(session, rollcall.unit))
    )
    before, kiosk, own, after = (int(each) for each in session.execute(query).one())
    total = queries.share(session, unit=rollcall.unit, asked=asking).total
    return Summary(asked=total, before=before, kiosk=kiosk, own=own, after=after)


def late(session: Session, *, rollcall: Rollcall, most: int | None = None) -> Late:
    """Return who is asked and had not signed when it ended; at most so many people."""
    asking = asked(session, rollcall)
    query = lists.late(session, within=rollcall.unit, asked=asking, since=rollcall.over_at)
    counting = query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
    total = int(session.execute(counting).scalar_one())
    people = tuple(Listed(*row) for row in session.execute(query.limit(most)))
    return Late(people, total, objections.who(session, within=rollcall.unit, asked=asking))


def gone(session: Session, *, rollcall: Rollcall) -> list[Gone]:
    """Return who was active in the unit when it was over and is not now, with how and by whom; at most so many."""
    inside = select(Unit.id).where(scope.subtree_clause([rollcall.unit]))
    since = PersonMove.moved_at >= rollcall.over_at
    ends = select(func.min(PersonMove.id), func.max(PersonMove.id)).where(since).group_by(PersonMove.person_id)
    first, last, who = aliased(PersonMove), aliased(PersonMove), aliased(Person)
    both = ends.where(PersonMove.person_id.in_(_moved_from(inside, rollcall))).subquery()
    query = (
        select(last, who.name)
        .join(both, both.c[1] == last.id)
        .join(first, first.id == both.c[0])
        .outerjoin(Account, Account.id == last.account_id)
        .outerjoin(who, who.id == Account.person_id)
        .where(first.old_unit_id.in_(inside), first.old_status == rules.ACTIVE)
        .where(or_(last.new_unit_id.not_in(inside), last.new_status != rules.ACTIVE))
        .options(joinedload(last.person))
        .order_by(last.id)
        .limit(PRINTED)
    )
    return [Gone(move, moving.How(move.how).said, name or "") for move, name in session.execute(query)]


def regrouped(session: Session, *, rollcall: Rollcall) -> list[Regrouped]:
    """Return whose people mergers and splits moved since a roll call began: who had signed signs again."""
    moved = PersonMove.how == moving.How.UNITS, PersonMove.moved_at >= rollcall.begins_at
    inside = select(Unit.id).where(scope.subtree_clause([rollcall.unit]))
    count, last = func.count(func.distinct(PersonMove.person_id)), func.max(PersonMove.moved_at)
    query = select(Unit, count, last).join(PersonMove, PersonMove.old_unit_id == Unit.id).group_by(Unit.id)
    query = query.where(*moved, Unit.id.in_(inside)).options(lazyload(Unit.institution)).order_by(Unit.id)
    return [Regrouped(*row) for row in session.execute(query)]


def has_ended(session: Session, *, rollcall: Rollcall, now: datetime) -> bool:
    """Say whether the unit of a roll call has ended: then it counts nobody."""
    return reordering.ended(session, unit=rollcall.unit, on=rules.day_of(now))


def _moved_from(inside: Select[Any], rollcall: Rollcall) -> Select[Any]:
    moved = select(PersonMove.person_id).where(PersonMove.moved_at >= rollcall.over_at)
    return moved.where(PersonMove.old_unit_id.in_(inside))


def _at_kiosk(rollcall: Rollcall) -> ColumnElement[bool]:
    """Hold where the certificate of a signature was signed with a key that was made at this roll call's kiosk."""
    return (
        exists()
        .where(
            RollcallKey.rollcall_id == rollcall.id,
            RollcallKey.key_id == IssuedCredential.key_id,
            IssuedCredential.person_id == SignedPerson.person_id,
            IssuedCredential.edition_code == SignedPerson.edition_code,
            IssuedCredential.status != 1,
        )
        .correlate(SignedPerson)
    )
