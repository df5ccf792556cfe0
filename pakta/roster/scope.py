"""Who may see which rows: the one place where granted units become a scope.

A grant over a unit reaches the unit and all below it; a subtree is a prefix of `Unit.path`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from pakta.many import begins
from pakta.roster.models import Person, Unit


def in_scope(granted: Sequence[Unit], unit: Unit) -> bool:
    """Say whether `unit` is one of the granted units or lies below one."""
    return any(unit.path.startswith(each.path) for each in granted)


def subtree_clause(granted: Sequence[Unit]) -> ColumnElement[bool]:
    """Return the condition on `Unit` that holds for the granted units and all below them."""
    return or_(false(), *(Unit.path.startswith(each.path) for each in roots(granted)))


def person_clause(person_id: InstrumentedAttribute[int], granted: Sequence[Unit] | str) -> ColumnElement[bool]:
    """Return the condition that a person stands in the granted units or below, for a query of few rows about people.

    granted  the units, or the name of the parameter that will bring their paths (`asker`)

    Asked for each row: a join would have SQLite walk through everybody in the units.
    """
    path = select(Unit.path).join(Person, Person.unit_id == Unit.id).where(Person.id == person_id)
    return begins(path.correlate_except(Unit, Person).scalar_subquery(), _paths(granted))


def unit_clause(unit_id: InstrumentedAttribute[int], granted: Sequence[Unit] | str) -> ColumnElement[bool]:
    """Return the condition that a row's unit is one of the granted ones or below, asked for each of few rows.

    granted  as `person_clause` takes it
    """
    held = select(Unit.path).where(Unit.id == unit_id).correlate_except(Unit).scalar_subquery()
    return begins(held, _paths(granted))


def _paths(granted: Sequence[Unit] | str) -> Sequence[str] | str:
    return granted if isinstance(granted, str) else [each.path for each in roots(granted)]


def roots(granted: Sequence[Unit]) -> list[Unit]:
    """Return the granted units that lie below no other granted unit, each once, by path."""
    kept: list[Unit] = []
    for unit in sorted(granted, key=lambda each: len(each.path)):
        if not in_scope(kept, unit):
            kept.append(unit)
    return sorted(kept, key=lambda each: each.id)
