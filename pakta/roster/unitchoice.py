"""Choosing one unit on a page: all of them where they are few, else those whose name or code somebody typed.

A page of few units offers them in one list.  Of many it asks for words and offers what matches, at most `MOST_FOUND`:
every word stands in the unit's name, its code, or the name of the unit right above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from pakta.roster import counters, scope, units
from pakta.roster.models import Unit

MOST_LISTED = 200  # units of one list; more are searched
MOST_FOUND = 50  # units that a search offers
MOST_COUNTED = 500  # matches that a search reads
WORDS_LENGTH = 80  # characters


@dataclass(frozen=True, slots=True)
class Offer:
    """What one unit can be chosen from.

    units      those to choose from, by name; what was chosen before first
    above      the name of the unit right above each, by its id
    searching  whether they come of a search, since there are too many for a list
    words      what was typed
    found      how many match, and `at_least` whether there may be more
    """

    units: tuple[Unit, ...]
    above: dict[int, str]
    searching: bool = False
    words: str = ""
    found: int = 0
    at_least: bool = False

    @property
    def more(self) -> int:
        """Return how many match and are not offered."""
        return max(0, self.found - MOST_FOUND)


def offer(
    session: Session,
    *,
    granted: Sequence[Unit],
    on: date,
    words: str = "",
    chosen: str = "",
    but: Unit | None = None,
) -> Offer:
    """Return the units at or below the granted ones that are open on a day, to choose one from.

    words   what was typed to find it     chosen  the code of what was chosen before
    but     a unit that cannot be chosen, nor any below it, nor any of another institution
    """
    first = _rows(session, granted, on=on, but=but, most=MOST_LISTED + 1)
    if len(first) <= MOST_LISTED:
        return Offer(tuple(_open(session, first, granted=granted, on=on, most=MOST_LISTED)), {})
    words = " ".join(words.split())[:WORDS_LENGTH]
    rows = _rows(session, granted, on=on, but=but, words=words.split(), most=MOST_COUNTED) if words else []
    before, same = (
        _rows(session, granted, on=on, but=but, code=code, most=1) for code in (chosen.strip(), words.lower())
    )
    rows = [*(row for row in same if row not in rows), *rows][:MOST_COUNTED]  # the very code is never cut off
    matching = _open_ids(session, [*rows, *before], granted=granted, on=on)
    shown = list(units.by_ids(session, ids=[key for key, *_ in before if key in matching]))
    exact = [key for key, _, code in rows if code == words.lower() and key in matching]
    ordered = [*exact, *(key for key, *_ in rows if key in matching and key not in exact)]
    shown += [each for each in units.by_ids(session, ids=ordered[:MOST_FOUND]) if each not in shown]
    return Offer(
        tuple(shown),
        _above(session, shown),
        searching=True,
        words=words,
        found=len(ordered),
        at_least=len(rows) == MOST_COUNTED,
    )


def _rows(
    session: Session,
    granted: Sequence[Unit],
    *,
    on: date,
    but: Unit | None,
    words: Sequence[str] = (),
    code: str | None = None,
    most: int,
) -> list[tuple[int, str, str]]:
    """Return id, path and code of units that are valid themselves: those that match by name, or that of a code."""
    query = select(Unit.id, Unit.path, Unit.code).where(scope.subtree_clause(granted), *units.valid_clauses(on))
    if but is not None:
        query = query.where(Unit.institution_id == but.institution_id, Unit.path.not_like(f"{but.path}%"))
    if code is not None:
        query = query.where(Unit.code == code[:40])
    for word in words:
        query = query.where(_names(word.lower()))
    if words:
        query = query.order_by(Unit.name, Unit.id)
    return [(key, path, own) for key, path, own in session.execute(query.limit(most))]


def _names(word: str) -> ColumnElement[bool]:
    """Hold for units whose name or code has a word in it, or the name of the unit right above."""
    above = aliased(Unit)
    parents = select(above.id).where(func.lower(above.name).contains(word, autoescape=True))
    return or_(
        func.lower(Unit.name).contains(word, autoescape=True),
        Unit.code.contains(word, autoescape=True),
        Unit.parent_id.in_(parents),
    )


def _open_ids(
    session: Session, rows: Sequence[tuple[int, str, str]], *, granted: Sequence[Unit], on: date
) -> set[int]:
    """Return which of some valid units stand below valid ones only, up to where they were granted."""
    reach = {each for unit in granted for each in counters.lineage(unit.path)}
    above = {each for _, path, _ in rows for each in counters.lineage(path)}
    valid = reach | units.valid_ids(session, ids=above, on=on)
    return {key for key, path, _ in rows if valid.issuperset(counters.lineage(path))}


def _open(
    session: Session, rows: Sequence[tuple[int, str, str]], *, granted: Sequence[Unit], on: date, most: int
) -> list[Unit]:
    found = units.by_ids(session, ids=sorted(_open_ids(session, rows, granted=granted, on=on))[:most])
    return sorted(found, key=lambda unit: (unit.name, unit.id))


def _above(session: Session, found: Sequence[Unit]) -> dict[int, str]:
    parents = {each.parent_id for each in found if each.parent_id is not None}
    names = {each.id: each.name for each in units.by_ids(session, ids=sorted(parents))}
    return {each.id: names[each.parent_id] for each in found if each.parent_id is not None}
