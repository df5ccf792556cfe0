"""The work of a job: checks the rows a piece at a time, and at the end says so, or writes them all at once.

What is to be written is held against the roster once more before it is, since it may have changed since the check.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from pakta.certificates import service as certificates
from pakta.core.errors import Reason, Refusal
from pakta.imports import queries, rules
from pakta.imports import service as imports
from pakta.imports.models import ImportRow, RosterImport
from pakta.imports.rules import Outcome, State
from pakta.jobs.models import Job
from pakta.jobs.runner import Piece, Store
from pakta.roster import columns, planning, rows, service
from pakta.roster import rules as roster_rules
from pakta.roster import units as roster_units
from pakta.roster.planning import Change
from pakta.roster.rows import PersonRow, UnitFacts

STAGED = cast(Table, ImportRow.__table__)
CHECKED = ("outcome", "number", "name", "facts", "changes", "errors", "reused", "leaves")
FACTS = tuple(field.name for field in fields(PersonRow))
REMEMBERED = timedelta(seconds=30)  # what is known of the units; at the end they are read anew
SHOWN = ("new", "changed", "same", "wrong", "reused", "digest")  # what is written must be that
Units = Mapping[str, UnitFacts]


class Making:
    """What a runner does for jobs of the kind `impor`."""

    alone = False  # a piece that fails ends the job: a file is written whole or not at all
    lease = timedelta(minutes=3)  # the one transaction of 100,000 rows takes longer than a unit of work elsewhere

    def __init__(self, *, pepper: roster_rules.Pepper, clock: Callable[[], datetime]) -> None:
        """Begin."""
        self._pepper, self._clock = pepper, clock
        self._units: tuple[int, datetime, Units] | None = None

    def batch(self, session: Session, *, job: Job) -> Sequence[Piece]:
        """Return the pieces that are left; the last one ends the check or writes."""
        row = session.get(RosterImport, int(job.subject), populate_existing=True)
        if row is None or State(row.state) not in rules.WORKING or row.job_id != job.id:
            return []
        first, last = job.cursor // rules.PIECE + 1, rules.pieces(row.last_row) + 1
        return [Piece(at * rules.PIECE, str(row.id), made=False) for at in range(first, last + 1)]

    def make(self, session: Session, *, piece: Piece) -> Store:
        """Check a piece, or end.  Refuses with IMPORT_STALE where the roster is not what it was when it was shown."""
        row = session.get_one(RosterImport, int(piece.name))
        checking = State(row.state) is State.CHECKING
        if piece.id <= rules.pieces(row.last_row) * rules.PIECE:
            if not checking:
                within = (ImportRow.row > piece.id - rules.PIECE, ImportRow.row <= piece.id)
                self._as_shown(session, row, self._units_of(session, row, self._clock()), *within)
                return lambda writing: 0
            found = self._check(session, row, piece.id)
            return lambda writing: _keep(writing, row_id=row.id, found=found)
        if checking:
            return lambda writing: self._end_check(writing, row_id=row.id)
        return lambda writing: self._write(writing, row_id=row.id)

    def _check(self, session: Session, row: RosterImport, until: int) -> list[dict[str, Any]]:
        now = self._clock()
        units = self._units_of(session, row, now)
        staged = session.execute(
            select(ImportRow.row, ImportRow.cells, *(getattr(ImportRow, name) for name in CHECKED))
            .where(ImportRow.import_id == row.id, ImportRow.row > until - rules.PIECE, ImportRow.row <= until)
            .order_by(ImportRow.row)
        ).all()
        checking = rows.Checking(
            mapped=row.mapped, width=len(row.header), units=units, on=now.astimezone(roster_units.WIB).date()
        )
        people, errors = checking.all((each.row, each.cells) for each in staged)
        standing = planning.beside(session, people)
        errors += planning.clashes(people, standing, units)
        wrong: dict[int, list[list[str]]] = {}
        for error in errors:
            told = [error.field, error.reason.value, error.refusal.detail]
            wrong.setdefault(error.row, []).append(told)
        good = [person for person in people if person.row not in wrong]
        plan = planning.Plan(people=good, standing=standing, units=units, absent=_absent(row))
        unsigned = _unsigned(session, plan, now)
        reused = _reused(session, plan)
        like = planning.alike(session, plan.new, units=units)
        return _outcomes(staged, people, plan, wrong, mapped=row.mapped, unsigned=unsigned, reused=reused, like=like)

    def _units_of(self, session: Session, row: RosterImport, now: datetime) -> Units:
        """Return the units that an import may reach; not read anew for each piece."""
        if self._units is None or self._units[0] != row.unit_id or now - self._units[1] > REMEMBERED:
            on = now.astimezone(roster_units.WIB).date()
            self._units = (row.unit_id, now, planning.units_of(session, on=on, within=row.unit))
        return self._units[2]

    def _end_check(self, session: Session, *, row_id: int) -> int:
        _mark_twice(session, row_id=row_id)
        row = session.get_one(RosterImport, row_id)
        for name, value in _counted(session, row).items():
            setattr(row, name, value)
        row.state, row.checked_at = State.CHECKED.value, self._clock()
        session.flush()
        return 0

    def _write(self, session: Session, *, row_id: int) -> int:
        """Write all that was shown, and nothing else, in this one transaction.

        Refuses with IMPORT_STALE, APPOINTMENT_LAST_TWO, or REQUEST_FIRST_GONE where the word of one who decided it
        counts no more.
        """
        planning.lock(session)
        row, now = session.get_one(RosterImport, row_id), self._clock()
        told = _counted(session, row)
        if any(told[name] != getattr(row, name) for name in SHOWN) or self._lacks_second(session, row, now):
            raise Refusal(Reason.IMPORT_STALE)
        leaving = queries.leaving_holders(session, row=row, now=now)
        gone = imports.check_leaving(session, people=leaving, by=None, now=now)  # others may have gone since
        for account_id, since in _words(row):
            imports.check_word(session, account_id=account_id, unit=row.unit, gone=gone, since=since, now=now)
        units = planning.units_of(session, on=roster_rules.day_of(now), within=row.unit)
        plan = self._as_shown(session, row, units, ImportRow.outcome.in_((Outcome.NEW, Outcome.CHANGED)))
        out = {change.person_id for change in plan.changes() if change.leaves} | _unsigned(session, plan, now)
        if queries.pairs_of(session, people=sorted(out)) - queries.leaving_pairs(session, row=row):
            raise Refusal(Reason.IMPORT_STALE)  # fewer of somebody's kind have signed than when it was checked
        demo = service.is_invented(session)
        plan.write(session, now=now, pepper=self._pepper, demo=demo, account_id=row.asked_by_id)
        row.state, row.applied_at, row.touched_at = State.APPLIED.value, now, now
        session.flush()
        return 0

    def _as_shown(
        self, session: Session, row: RosterImport, units: Units, *which: ColumnElement[bool]
    ) -> planning.Plan:
        """Return what some checked rows do; refuses with IMPORT_STALE where that is not what was shown of them."""
        staged = session.execute(
            select(ImportRow.facts, ImportRow.outcome, ImportRow.changes)
            .where(ImportRow.import_id == row.id, *which)
            .order_by(ImportRow.row)
        ).all()
        people = [PersonRow(**facts) for facts, _, _ in staged if facts is not None]
        standing = planning.beside(session, people)
        places = [units.get(person.unit_code) for person in people]
        open_all = len(people) == len(staged) and all(place and place.is_open for place in places)
        if not open_all or planning.clashes(people, standing, units):
            raise Refusal(Reason.IMPORT_STALE)
        plan = planning.Plan(people=people, standing=standing, units=units, absent=_absent(row))
        new = {facts["row"] for facts, outcome, _ in staged if outcome == Outcome.NEW}
        changed = {facts["row"]: changes for facts, outcome, changes in staged if outcome == Outcome.CHANGED}
        if {person.row for person in plan.new} != new:
            raise Refusal(Reason.IMPORT_STALE)
        if {change.row: _told(change) for change in plan.changes()} != changed:
            raise Refusal(Reason.IMPORT_STALE)
        return plan

    def _lacks_second(self, session: Session, row: RosterImport, now: datetime) -> bool:
        """Say whether a second administrator is wanted by now: others may be out since it was asked for."""
        return row.approved_by_id is None and imports.wants_second(session, row=row, by=row.asked_by, now=now)


def _words(row: RosterImport) -> list[tuple[int | None, datetime | None]]:
    """Return who decided that an import is written, and when: one alone, or two."""
    approved = [(row.approved_by_id, row.approved_at)] if row.approved_at else []
    return [(row.asked_by_id, row.asked_at), *approved]


def _absent(row: RosterImport) -> list[str]:
    return [name for name in planning.FIELDS if name != "unit_id" and name not in row.mapped]


def _unsigned(session: Session, plan: planning.Plan, now: datetime) -> set[int]:
    """Return who would be away and has not signed what is asked of them."""
    away = [change.person_id for change in plan.changes() if change.goes_away]
    return queries.unsigned(session, people=away, now=now)


def _reused(session: Session, plan: planning.Plan) -> set[int]:
    """Return whose number would name somebody else than it does, or than the one who signed with it."""
    named = {change.person_id: change.name_after for change in plan.changes() if change.name_after}
    found = {change.person_id for change in plan.changes() if change.is_other_person}
    ids = sorted(named.keys() - found)
    for at in range(0, len(ids), planning.AT_ONCE):
        part = {key: named[key] for key in ids[at : at + planning.AT_ONCE]}
        found |= certificates.signed_otherwise(session, named=part)
    return found


def _told(change: Change) -> list[list[str]]:
    return [list(each) for each in change.fields]


def _mark_twice(session: Session, *, row_id: int) -> None:
    """Say of numbers that stand in several pieces that all but the first are wrong; one look over the whole file."""
    first = func.min(ImportRow.row)
    query = select(ImportRow.number, first).where(ImportRow.import_id == row_id, ImportRow.number.is_not(None))
    for number, at in session.execute(query.group_by(ImportRow.number).having(func.count() > 1)).all():
        error = ["number", Reason.NUMBER_TWICE.value, str(at)]
        later = (STAGED.c.import_id == row_id, STAGED.c.number == number, STAGED.c.row > at)
        wrong: dict[str, Any] = {"outcome": Outcome.WRONG.value, "errors": [error], "changes": [], "facts": None}
        none = {"number": None, "reused": False, "leaves": False}
        session.connection().execute(update(STAGED).where(*later).values(wrong | none))


def _outcomes(
    staged: Sequence[Any],
    people: Sequence[PersonRow],
    plan: planning.Plan,
    wrong: Mapping[int, list[list[str]]],
    *,
    mapped: columns.Mapped,
    unsigned: Collection[int],
    reused: Collection[int],
    like: Mapping[int, str],
) -> list[dict[str, Any]]:
    read = {person.row: person for person in people}
    new = {person.row for person in plan.new}
    changed = {change.row: change for change in plan.changes()}
    found = []
    for each in staged:
        at = each.row
        person, change = read.get(at), changed.get(at)
        outcome = Outcome.NEW if at in new else Outcome.CHANGED if change else Outcome.SAME
        found.append(
            {
                "b_row": at,
                "outcome": Outcome.WRONG.value if at in wrong else outcome.value,
                "number": person.number if person and at not in wrong else None,
                "name": person.name if person else _name(each.cells, mapped),
                "facts": {name: getattr(person, name) for name in FACTS} if person and at not in wrong else None,
                "changes": _told(change) if change else [],
                "errors": [["number", rules.ALIKE, like[at]]] if at in like else wrong.get(at, []),
                "reused": bool(change and change.person_id in reused),
                "leaves": bool(change and (change.leaves or change.person_id in unsigned)),
            }
        )
    before = {each.row: {name: getattr(each, name) for name in CHECKED} for each in staged}
    return [each for each in found if {name: each[name] for name in CHECKED} != before[each["b_row"]]]


def _name(cells: Sequence[str], mapped: columns.Mapped) -> str:
    """Return what stands for the name in a line that could not be read."""
    return cells[mapped["name"]][:160] if mapped["name"] < len(cells) else ""


def _keep(session: Session, *, row_id: int, found: Sequence[dict[str, Any]]) -> int:
    if found:
        session.connection().execute(
            update(STAGED)
            .where(STAGED.c.import_id == row_id, STAGED.c.row == bindparam("b_row"))
            .values({name: bindparam(name) for name in CHECKED}),
            list(found),
        )
    return 0


def _counted(session: Session, row: RosterImport) -> dict[str, Any]:
    """Return what a check shows: how many rows are which, and a digest of all that would be written."""
    query = select(ImportRow.outcome, func.count()).where(ImportRow.import_id == row.id)
    counts = {outcome: count for outcome, count in session.execute(query.group_by(ImportRow.outcome))}
    special = select(
        func.count().filter(ImportRow.reused.is_(True)), func.count().filter(ImportRow.leaves.is_(True))
    ).where(ImportRow.import_id == row.id)
    reused, leaving = session.execute(special).one()
    return {
        "new": counts.get(Outcome.NEW, 0),
        "changed": counts.get(Outcome.CHANGED, 0),
        "same": counts.get(Outcome.SAME, 0),
        "wrong": counts.get(Outcome.WRONG, 0),
        "missing": queries.missing_count(session, row=row),
        "reused": reused,
        "leaving": leaving,
        "people": queries.people(session, unit=row.unit),
        "digest": _digest(session, row),
    }


def _digest(session: Session, row: RosterImport) -> str:
    hashed = hashlib.sha256()
    query = (
        select(ImportRow.row, ImportRow.outcome, ImportRow.facts, ImportRow.changes)
        .where(ImportRow.import_id == row.id)
        .order_by(ImportRow.row)
        .execution_options(yield_per=5000)
    )
    for each in session.execute(query):
        hashed.update(json.dumps(list(each), sort_keys=True).encode())
    return hashed.hexdigest()
