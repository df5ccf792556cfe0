"""Lists of people, page by page, of subtrees of any size.

A list runs through the tree: a unit's own people by name, then each unit below it in the order
of making.  The counters say how many stand in each subtree, so that a page is found by going
down the tree past whole subtrees; people are read for that one page only.  A search by
name and the export read all people of the subtree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, false, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from pakta.many import among
from pakta.roster import asks, counters, queries, rules, scope
from pakta.roster.models import Person, SignedPerson, Unit

PAGE = 50  # people on a page of a list
BESIDE = 20  # of those who have signed and of the excused: whoever reads them looks for one
AT_ONCE = 4 * PAGE  # lists of units up to here are read whole, all those of a page together
BUILT = 32  # queries that are kept: by what is asked, which is the same for everybody
MOST_UNITS_NAMED = 2000  # up to here a subtree is put to SQL as the ids of its units

Counting = Callable[[Sequence[int]], Mapping[int, int]]
_unit, _part = Unit.__table__.alias(), Unit.__table__.alias()
_BELOW = (  # the units right below some, and whether each has units below it
    select(_unit.c.parent_id, _unit.c.id, exists().where(_part.c.parent_id == _unit.c.id))
    .where(among(_unit.c.parent_id, "above"))
    .order_by(_unit.c.id)
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of a list.

    signed_at  None where they have not signed, where they stand now, what is asked of them
    signed_in  the unit in which their standing signature of it was made, counted or not
    """

    person_id: int
    name: str
    number: str
    kind: str
    position: str
    status: str
    unit_id: int
    unit_name: str
    unit_code: str
    signed_at: datetime | None
    signed_in: int | None

    @property
    def moved(self) -> bool:
        """Say whether they have signed in another unit, and not yet in this one."""
        return self.signed_at is None and self.signed_in not in (None, self.unit_id)

    @property
    def returned(self) -> bool:
        """Say whether they signed before they left and came back, and not yet again."""
        return self.signed_at is None and self.signed_in == self.unit_id


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
        grouped = groupby(self.people, key=lambda person: (person.unit_id, person.unit_name))
        return [(name, list(people)) for (_, name), people in grouped]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of one unit's own list of `own` people: how many to pass over, how many to take."""

    unit_id: int
    skip: int
    take: int
    own: int


def unsigned(
    session: Session,
    *,
    within: Unit,
    asked: Sequence[asks.Ask],
    search: str = "",
    page: int = 1,
    size: int = 0,
    ground: Ground | None = None,
) -> Page:
    """Return a page of those who are asked and have not signed; of `size` people where one is given, unsearched."""
    ground = ground or Ground(session, asked)

    def counting(unit_ids: Sequence[int]) -> Mapping[int, int]:
        return {unit_id: share.unsigned for unit_id, share in ground.shares(unit_ids, asked).items()}

    return _page(ground, within, unsigned_query(tuple(asked)), counting, search=search, page=page, size=size)


@lru_cache(maxsize=BUILT)
def unsigned_query(asked: tuple[asks.Ask, ...]) -> Select[Any]:
    """Return the query of those who are active, asked, and have not signed where they stand now, with their units."""
    wanted = asks.any_clause(asked)
    waiting = or_(SignedPerson.person_id.is_(None), not_(counters.counts_here()))
    return _people(asked).where(Person.status == rules.ACTIVE, wanted, waiting)


@lru_cache(maxsize=BUILT)
def _signed_query(asked: tuple[asks.Ask, ...]) -> Select[Any]:
    wanted = asks.any_clause(asked)
    return _people(asked).where(Person.status == rules.ACTIVE, wanted, counters.counts_here())


@lru_cache(maxsize=BUILT)
def _excused_query(asked: tuple[asks.Ask, ...], kind: str) -> Select[Any]:
    query = _people(asked).where(Person.status != rules.ACTIVE)
    return query.where(Person.kind == kind) if kind else query


def signed(
    session: Session,
    *,
    within: Unit,
    asked: Sequence[asks.Ask],
    search: str = "",
    page: int = 1,
    ground: Ground | None = None,
) -> Page:
    """Return a page of those who are asked and have signed, of `BESIDE` people."""
    ground = ground or Ground(session, asked)

    def counting(unit_ids: Sequence[int]) -> Mapping[int, int]:
        return {unit_id: share.signed for unit_id, share in ground.shares(unit_ids, asked).items()}

    return _page(ground, within, _signed_query(tuple(asked)), counting, search=search, page=page, size=BESIDE)


