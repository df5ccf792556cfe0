"""What the pages of imports ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload

from pakta import asker
from pakta.accounts import grants
from pakta.accounts.models import RoleGrant
from pakta.editions import service as editions
from pakta.imports import rules
from pakta.imports.models import ImportRefusal, ImportRow, Removal, RosterImport
from pakta.imports.rules import Outcome, State
from pakta.jobs.models import Job
from pakta.roster import asks, history, lists, moving, planning, scope, units
from pakta.roster import rules as roster_rules
from pakta.roster.models import Correction, Person, Unit

PAGE = 50  # rows of a list
MOST_NAMED = 2000  # people of one mark whose names are shown
NEWEST = 50  # imports of the list
_MARKED = aliased(Removal)
_REFUSALS = selectinload(RosterImport.refusals)
_TOLD = cast(ImportRow.errors, String) != "[]"  # of which the check says something


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody of the roster whom a file does not name."""

    id: int
    name: str
    number: str
    status: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class Overruled:
    """That a file changes again what was corrected after a report, and whether to what it was before."""

    corrected_at: datetime
    taken_back: bool


def newest(session: Session, *, within: Sequence[Unit]) -> Sequence[RosterImport]:
    """Return the newest imports of these units."""
    rows = select(RosterImport).join(Unit, Unit.id == RosterImport.unit_id).where(scope.subtree_clause(within))
    rows = rows.options(_REFUSALS).order_by(RosterImport.id.desc()).limit(NEWEST)
    return session.execute(rows).scalars().all()


def job_of(session: Session, *, row: RosterImport) -> Job | None:
    """Return the job that works on an import or did, while it is there."""
    return None if row.job_id is None else session.get(Job, row.job_id, populate_existing=True)


def remembered(session: Session, *, unit: Unit, header: Sequence[str]) -> dict[str, int] | None:
    """Return how the columns were chosen for the last file of a unit that had the same titles and was checked."""
    rows = select(RosterImport.header, RosterImport.mapped).where(
        RosterImport.unit_id == unit.id, RosterImport.checked_at.is_not(None)
    )
    found = session.execute(rows.order_by(RosterImport.id.desc()).limit(NEWEST))
    return next((mapped for titles, mapped in found if titles == list(header)), None)


def sample(session: Session, *, row: RosterImport) -> list[str]:
    """Return the cells of the first line, to tell columns by."""
    first = select(ImportRow.cells).where(ImportRow.import_id == row.id).order_by(ImportRow.row).limit(1)
    return session.execute(first).scalar_one_or_none() or []


def page(
    session: Session, *, row: RosterImport, outcome: Outcome, page: int, first: Collection[int] = ()
) -> Sequence[ImportRow]:
    """Return a page of the rows with an outcome; those that want a second look come first, and `first` with them."""
    rows = select(ImportRow).where(ImportRow.import_id == row.id, ImportRow.outcome == outcome.value)
    among_first = ImportRow.row.in_(sorted(first)[: planning.AT_ONCE])
    order = (ImportRow.reused.desc(), ImportRow.leaves.desc(), _TOLD.desc(), among_first.desc(), ImportRow.row)
    return session.execute(rows.order_by(*order).offset((page - 1) * PAGE).limit(PAGE)).scalars().all()


def unit_names(session: Session, *, codes: Collection[str]) -> dict[str, str]:
    """Return the names of the units with these codes."""
    rows = select(Unit.code, Unit.name).where(Unit.code.in_(codes))
    return {code: name for code, name in session.execute(rows)}


def unit_codes(session: Session, *, within: Sequence[Unit], on: date) -> list[tuple[str, str]]:
    """Return code and name of these units and those below them that are valid on a day, by the tree."""
    rows = select(Unit).where(scope.subtree_clause(within)).order_by(Unit.path)
    return [(unit.code, unit.name) for unit in session.execute(rows).scalars() if units.valid(unit, on=on)]


