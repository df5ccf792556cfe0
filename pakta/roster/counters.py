"""The counters: how many people of each subtree are asked, and how many have signed.

They move in the transaction of whatever changes them, so that no page ever counts people, and their
past with them (`history`).
Only the status aktif counts: an excused person who has signed is out of both sums, and stands
in `counter_people` under the audience `EXCUSED`, which no edition has.  A signature counts in the
unit where it was made, while its signer stands there (`rules.counts_here`).

Locks     whoever moves a counter first holds the person's row (signers share it, changes own
          it) and touches counter rows in the order of their keys, so that on PostgreSQL no
          two movers wait for each other, and none works on a row that another is changing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Insert,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from pakta.core.errors import Reason, Refusal
from pakta.database import UTCDateTime
from pakta.roster import history, rules, sums
from pakta.roster.models import CounterPeople, CounterSigned, Person, SignedPerson, Unit
from pakta.roster.sums import Key

PEOPLE = cast(Table, CounterPeople.__table__)
SIGNED = cast(Table, CounterSigned.__table__)
MARKS = cast(Table, SignedPerson.__table__)
_people = cast(Table, Person.__table__)
_units = cast(Table, Unit.__table__)

COUNTED = ("unit_id", "edition_code", "audience", "kind")
_MARK = (MARKS.c.edition_code, MARKS.c.unit_id, MARKS.c.signed_at)

EXCUSED = history.EXCUSED


class Mark(NamedTuple):
    """One standing signature: of which edition, in which unit and when it was made."""

    code: str
    unit_id: int
    signed_at: datetime


def counts_here(unit_id: ColumnElement[int] | None = None) -> ColumnElement[bool]:
    """Return `rules.counts_here` as a condition on people joined with their marks; `unit_id` is their unit's."""
    since = or_(_people.c.returned_at.is_(None), MARKS.c.signed_at >= _people.c.returned_at)
    return and_(MARKS.c.unit_id == (_people.c.unit_id if unit_id is None else unit_id), since)


def mark_signed(
    session: Session,
    *,
    person: Person,
    edition_code: str,
    now: datetime,
    unit_id: int | None = None,
    signed_at: datetime | None = None,
) -> None:
    """Mark a person as one who signed an edition, and count them where they stand and above it; once only.

    unit_id    where they signed, where that is not where they stand now
    signed_at  when they signed, where that is not now
    """
    signed = [(person.id, edition_code)]
    _mark_all(session, signed=signed, unit_id=unit_id, signed_at=signed_at or now, now=now)


def mark_all_signed(session: Session, *, signed: Sequence[tuple[int, str, int]], now: datetime) -> None:
    """Mark and count people, each with the edition that they signed and the unit that their certificate names.

    Refuses with STATEMENT_STALE where one of them was moved in this very moment.
    """
    found = _mark_all(
        session, signed=[(person_id, code) for person_id, code, _ in signed], unit_id=None, signed_at=now, now=now
    )
    if any(found.get((person_id, code), unit_id) != unit_id for person_id, code, unit_id in signed):
        raise Refusal(Reason.STATEMENT_STALE)


def _mark_all(
    session: Session,
    *,
    signed: Sequence[tuple[int, str]],
    unit_id: int | None,
    signed_at: datetime,
    now: datetime,
) -> Mapping[tuple[int, str], int]:
    """Return in which units the people were marked who were not yet."""
    if len(signed) > 1:
        share(session, person_ids=[person_id for person_id, _ in signed])
    connection = session.connection()  # no mapped row is read or written here, and a session asks longer
    dialect = connection.dialect.name
    marked: dict[tuple[int, str], int] = {}
    for code in sorted({code for _, code in signed}):
        people = [person_id for person_id, of in signed if of == code]
        made = connection.execute(
            _mark(dialect), {"people": people, "edition": code, "unit": unit_id, "at": signed_at}
        )
        marked |= {(person_id, code): unit for person_id, unit in made}
    if marked:
        connection.execute(_count_marks(dialect), {"marks": list(marked)})
        connection.execute(_count_marks_of_day(dialect), {"marks": list(marked), "day": rules.day_of(now)})
    return marked


