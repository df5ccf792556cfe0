"""Which parts of an institution must stay together because few people came from one to the other as a block.

Units come under another office (a new parent, a merger, a split, a file that gives all of their people another unit)
while their signatures or their people go on being counted: the difference of two pictures would be that block
(docs/decisions/0071 and 0092).  So the two offices become one
group, unless the block is `rules.LEAST` or more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy import distinct, false, func, or_, select
from sqlalchemy.orm import Session

from pakta.coverage import rules
from pakta.roster import asks, counters, queries, scope
from pakta.roster import rules as roster_rules
from pakta.roster.models import Person, PersonMove, Unit
from pakta.roster.moving import How

Offices = dict[int, int]


def offices(session: Session, *, unit: Unit) -> Offices:
    """Return of each unit below an institution the part that it belongs to: the unit right below the institution."""
    rows = session.execute(select(Unit.id, Unit.path).where(scope.subtree_clause([unit])).order_by(Unit.id))
    lines = ((key, counters.lineage(path)) for key, path in rows)
    return {key: line[1] if len(line) > 1 else key for key, line in lines}


def together(
    session: Session, *, before: Offices, now: Offices, since: date, asking: Sequence[asks.Ask]
) -> list[list[int]]:
    """Return pairs of parts between which fewer than `rules.LEAST` came as a block since a day."""
    blocks: Counter[tuple[int, int]] = Counter()
    for office, other, people in (
        *_hung(session, before, now, asking),
        *_moved(session, before, now, since, asking),
    ):
        blocks[office, other] += people
    return [sorted(pair) for pair, people in sorted(blocks.items()) if people < rules.LEAST]


def _hung(
    session: Session, before: Offices, now: Offices, asking: Sequence[asks.Ask]
) -> Iterator[tuple[int, int, int]]:
    """Yield units that belong to another part now, with how many are asked in them and in none of the others."""
    changed = {key for key in before.keys() & now.keys() if before[key] != now[key]}
    if not changed:
        return
    paths: Mapping[int, str] = {
        key: path for key, path in session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(changed)))
    }
    shares = queries.unit_shares(session, unit_ids=sorted(changed), asked=asking)
    for key in sorted(changed):
        above = counters.lineage(paths[key])[:-1]
        is_part_of_block = any(each in changed and before[each] == before[key] for each in above)
        yield before[key], now[key], 0 if is_part_of_block else shares[key].total


def _moved(
    session: Session, before: Offices, now: Offices, since: date, asking: Sequence[asks.Ask]
) -> Iterator[tuple[int, int, int]]:
    """Yield how many people who are counted came from a unit to one of another part as a block.

    That is by a merger or a split, or by whatever else where nobody who is counted stayed behind.
    """
    start = datetime.combine(since, time(), roster_rules.WIB)
    pair = (PersonMove.old_unit_id, PersonMove.new_unit_id)
    counted = or_(false(), *(asks.asked_clause(ask) for ask in asking))
    staying = select(Person.id).where(Person.unit_id == PersonMove.old_unit_id)  # asked by the index, unit by unit
    staying = staying.where(Person.status == roster_rules.ACTIVE, counted).correlate(PersonMove)
    block = or_(PersonMove.how == How.UNITS.value, ~staying.exists())
    wanted = (
        select(*pair, func.count(distinct(PersonMove.person_id)))
        .join(Person, Person.id == PersonMove.person_id)
        .where(block, PersonMove.moved_at >= start)
        .where(Person.status == roster_rules.ACTIVE, counted)
    )
    for old, new, people in session.execute(wanted.group_by(*pair).order_by(*pair)):
        office, other = before.get(old, now.get(old)), now.get(new)
        if office is not None and other is not None and office != other:
            yield office, other, people