def rows_with(session: Session, *, row: RosterImport, outcome: Outcome) -> set[int]:
    """Return the rows with an outcome."""
    rows = select(ImportRow.row).where(ImportRow.import_id == row.id, ImportRow.outcome == outcome.value)
    return set(session.execute(rows).scalars())


def alike(session: Session, *, row: RosterImport) -> int:
    """Return how many new rows are like somebody who is there already."""
    new = (ImportRow.import_id == row.id, ImportRow.outcome == Outcome.NEW.value)
    return int(session.execute(select(func.count()).where(*new, _TOLD)).scalar_one())


def overruled(session: Session, *, row: RosterImport) -> dict[int, dict[str, Overruled]]:
    """Return by rows which of their changes, by column, take back or replace what was corrected after a report."""
    corrected = select(
        ImportRow.row, ImportRow.changes, Correction.field, Correction.old, Correction.new, Correction.corrected_at
    )
    corrected = corrected.join(Person, Person.number == ImportRow.number)
    corrected = corrected.join(Correction, Correction.person_id == Person.id).order_by(Correction.id)
    here = (ImportRow.import_id == row.id, ImportRow.outcome == Outcome.CHANGED.value)
    found: dict[int, dict[str, Overruled]] = {}
    for at, changes, field, was, made, corrected_at in session.execute(corrected.where(*here)):
        column = "unit_code" if field == "unit" else field
        for name, old, new in changes:
            if name == column and _is_called(made, old, column):
                told = Overruled(corrected_at, taken_back=_is_called(was, new, column))
                found.setdefault(at, {})[column] = told  # of several corrections the newest stays
    return found


def _is_called(corrected: str, value: str, column: str) -> bool:
    """Say whether the words of a correction are a value of the file; of a unit they are its name and its code."""
    return corrected.endswith(f"({value})") if column == "unit_code" else corrected == value


def cells_of(session: Session, *, row: RosterImport, rows: Sequence[int]) -> dict[int, list[str]]:
    """Return the cells of these rows, as far as the import has them."""
    found: dict[int, list[str]] = {}
    wanted = select(ImportRow.row, ImportRow.cells).where(ImportRow.import_id == row.id)
    for at in range(0, len(rows), planning.AT_ONCE):
        part = wanted.where(ImportRow.row.in_(rows[at : at + planning.AT_ONCE]))
        found |= {place: cells for place, cells in session.execute(part)}
    return found


def wrong(session: Session, *, row: RosterImport) -> Sequence[ImportRow]:
    """Return all wrong rows, as the file has them."""
    rows = select(ImportRow).where(ImportRow.import_id == row.id, ImportRow.outcome == Outcome.WRONG.value)
    return session.execute(rows.order_by(ImportRow.row)).scalars().all()


def missing(session: Session, *, row: RosterImport, page: int) -> list[Missing]:
    """Return a page of those whom the file does not name, by unit and name."""
    columns = (Person.id, Person.name, Person.number, Person.status, Unit.name)
    query = _missing(session, row, *columns).order_by(Person.unit_id, Person.name, Person.id)
    return [Missing(*each) for each in session.execute(query.offset((page - 1) * PAGE).limit(PAGE))]


def missing_count(session: Session, *, row: RosterImport) -> int:
    """Return how many people the file does not name."""
    return int(session.execute(_missing(session, row, func.count())).scalar_one())


def missing_ids(session: Session, *, row: RosterImport, among: Sequence[int] | None) -> list[int]:
    """Return the people whom the file does not name: of these, or all of them."""
    query = _missing(session, row, Person.id)
    if among is not None:
        query = query.where(Person.id.in_(among))
    return list(session.execute(query.order_by(Person.id)).scalars())


def people(session: Session, *, unit: Unit) -> int:
    """Return how many people of a unit and below have not left."""
    query = select(func.count()).select_from(Person).join(Unit, Unit.id == Person.unit_id)
    stays = Person.status.not_in(roster_rules.LEFT)
    return int(session.execute(query.where(lists.inside(session, unit), stays)).scalar_one())


