"""What is asked of the roster: shares from the counters, and lists of people page by page.

Sums come from the counters alone.  Lists run over the people of one subtree, in the order of
units and names, and stop after a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, null, or_, select
from sqlalchemy.orm import Session

from pakta.roster import asks, rules, scope
from pakta.roster.models import CounterPeople, CounterSigned, Person, SignedPerson, Unit

PAGE = 50  # people on a page of a list


@dataclass(frozen=True, slots=True)
class Share:
    """How many are asked and how many of them have signed."""

    signed: int
    total: int

    @property
    def unsigned(self) -> int:
        """Return how many are still to sign."""
        return self.total - self.signed

    def __add__(self, other: Share) -> Share:
        """Return both together."""
        return Share(self.signed + other.signed, self.total + other.total)


NOBODY = Share(0, 0)


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of a list; `signed_at` is None where they have not signed."""

    person_id: int
    name: str
    number: str
    kind: str
    position: str
    status: str
    unit_name: str
    unit_code: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list of people; pages count from 1."""

    people: tuple[Listed, ...]
    page: int
    last: int
    total: int

    @property
    def by_unit(self) -> list[tuple[str, list[Listed]]]:
        """Return the people under the names of their units, in the order of the list."""
        grouped = groupby(self.people, key=lambda person: (person.unit_code, person.unit_name))
        return [(name, list(people)) for (_, name), people in grouped]


def share(session: Session, *, unit: Unit, asked: Sequence[asks.Ask]) -> Share:
    """Return the share of a unit and all below it."""
    return unit_shares(session, unit_ids=[unit.id], asked=asked)[unit.id]


def unit_shares(session: Session, *, unit_ids: Sequence[int], asked: Sequence[asks.Ask]) -> dict[int, Share]:
    """Return the share of each unit with all below it, from the counters."""
    pairs = {pair for ask in asked for pair in ask.pairs}
    counted = {(ask.edition_code, *pair) for ask in asked for pair in ask.pairs}
    found = {unit_id: [0, 0] for unit_id in unit_ids}
    for part in _parts(unit_ids):
        people = select(
            CounterPeople.unit_id, CounterPeople.audience, CounterPeople.kind, CounterPeople.people
        ).where(CounterPeople.unit_id.in_(part))
        for unit_id, audience, kind, count in session.execute(people):
            found[unit_id][1] += count if (audience, kind) in pairs else 0
        signed = select(
            CounterSigned.unit_id,
            CounterSigned.edition_code,
            CounterSigned.audience,
            CounterSigned.kind,
            CounterSigned.signed,
        ).where(
            CounterSigned.unit_id.in_(part),
            CounterSigned.edition_code.in_([ask.edition_code for ask in asked]),
        )
        for unit_id, code, audience, kind, count in session.execute(signed):
            found[unit_id][0] += count if (code, audience, kind) in counted else 0
    return {unit_id: Share(*both) for unit_id, both in found.items()}


def active(session: Session, *, unit: Unit) -> dict[tuple[str, str], int]:
    """Return how many active people a subtree holds, by audience and kind, from the counters."""
    rows = session.execute(
        select(CounterPeople.audience, CounterPeople.kind, CounterPeople.people).where(
            CounterPeople.unit_id == unit.id, CounterPeople.people > 0
        )
    )
    return {(audience, kind): count for audience, kind, count in rows}


def unsigned(
    session: Session,
    *,
    within: Sequence[Unit],
    asked: Sequence[asks.Ask],
    search: str = "",
    page: int = 1,
    total: int | None = None,
) -> Page:
    """Return a page of those who are asked and have not signed.

    total  how many there are, where the counters already said so (only without `search`)
    """
    wanted = or_(false(), *(and_(asks.asked_clause(ask), ~_has_signed(ask)) for ask in asked))
    query = _listing(within).where(Person.status == rules.ACTIVE, wanted)
    return _page(session, query, search=search, page=page, total=total)


def signed(
    session: Session,
    *,
    within: Sequence[Unit],
    asked: Sequence[asks.Ask],
    search: str = "",
    page: int = 1,
    total: int | None = None,
) -> Page:
    """Return a page of those who are asked and have signed."""
    query = (
        _listing(within, with_mark=True)
        .join(SignedPerson, SignedPerson.person_id == Person.id)
        .where(Person.status == rules.ACTIVE, _mark_of(asked))
    )
    return _page(session, query, search=search, page=page, total=total)


def excused(
    session: Session, *, within: Sequence[Unit], asked: Sequence[asks.Ask], search: str = "", page: int = 1
) -> Page:
    """Return a page of those whose status takes them out of the sums, signed or not."""
    query = (
        _listing(within, with_mark=True)
        .outerjoin(SignedPerson, and_(SignedPerson.person_id == Person.id, _mark_of(asked)))
        .where(Person.status != rules.ACTIVE)
    )
    return _page(session, query, search=search, page=page, total=None)


def everyone(session: Session, *, within: Sequence[Unit], asked: Sequence[asks.Ask]) -> Iterator[Listed]:
    """Yield everyone of the subtrees, by unit and name, with the time of their signature."""
    query = _listing(within, with_mark=True).outerjoin(
        SignedPerson, and_(SignedPerson.person_id == Person.id, _mark_of(asked))
    )
    for row in session.execute(_ordered(query).execution_options(yield_per=1000)):
        yield Listed(*row)


def _has_signed(ask: asks.Ask) -> ColumnElement[bool]:
    return (
        exists()
        .where(SignedPerson.person_id == Person.id, SignedPerson.edition_code == ask.edition_code)
        .correlate(Person)
    )


def _mark_of(asked: Sequence[asks.Ask]) -> ColumnElement[bool]:
    """Hold for the signature of the very edition that is asked of the person."""
    each = (and_(SignedPerson.edition_code == ask.edition_code, asks.asked_clause(ask)) for ask in asked)
    return or_(false(), *each)


def _listing(within: Sequence[Unit], *, with_mark: bool = False) -> Select[Any]:
    columns: list[Any] = [
        Person.id,
        Person.name,
        Person.number,
        Person.kind,
        Person.position,
        Person.status,
        Unit.name,
        Unit.code,
        SignedPerson.signed_at if with_mark else null(),
    ]
    query: Select[Any] = select(*columns).select_from(Person)
    return query.join(Unit, Unit.id == Person.unit_id).where(scope.subtree_clause(within))


def _ordered(query: Select[Any]) -> Select[Any]:
    return query.order_by(Person.unit_id, Person.name, Person.id)


def _page(session: Session, query: Select[Any], *, search: str, page: int, total: int | None) -> Page:
    words = search.split()
    for word in words:
        query = query.where(func.lower(Person.name).contains(word.lower(), autoescape=True))
    if total is None or words:
        counting = query.with_only_columns(func.count(), maintain_column_froms=True)
        total = int(session.execute(counting).scalar_one())
    last = max(1, -(-total // PAGE))
    page = min(max(1, page), last)
    rows = session.execute(_ordered(query).offset((page - 1) * PAGE).limit(PAGE))
    return Page(people=tuple(Listed(*row) for row in rows), page=page, last=last, total=total)


def _parts(ids: Sequence[int], size: int = 5000) -> Iterator[Sequence[int]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))