def unmark_signed(session: Session, *, person: Person, edition_code: str, now: datetime) -> None:
    """Take a person's signature for an edition out of the counters, where it was counted."""
    share(session, person_ids=[person.id])
    wanted = delete(MARKS).where(MARKS.c.person_id == person.id, MARKS.c.edition_code == edition_code)
    gone = session.execute(wanted.returning(*_MARK)).all()
    if not gone:
        return
    state = _states(session, [person.id])[0]
    tally = Tally()
    tally.add_signed(state, [Mark(*row) for row in gone], -1)
    tally.write(session, now=now)


def person_added(session: Session, *, person: Person, now: datetime) -> None:
    """Count a person as they now stand, with the signatures that they hold."""
    _move(session, person_id=person.id, sign=1, now=now)


def person_removed(session: Session, *, person: Person, now: datetime) -> None:
    """Take a person out of the counters as they now stand; call it before a change, `person_added` after."""
    _move(session, person_id=person.id, sign=-1, now=now)


def smooth(session: Session, *, path: str) -> None:
    """Leave no trace in a unit and all above it of who was just taken out: no zeros, one writer for all rows.

    A zero says that somebody was counted here; on PostgreSQL the transaction that wrote a row last
    is the one that wrote an entry of the ledger.
    """
    units = lineage(path)
    for table, column in ((PEOPLE, "people"), (SIGNED, "signed")):
        sums.hold(session, table, units)
        session.execute(delete(table).where(table.c.unit_id.in_(units), table.c[column] == 0))
        session.execute(update(table).where(table.c.unit_id.in_(units)).values({column: table.c[column]}))


class Tally:
    """Changes gathered over many people and written at once, however many they are."""

    def __init__(self) -> None:
        """Begin with no change."""
        self._people: Counter[Key] = Counter()
        self._signed: Counter[Key] = Counter()

    def add_person(self, state: State, sign: int) -> None:
        """Count a person in their unit and all above it, among the active or the excused."""
        audience = state.signs_as if state.status == rules.ACTIVE else EXCUSED
        for unit_id in state.lineage:
            self._people[(unit_id, audience, state.kind)] += sign

    def add_signed(self, state: State, marks: Iterable[Mark], sign: int) -> None:
        """Count an active person's signatures that were made where they stand, in their unit and all above it."""
        if state.status == rules.ACTIVE:
            for mark in marks:
                if state.counts(mark):
                    for unit_id in state.lineage:
                        self._signed[(unit_id, mark.code, state.signs_as, state.kind)] += sign

    def write(self, session: Session, *, now: datetime) -> None:
        """Move the counters, and the day that it is with them."""
        _write(session, self._people, self._signed, now=now)


class State:
    """What of a person decides where they are counted."""

    __slots__ = ("id", "kind", "lineage", "returned_at", "signs_as", "status")

    def __init__(
        self, *, id: int, path: str, signs_as: str, kind: str, status: str, returned_at: datetime | None
    ) -> None:
        """Keep the columns; `path` becomes the ids from the root down."""
        self.id = id
        self.lineage = lineage(path)
        self.signs_as = signs_as
        self.kind = kind
        self.status = status
        self.returned_at = returned_at

    def counts(self, mark: Mark) -> bool:
        """Say whether a signature of this person counts where they stand."""
        return rules.counts_here(
            signed_in=mark.unit_id,
            signed_at=mark.signed_at,
            unit_id=self.lineage[-1],
            returned_at=self.returned_at,
        )


def lineage(path: str) -> tuple[int, ...]:
    """Return the unit ids of a path, from the root down."""
    return tuple(int(each) for each in path.strip("/").split("/"))