def excused(
    session: Session,
    *,
    within: Unit,
    asked: Sequence[asks.Ask],
    kind: str = "",
    search: str = "",
    page: int = 1,
    ground: Ground | None = None,
) -> Page:
    """Return a page, of `BESIDE` people, of those whose status takes them out of the sums, signed or not.

    kind  of this kind alone; of heads none, since the counters do not know who of the excused is one
    """
    ground = ground or Ground(session, asked)

    def counting(unit_ids: Sequence[int]) -> Mapping[int, int]:
        return {each: queries.excused_of(found, kind=kind) for each, found in ground.counts(unit_ids).items()}

    return _page(ground, within, _excused_query(tuple(asked), kind), counting, search=search, page=page, size=BESIDE)


def everyone(session: Session, *, within: Unit, asked: Sequence[asks.Ask]) -> Iterator[Listed]:
    """Yield everyone of a subtree, by unit and name, with the time of their signature."""
    query = _people(asked).where(inside(session, within)).order_by(Person.unit_id, Person.name, Person.id)
    for row in session.execute(query.execution_options(yield_per=1000)):
        yield Listed(*row)


def late(session: Session, *, within: Unit, asked: Sequence[asks.Ask], since: datetime) -> Select[Any]:
    """Return the query of who is asked in a subtree and had not signed before a moment, by unit and name.

    Each row makes a `Listed`.  Unlike the pages above, it reads everyone of the subtree.
    """
    wanted = asks.any_clause(asked)
    signed = and_(SignedPerson.person_id.is_not(None), counters.counts_here(), SignedPerson.signed_at < since)
    condition = and_(Person.status == rules.ACTIVE, wanted, not_(func.coalesce(signed, false())))
    query = _people(asked).where(inside(session, within), condition)
    return query.order_by(Person.unit_id, Person.name, Person.id)


class Ground:
    """The tree as the lists of one page walk through it: what one has asked, the others need not ask again."""

    def __init__(self, session: Session, asking: Sequence[asks.Ask]) -> None:
        """Begin with nothing known; good for one moment only, and for what is among `asking`."""
        self.session = session
        self._codes = [ask.edition_code for ask in asking]
        self._below: dict[int, list[int]] = {}
        self._counts: dict[int, list[queries.Count]] = {}

    def below(self, unit_ids: Sequence[int]) -> Mapping[int, Sequence[int]]:
        """Return the units right below each unit, in the order of making; of known leaves it asks nothing."""
        new = [each for each in unit_ids if each not in self._below]
        if new:
            self._below |= {each: [] for each in new}
            for above, unit_id, is_parent in self.session.connection().execute(_BELOW, {"above": new}):
                self._below[above].append(unit_id)
                if not is_parent:
                    self._below[unit_id] = []
        return {each: self._below[each] for each in unit_ids}

    def counts(self, unit_ids: Sequence[int]) -> Mapping[int, Sequence[queries.Count]]:
        """Return the counters of each unit."""
        new = [each for each in unit_ids if each not in self._counts]
        if new:
            self._counts |= queries.counts(self.session, unit_ids=new, codes=self._codes)
        return {each: self._counts[each] for each in unit_ids}

    def shares(self, unit_ids: Sequence[int], asked: Sequence[asks.Ask]) -> Mapping[int, queries.Share]:
        """Return the share of each unit in what is asked."""
        return queries.shares_of(self.counts(unit_ids), asked)


def stretches(ground: Ground, *, top: int, counting: Counting, start: int, length: int) -> list[Stretch]:
    """Return the pieces of units' own lists that make up `length` people from `start` on.

    Goes down level by level, into those units alone whose people stand on the page: so many units, each with few
    people to tell, cost no more questions than one.
    """
    end, found = start + length, []
    level = [(top, 0, counting([top])[top])]  # units with where their people begin in the list, and how many
    while level:
        here = [(unit_id, first, count) for unit_id, first, count in level if first < end and first + count > start]
        below = ground.below([unit_id for unit_id, _, _ in here])
        counts = counting([each for unit_id, _, _ in here for each in below[unit_id]])
        level = []
        for unit_id, first, count in here:
            own = count - sum(counts[each] for each in below[unit_id])
            skip = max(0, start - first)
            take = min(own, end - first) - skip
            if take > 0:
                found.append((first, Stretch(unit_id, skip, take, own)))
            first += own
            for each in below[unit_id]:
                level.append((each, first, counts[each]))
                first += counts[each]
    return [piece for _, piece in sorted(found, key=lambda each: each[0])]