def leaving_pairs(session: Session, *, row: RosterImport) -> Counter[roster_rules.Pair]:
    """Return how many an import would put out of the sums, by what they sign as and their kind."""
    rows = select(Person.signs_as, Person.kind, func.count()).join(ImportRow, ImportRow.number == Person.number)
    rows = rows.where(ImportRow.import_id == row.id, ImportRow.leaves).group_by(Person.signs_as, Person.kind)
    return Counter({(audience, kind): count for audience, kind, count in session.execute(rows)})


def pairs_of(session: Session, *, people: Sequence[int]) -> Counter[roster_rules.Pair]:
    """Return how many these people are, by what they sign as and their kind."""
    found: Counter[roster_rules.Pair] = Counter()
    for at in range(0, len(people), planning.AT_ONCE):
        wanted = select(Person.signs_as, Person.kind).where(Person.id.in_(people[at : at + planning.AT_ONCE]))
        found.update((audience, kind) for audience, kind in session.execute(wanted))
    return found


def ground(session: Session, *, unit: Unit, now: datetime) -> rules.Ground:
    """Return by what it is measured how many are put out of the sums of a unit and below."""
    since, asked = now - rules.WITHIN, _asked(session, now=now)
    today, first = roster_rules.day_of(now), history.begins(session, unit_id=unit.id)
    before = max(roster_rules.day_of(since), first or today)
    return rules.Ground(
        asked=frozenset(pair for ask in asked for pair in ask.pairs),
        out=moving.out_since(session, within=unit, since=since, asked=asked),
        then=history.active(session, unit_id=unit.id, on=before),
        here=history.active(session, unit_id=unit.id, on=today),
    )


def unsigned(session: Session, *, people: Sequence[int], now: datetime) -> set[int]:
    """Return who of these people has not signed what is asked of them."""
    wanted = select(Person.id).where(not_(lists.has_signed(_asked(session, now=now))))
    found: set[int] = set()
    for at in range(0, len(people), planning.AT_ONCE):
        found.update(session.execute(wanted.where(Person.id.in_(people[at : at + planning.AT_ONCE]))).scalars())
    return found


def _asked(session: Session, *, now: datetime) -> Sequence[asks.Ask]:
    return editions.asking(editions.open_editions(session, now=now))


def leading(session: Session, *, row: RosterImport, now: datetime) -> dict[Person, bool]:
    """Return those who hold a role and would come to another unit, or leave: True."""
    holders = {person.number: person for person in grants.holders(session, within=row.unit, now=now)}
    changed = select(ImportRow.number, ImportRow.changes).where(
        ImportRow.import_id == row.id, ImportRow.outcome == Outcome.CHANGED.value
    )
    found = {}
    for at in range(0, len(holders), planning.AT_ONCE):
        part = ImportRow.number.in_(list(holders)[at : at + planning.AT_ONCE])
        for number, changes in session.execute(changed.where(part).order_by(ImportRow.row)):
            moves = any(field == "unit_code" for field, _, _ in changes)
            leaves = any(field == "status" and new in roster_rules.LEFT for field, _, new in changes)
            if moves or leaves:
                found[holders[str(number)]] = leaves
    return found


def roles(session: Session, *, people: Sequence[int], now: datetime) -> dict[int, list[RoleGrant]]:
    """Return the roles that each of these people holds now."""
    found: dict[int, list[RoleGrant]] = {each: [] for each in people}
    for grant in grants.of_people(session, people=people, now=now):
        found[grant.account.person_id].append(grant)
    return found


def leaving_holders(session: Session, *, row: RosterImport, now: datetime) -> list[int]:
    """Return the ids of those who hold a role and would leave."""
    return [person.id for person, leaves in leading(session, row=row, now=now).items() if leaves]


def changes(session: Session, *, row: RosterImport, person_id: int | None) -> bool:
    """Say whether an import would change this person."""
    theirs = select(Person.number).where(Person.id == person_id).scalar_subquery()
    changed = (ImportRow.outcome == Outcome.CHANGED.value, ImportRow.number == theirs)
    return session.execute(select(ImportRow.row).where(ImportRow.import_id == row.id, *changed)).first() is not None


