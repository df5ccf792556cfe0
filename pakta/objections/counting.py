"""How many people object; it names nobody.

Those of few people are counted when it is asked for.  Of a large unit the worker counts them from time to time and
keeps the figures, with the moment of which they are (docs/decisions/0096).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, select
from sqlalchemy.orm import Session

from pakta.editions import service as editions
from pakta.many import among
from pakta.objections import service
from pakta.objections.models import Objection, ObjectionCount
from pakta.roster import asks, counters, queries, scope
from pakta.roster.models import Person, Unit

LIVE = 5000  # people up to whom objections are counted when it is asked for
QUIET = 60.0  # seconds until all are counted again
IN_MENU = 99  # of more the menu says that there are more; every page has it
_KEPT = select(ObjectionCount.unit_id, ObjectionCount.people).where(among(ObjectionCount.unit_id, "units"))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many object, and for which class of reason; `taken_at` says of when it is, where it is not of now."""

    people: int
    classes: Mapping[str, int] = field(default_factory=dict)
    taken_at: datetime | None = None


def counts(session: Session, *, within: Unit, asked: Sequence[asks.Ask], alone: bool = False) -> Counts:
    """Return how many of a unit and all below it object to what is asked of them, and have not signed.

    alone  no unit stands below: then its own people are asked, who are fewer than all who object
    """
    kept = session.get(ObjectionCount, within.id)
    if kept is not None:
        return Counts(kept.people, kept.classes, kept.taken_at)
    place = Person.unit_id == within.id if alone else scope.subtree_clause([within])
    rows = session.execute(_by(place, asked, Objection.reason_class))
    classes = {reason_class: int(people) for reason_class, people in rows}
    return Counts(sum(classes.values()), classes)


def in_menu(session: Session, *, granted: Sequence[Unit], asked: Callable[[], Sequence[asks.Ask]]) -> int:
    """Return how many people of these units object; of more than `IN_MENU` it may say one more.

    asked  says what is asked, where a unit's are not kept
    """
    roots = {unit.id: unit for unit in scope.roots(granted)}
    kept = session.connection().execute(_KEPT, {"units": list(roots)}).all()
    others = [unit for unit_id, unit in roots.items() if unit_id not in {each.unit_id for each in kept}]
    return sum(int(each.people) for each in kept) + (_live(session, others, asked()) if others else 0)


def _live(session: Session, units: Sequence[Unit], asked: Sequence[asks.Ask]) -> int:
    below = service.standing(asked).where(scope.subtree_clause(units))
    some = below.with_only_columns(Objection.id).limit(IN_MENU + 1)
    return int(session.execute(select(func.count()).select_from(some.subquery())).scalar_one())


def count_all(session: Session, *, now: datetime) -> dict[int, Counter[str]]:
    """Return how many object for which class of reason, of every unit of more people than are counted live."""
    asked = editions.asking(editions.open_editions(session, now=now))
    found: dict[int, Counter[str]] = {unit_id: Counter() for unit_id in queries.larger(session, than=LIVE)}
    if found:
        for path, reason_class, people in session.execute(_by(None, asked, Unit.path, Objection.reason_class)):
            for above in set(counters.lineage(path)) & found.keys():
                found[above][reason_class] += people
    return found


def keep(session: Session, found: Mapping[int, Mapping[str, int]], *, now: datetime) -> None:
    """Put these counts in the place of those that were kept."""
    session.execute(delete(ObjectionCount))
    rows = [
        {"unit_id": unit_id, "taken_at": now, "people": sum(classes.values()), "classes": dict(classes)}
        for unit_id, classes in found.items()
    ]
    if rows:
        session.execute(insert(ObjectionCount), rows)


def _by(place: ColumnElement[bool] | None, asked: Sequence[asks.Ask], *columns: Any) -> Select[Any]:
    """Return the query of how many objections count by these columns, in a place or anywhere."""
    query = service.standing(asked)
    placed = query if place is None else query.where(place)
    return placed.with_only_columns(*columns, func.count()).group_by(*columns)