def locked_states(session: Session, person_ids: Sequence[int]) -> list[State]:
    """Return how people stand, and hold their rows, so that no signature slips in between."""
    states: list[State] = []
    for part in _parts(sorted(person_ids)):
        held = select(_people.c.id).where(_people.c.id.in_(part)).order_by(_people.c.id).with_for_update()
        session.execute(held).all()
        states += _states(session, part)
    return states


def share(session: Session, *, person_ids: Collection[int]) -> None:
    """Hold people as signers do: nobody else changes or moves them until the end of this transaction."""
    held = select(_people.c.id).where(_people.c.id.in_(person_ids)).order_by(_people.c.id)
    session.execute(held.with_for_update(read=True)).all()


def marks(session: Session, person_ids: Sequence[int]) -> Mapping[int, Sequence[Mark]]:
    """Return the standing signatures of each of the people; people without any are left out."""
    found: dict[int, list[Mark]] = {}
    for part in _parts(person_ids):
        for person_id, *mark in session.execute(select(MARKS.c.person_id, *_MARK).where(MARKS.c.person_id.in_(part))):
            found.setdefault(person_id, []).append(Mark(*mark))
    return found


def rebuild(session: Session, *, now: datetime) -> None:
    """Count everything anew from people and their signatures; after changes of the tree itself.

    The past stays as it was; by what it differs, the day of `now` was moved.
    """
    session.flush()
    people, signed = _recount(session)
    session.execute(delete(PEOPLE))
    session.execute(delete(SIGNED))
    sums.move(session, PEOPLE, "people", people)
    sums.move(session, SIGNED, "signed", signed)
    past = (history.totals(session, history.PEOPLE), history.totals(session, history.SIGNED))
    history.write(session, people=_less(people, past[0]), signed=_less(signed, past[1]), now=now)


def check(session: Session) -> list[str]:
    """Return a line for each counter that does not agree with people and their signatures."""
    people, signed = _recount(session)
    codes = {row[0]: row[1] for row in session.execute(select(_units.c.id, _units.c.code))}
    return [
        *_differences(codes, "people", _stored(session, PEOPLE, "people"), people),
        *_differences(codes, "signed", _stored(session, SIGNED, "signed"), signed),
        *_differences(codes, "people by day", history.totals(session, history.PEOPLE), people),
        *_differences(codes, "signed by day", history.totals(session, history.SIGNED), signed),
    ]


@cache
def _mark(dialect: str) -> ReturningInsert[int, int]:
    held = (
        select(
            _people.c.id,
            bindparam("edition", type_=MARKS.c.edition_code.type),
            func.coalesce(bindparam("unit", type_=Integer()), _people.c.unit_id),
            bindparam("at", type_=UTCDateTime()),
        )
        .where(_people.c.id.in_(bindparam("people", expanding=True)))
        .with_for_update(read=True)
    )
    columns = ["person_id", "edition_code", "unit_id", "signed_at"]
    made = sums.insert(dialect, MARKS).from_select(columns, held).on_conflict_do_nothing()
    return made.returning(MARKS.c.person_id, MARKS.c.unit_id)


@cache
def _count_marks(dialect: str) -> Insert:
    rows = _newly_marked()
    made = sums.insert(dialect, SIGNED).from_select([*COUNTED, "signed"], rows)
    return sums.adding(made, SIGNED, "signed")


@cache
def _count_marks_of_day(dialect: str) -> Insert:
    rows = _newly_marked(bindparam("day", type_=Date()))
    made = sums.insert(dialect, history.SIGNED).from_select([*COUNTED, "day", "change"], rows)
    return sums.adding(made, history.SIGNED, "change")