def _page(
    ground: Ground,
    within: Unit,
    query: Select[Any],
    counting: Counting,
    *,
    search: str,
    page: int,
    size: int = 0,
) -> Page:
    session, words = ground.session, search.split()
    if words:
        return _searched(session, within, query, words=words, page=page, size=size or PAGE)
    total = counting([within.id])[within.id]
    size = size or PAGE
    page, last = _clamped(page, total, size)
    pieces = stretches(ground, top=within.id, counting=counting, start=(page - 1) * size, length=size)
    return Page(people=tuple(_read(session, query, pieces)), page=page, last=last, total=total)


def _read(session: Session, query: Select[Any], pieces: Sequence[Stretch]) -> Iterator[Listed]:
    """Yield the people of the pieces: all short lists come in one query, a long one is read from where it begins."""
    connection = session.connection()  # no mapped row is read, and a session asks longer
    short = [piece.unit_id for piece in pieces if piece.own <= AT_ONCE]
    found: dict[int, list[Listed]] = {}
    for row in connection.execute(_of_units(query), {"units": short}) if short else ():
        person = Listed(*row)
        found.setdefault(person.unit_id, []).append(person)
    for piece in pieces:
        if piece.own <= AT_ONCE:
            yield from found.get(piece.unit_id, [])[piece.skip : piece.skip + piece.take]
        else:
            own = _of_unit(query).offset(piece.skip).limit(piece.take)
            yield from (Listed(*row) for row in connection.execute(own, {"unit": piece.unit_id}))


@lru_cache(maxsize=4 * BUILT)
def _of_units(query: Select[Any]) -> Select[Any]:
    """Return the query of a list for some units alone, by name: one of the few that are built above.

    That the units are these is said of them, too: PostgreSQL would else read a country's to join a few.
    """
    here = among(Person.unit_id, "units"), among(Unit.id, "units")
    return query.where(*here).order_by(Person.name, Person.id)


@lru_cache(maxsize=4 * BUILT)
def _of_unit(query: Select[Any]) -> Select[Any]:
    """Return the query of a list for one unit alone, which an index has by name already."""
    here = Person.unit_id == bindparam("unit"), Unit.id == bindparam("unit")
    return query.where(*here).order_by(Person.name, Person.id)


def _searched(
    session: Session, within: Unit, query: Select[Any], *, words: Sequence[str], page: int, size: int
) -> Page:
    query = query.where(inside(session, within))
    for word in words:
        query = query.where(func.lower(Person.name).contains(word.lower(), autoescape=True))
    counting = query.with_only_columns(func.count(), maintain_column_froms=True)
    total = int(session.execute(counting).scalar_one())
    page, last = _clamped(page, total, size)
    ordered = query.order_by(Person.unit_id, Person.name, Person.id)
    rows = session.execute(ordered.offset((page - 1) * size).limit(size))
    return Page(people=tuple(Listed(*row) for row in rows), page=page, last=last, total=total)


def _clamped(page: int, total: int, size: int) -> tuple[int, int]:
    last = max(1, -(-total // size))
    return min(max(1, page), last), last


def inside(session: Session, within: Unit) -> ColumnElement[bool]:
    """Return the condition on people of a subtree, for a query that is joined with their units."""
    return over(session, Person.unit_id, [within])


def over(session: Session, unit_id: InstrumentedAttribute[int], within: Sequence[Unit]) -> ColumnElement[bool]:
    """Return the condition on rows of subtrees: by ids of units while they are few, else by the joined unit."""
    ids = session.scalars(select(Unit.id).where(scope.subtree_clause(within)).limit(MOST_UNITS_NAMED + 1)).all()
    return unit_id.in_(ids) if len(ids) <= MOST_UNITS_NAMED else scope.subtree_clause(within)


def has_signed(asked: Sequence[asks.Ask]) -> ColumnElement[bool]:
    """Return the condition on people that their signature of what is asked of them counts where they stand."""
    mine = (SignedPerson.person_id == Person.id, counters.counts_here())
    return select(SignedPerson.person_id).where(*mine, asks.clause_of(asked, SignedPerson.edition_code)).exists()


def _people(asked: Sequence[asks.Ask]) -> Select[Any]:
    """Return the query of all people with their unit and the signature of what is asked of them."""
    columns: list[Any] = [
        Person.id,
        Person.name,
        Person.number,
        Person.kind,
        Person.position,
        Person.status,
        Person.unit_id,
        Unit.name,
        Unit.code,
        case((counters.counts_here(), SignedPerson.signed_at)),
        SignedPerson.unit_id,
    ]
    query: Select[Any] = select(*columns).select_from(Person)
    mark = and_(SignedPerson.person_id == Person.id, asks.clause_of(asked, SignedPerson.edition_code))
    return query.join(Unit, Unit.id == Person.unit_id).outerjoin(SignedPerson, mark)
