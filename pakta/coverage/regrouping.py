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
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, exists, func, select, tuple_
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


def lower(session: Session, told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what a picture keeps of institutions, with no id above the newest row: once the newest rows are erased,
    SQLite gives their ids to whoever comes next.
    """
    now = newest(session)
    return [each | {name: min(each[name], now[name]) for name in now if each.get(name) is not None} for each in told]


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

    That is by a merger or a split of a unit of the part where they stood, whatever moves came before it, or by
    anything else where nobody who was counted there stayed behind.
    """
    crossed = _crossing(session, before, now, since)
    over = func.min(case((crossed, PersonMove.id))).label("over")
    moved = select(func.min(PersonMove.id).label("first"), over).where(_came_after(PersonMove, since))
    each, taken = moved.group_by(PersonMove.person_id).subquery(), aliased(PersonMove)
    # where they stood before, where they stand, and out of which unit a merger or a split took them to another part
    place = (PersonMove.old_unit_id, Person.unit_id, taken.old_unit_id)
    rows = session.execute(
        select(*place, func.count(distinct(Person.id)))
        .select_from(PersonMove)
        .join(each, each.c.first == PersonMove.id)
        .outerjoin(taken, taken.id == each.c.over)
        .join(Person, Person.id == PersonMove.person_id)
        .where(PersonMove.old_status == roster_rules.ACTIVE)
        .where(*_counted(since, asking))
        .group_by(*place)
        .order_by(*place)
    )
    found = []
    for old, new, out_of, people in rows:
        office, other = before.get(old, now.get(old)), now.get(new)
        if office is not None and other is not None and office != other:
            whole = out_of is not None and before.get(out_of, now.get(out_of)) == office
            found.append((old, whole, office, other, people))
    if not found:
        return
    left = _stayed(since, asking, sorted({old for old, *_ in found}))
    kept = set(session.execute(left.with_only_columns(Person.unit_id).distinct()).scalars())
    for old, whole, office, other, people in found:
        if whole or old not in kept:
            yield office, other, people


def _crossing(session: Session, before: Offices, now: Offices, since: Since) -> ColumnElement[bool]:
    """Return the condition that a move is by a merger or a split of a unit that brought people to another part."""
    by_units, pair = PersonMove.how == How.UNITS.value, (PersonMove.old_unit_id, PersonMove.new_unit_id)
    rows = session.execute(select(*pair).where(by_units, _came_after(PersonMove, since)).distinct())
    pairs = [(old, new) for old, new in rows if before.get(old, now.get(old)) != now.get(new)]
    return and_(by_units, tuple_(*pair).in_(pairs))


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
    """Hold for a move after the picture before, or on its day where it does not tell."""
    day = datetime.combine(since.on, time(), roster_rules.WIB)
    if since.moves is None:
        return move.moved_at >= day
    return and_(move.moved_at >= day, move.id > since.moves)