def removals(session: Session, *, row: RosterImport) -> Sequence[Removal]:
    """Return what was said of an import's missing people, the newest first."""
    rows = select(Removal).where(Removal.import_id == row.id).order_by(Removal.id.desc())
    return session.execute(rows).scalars().all()


def named(session: Session, *, people: Sequence[int]) -> list[Missing]:
    """Return these people, `MOST_NAMED` at most, by unit and name."""
    columns = (Person.id, Person.name, Person.number, Person.status, Unit.name)
    query = select(*columns).join(Unit, Unit.id == Person.unit_id).where(Person.id.in_(people[:MOST_NAMED]))
    return [Missing(*each) for each in session.execute(query.order_by(Person.unit_id, Person.name, Person.id))]


def _waiting() -> Select[int]:
    """Return the query of the imports in which something waits that the visitor may approve, or was refused to them.

    They approve not what they asked themself, nor what changes their data or marks them as gone.
    """
    theirs = select(Person.number).where(Person.id == asker.PERSON).scalar_subquery()
    own_row = exists().where(
        ImportRow.import_id == RosterImport.id,
        ImportRow.outcome == Outcome.CHANGED.value,
        ImportRow.number == theirs,
    )
    open_one = exists().where(
        _MARKED.import_id == RosterImport.id,
        _MARKED.outcome.is_(None),
        _MARKED.asked_by_id.is_distinct_from(asker.ACCOUNT),
        not_(_names(_MARKED.people, asker.PERSON)),
    )
    whole = RosterImport.state == State.WAITING.value
    asked = and_(whole, RosterImport.asked_by_id.is_distinct_from(asker.ACCOUNT), not_(own_row))
    here = scope.unit_clause(RosterImport.unit_id, asker.ADMINISTERS)
    return select(RosterImport.id).where(here, or_(asked, open_one, _refused()))


def _names(people: InstrumentedAttribute[list[int]], person_id: BindParameter[int]) -> ColumnElement[bool]:
    """Hold where a list of people, kept as JSON, names this one; written so that both databases can say it."""
    tight = func.replace(cast(people, String), " ", "")
    between_commas = func.replace(func.replace(tight, "[", ","), "]", ",")
    return between_commas.contains(literal(",") + cast(person_id, String) + ",")


def unseen() -> ColumnElement[bool]:
    """Hold for a file that another one than who had asked put away, which they have not looked at since."""
    row = RosterImport
    dropped = and_(row.state == State.DROPPED.value, row.touched_at <= row.dropped_at)
    return and_(dropped, row.dropped_by_id.is_distinct_from(row.asked_by_id))


def _refused() -> ColumnElement[bool]:
    """Hold for a file that the visitor asked for and another administrator refused, even if it is put away."""
    told = or_(RosterImport.state == State.CHECKED.value, unseen())
    last = ImportRefusal.at >= RosterImport.asked_at
    refused = exists().where(ImportRefusal.import_id == RosterImport.id, last)
    return and_(told, refused, RosterImport.asked_by_id == asker.ACCOUNT)


WAITING = _waiting()
REFUSED = (
    select(RosterImport)
    .where(scope.unit_clause(RosterImport.unit_id, asker.ADMINISTERS), _refused())
    .options(_REFUSALS)
    .order_by(RosterImport.id.desc())
    .limit(NEWEST)
)


def _missing(session: Session, row: RosterImport, *columns: Any) -> Select[Any]:
    named = exists().where(ImportRow.import_id == row.id, ImportRow.number == Person.number)
    kept = exists().where(ImportRow.import_id == row.id)  # of rows that are gone nobody is missing
    query = select(*columns).select_from(Person).join(Unit, Unit.id == Person.unit_id)
    if row.about is None:
        return query.where(false())
    stays = Person.status.not_in(roster_rules.LEFT)
    return query.where(lists.inside(session, row.about), stays, kept, not_(named))