def _newly_marked(*more: ColumnElement[Any]) -> Select[Any]:
    """Read the people again, behind the lock that `_mark` took: the caller's rows may be old."""
    wanted = tuple_(MARKS.c.person_id, MARKS.c.edition_code).in_(bindparam("marks", expanding=True))
    start = (
        select(_people.c.unit_id.label("id"), MARKS.c.edition_code, _people.c.signs_as, _people.c.kind)
        .join(MARKS, MARKS.c.person_id == _people.c.id)
        .where(wanted, _people.c.status == rules.ACTIVE, counts_here())
    )
    up = start.cte("up", recursive=True)
    above = (
        select(_units.c.parent_id, up.c.edition_code, up.c.signs_as, up.c.kind)
        .join(up, _units.c.id == up.c.id)
        .where(_units.c.parent_id.is_not(None))
    )
    up = up.union_all(above)  # with repetitions: two people of one unit are two
    key = [up.c.id, up.c.edition_code, up.c.signs_as, up.c.kind]
    return select(*key, *more, func.count()).group_by(*key).order_by(*key)


def _move(session: Session, *, person_id: int, sign: int, now: datetime) -> None:
    session.flush()
    state = locked_states(session, [person_id])[0]
    tally = Tally()
    tally.add_person(state, sign)
    tally.add_signed(state, marks(session, [person_id]).get(person_id, ()), sign)
    tally.write(session, now=now)


def _states(session: Session, person_ids: Sequence[int]) -> list[State]:
    query: Select[Any] = (
        select(
            _people.c.id, _units.c.path, _people.c.signs_as, _people.c.kind, _people.c.status, _people.c.returned_at
        )
        .join(_units, _units.c.id == _people.c.unit_id)
        .where(_people.c.id.in_(person_ids))
        .order_by(_people.c.id)
    )
    return [
        State(id=row[0], path=row[1], signs_as=row[2], kind=row[3], status=row[4], returned_at=row[5])
        for row in session.execute(query)
    ]


def _write(session: Session, people: Counter[Key], signed: Counter[Key], *, now: datetime) -> None:
    sums.move(session, PEOPLE, "people", people)
    sums.move(session, SIGNED, "signed", signed)
    history.write(session, people=people, signed=signed, now=now)


def _less(counted: Counter[Key], known: Counter[Key]) -> Counter[Key]:
    found = Counter(counted)
    found.subtract(known)
    return found


def _recount(session: Session) -> tuple[Counter[Key], Counter[Key]]:
    lines = {row[0]: lineage(row[1]) for row in session.execute(select(_units.c.id, _units.c.path))}
    group: list[Column[Any]] = [_people.c.unit_id, _people.c.signs_as, _people.c.kind]
    active = _people.c.status == rules.ACTIVE
    people: Counter[Key] = Counter()
    counted: Select[Any] = select(*group, active, func.count()).group_by(*group, active)
    for unit, signs_as, kind, is_active, count in session.execute(counted):
        for above in lines[unit]:
            people[(above, signs_as if is_active else EXCUSED, kind)] += count
    signed: Counter[Key] = Counter()
    counting: Select[Any] = (
        select(*group, MARKS.c.edition_code, func.count())
        .join(MARKS, MARKS.c.person_id == _people.c.id)
        .where(active, counts_here())
        .group_by(*group, MARKS.c.edition_code)
    )
    for unit, audience, kind, code, count in session.execute(counting):
        for above in lines[unit]:
            signed[(above, code, audience, kind)] += count
    return people, signed


def _stored(session: Session, table: Table, column: str) -> Counter[Key]:
    rows = session.execute(select(*table.primary_key.columns, table.c[column]))
    return Counter({tuple(row[:-1]): row[-1] for row in rows})


def _differences(codes: Mapping[int, str], what: str, stored: Counter[Key], counted: Counter[Key]) -> list[str]:
    return [
        f"counter {what} of unit {codes.get(cast(int, key[0]), key[0])} {' '.join(map(str, key[1:]))}: "
        f"stored {stored[key]}, counted {counted[key]}"
        for key in sorted(set(stored) | set(counted))
        if stored[key] != counted[key]
    ]


def _parts(ids: Sequence[int], size: int = 5000) -> Iterable[Sequence[int]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))
