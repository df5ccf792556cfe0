"""Which parts of an institution must stay together because few people came from one to the other as a block.

Units come under another office (a new parent, a merger, a split, a file that gives all of their people another unit)
while their signatures or their people go on being counted: the difference of two pictures would be that block
(docs/decisions/0071 and 0092).  So the two offices become one
group, unless the block is `rules.LEAST` or more.  A block is of those alone who stood in it, counted, at the picture
before: who came since, by a move, a new row or back from leave, makes the difference of the office that they left
no larger.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, distinct, exists, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.util import AliasedClass

from pakta.coverage import rules
from pakta.many import among
from pakta.roster import asks, counters, scope
from pakta.roster import rules as roster_rules
from pakta.roster.models import Person, PersonMove, Unit
from pakta.roster.moving import How

Offices = dict[int, int]


def offices(session: Session, *, unit: Unit) -> Offices:
    """Return of each unit below an institution the part that it belongs to: the unit right below the institution."""
    rows = session.execute(select(Unit.id, Unit.path).where(scope.subtree_clause([unit])).order_by(Unit.id))
    lines = ((key, counters.lineage(path)) for key, path in rows)
    return {key: line[1] if len(line) > 1 else key for key, line in lines}


@dataclass(frozen=True, slots=True)
class Since:
    """When the picture before was taken: its day, and the newest rows of then, None where it does not tell.

    people  the highest id of people: who has a higher one came after it
    moves   the highest id of moves: one may be of the picture's day and stand in it already
    """

    on: date
    people: int | None
    moves: int | None


def newest(session: Session) -> dict[str, int]:
    """Return the highest ids of people and of their moves, for a picture to keep."""
    ids = {"people": Person.id, "moves": PersonMove.id}
    return {
        name: session.execute(select(func.coalesce(func.max(each), 0))).scalar_one() for name, each in ids.items()
    }


def together(
    session: Session, *, before: Offices, now: Offices, since: Since, asking: Sequence[asks.Ask]
) -> list[list[int]]:
    """Return pairs of parts between which fewer than `rules.LEAST` came as a block since a picture."""
    blocks: Counter[tuple[int, int]] = Counter()
    for office, other, people in (
        *_hung(session, before, now, since, asking),
        *_moved(session, before, now, since, asking),
    ):
        blocks[office, other] += people
    return [sorted(pair) for pair, people in sorted(blocks.items()) if people < rules.LEAST]


def _hung(
    session: Session, before: Offices, now: Offices, since: Since, asking: Sequence[asks.Ask]
) -> Iterator[tuple[int, int, int]]:
    """Yield parts between which units changed, with how many were in them and still are: `rules.LEAST` at most."""
    changed: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for key in sorted(before.keys() & now.keys()):
        if before[key] != now[key]:
            changed[before[key], now[key]].append(key)
    for (office, other), ids in changed.items():
        few = _stayed(since, asking, ids).limit(rules.LEAST).subquery()
        yield office, other, session.execute(select(func.count()).select_from(few)).scalar_one()


def _moved(
    session: Session, before: Offices, now: Offices, since: Since, asking: Sequence[asks.Ask]
) -> Iterator[tuple[int, int, int]]:
    """Yield how many people who are counted came from a unit to one of another part as a block.

    That is by a merger or a split, whatever moves came before it, or by anything else where nobody who was counted
    there stayed behind.
    """
    by_units = func.max(case((PersonMove.how == How.UNITS.value, 1), else_=0)).label("by_units")
    moved = select(func.min(PersonMove.id).label("first"), by_units).where(_came_after(PersonMove, since))
    each = moved.group_by(PersonMove.person_id).subquery()
    place = (PersonMove.old_unit_id, Person.unit_id, each.c.by_units)  # of the first move: where they stood before
    rows = session.execute(
        select(*place, func.count(distinct(Person.id)))
        .select_from(PersonMove)
        .join(each, each.c.first == PersonMove.id)
        .join(Person, Person.id == PersonMove.person_id)
        .where(PersonMove.old_status == roster_rules.ACTIVE)
        .where(*_counted(since, asking))
        .group_by(*place)
        .order_by(*place)
    )
    found = []
    for old, new, whole, people in rows:
        office, other = before.get(old, now.get(old)), now.get(new)
        if office is not None and other is not None and office != other:
            found.append((old, whole, office, other, people))
    if not found:
        return
    left = _stayed(since, asking, sorted({old for old, *_ in found}))
    kept = set(session.execute(left.with_only_columns(Person.unit_id).distinct()).scalars())
    for old, whole, office, other, people in found:
        if whole or old not in kept:
            yield office, other, people


def _stayed(since: Since, asking: Sequence[asks.Ask], unit_ids: Sequence[int]) -> Select[int]:
    """Select who is counted in one of these units, and was at the picture before: without any move since."""
    later = aliased(PersonMove)
    moved = exists().where(later.person_id == Person.id, _came_after(later, since))
    return select(Person.id).where(among(Person.unit_id, unit_ids), *_counted(since, asking), ~moved)


def _counted(since: Since, asking: Sequence[asks.Ask]) -> list[ColumnElement[bool]]:
    """Return the conditions that somebody is counted now and stood in the roster at the picture before."""
    old = [] if since.people is None else [Person.id <= since.people]
    return [Person.status == roster_rules.ACTIVE, asks.any_clause(asking), *old]


def _came_after(move: type[PersonMove] | AliasedClass[PersonMove], since: Since) -> ColumnElement[bool]:
    """Hold for a move after the picture before, or on its day where it does not tell.

    One of a later day is told by its time: SQLite gives the highest id anew once its row is erased.
    """
    day = datetime.combine(since.on, time(), roster_rules.WIB)
    if since.moves is None:
        return move.moved_at >= day
    return or_(move.moved_at >= day + timedelta(days=1), and_(move.moved_at >= day, move.id > since.moves))
