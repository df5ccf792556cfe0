"""Marking as gone whom an import does not name: few by one administrator, many by two.

Locks  the caller holds `planning.lock`, then the import's row
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import audit, grants
from pakta.accounts.models import Account
from pakta.core.errors import Reason, Refusal
from pakta.imports import queries, rules
from pakta.imports import service as imports
from pakta.imports.models import Removal, RosterImport
from pakta.imports.rules import State
from pakta.roster import moving, planning, scope, units
from pakta.roster import rules as roster_rules
from pakta.roster.models import Person, Unit
from pakta.roster.moving import How, Place


def mark(
    session: Session, *, row: RosterImport, by: Account, people: Sequence[int] | None, status: str, now: datetime
) -> Removal:
    """Give missing people, all of them for None, a status of those who have left, or ask a second administrator
    where they are many or one of them holds a role.

    Refuses with IMPORT_STATE before a file is checked or while a row is wrong, STATUS_UNKNOWN, IMPORT_NOBODY, or as
    `imports.check_leaving`.
    """
    if State(row.state) not in (State.CHECKED, State.APPLIED) or row.wrong:
        raise Refusal(Reason.IMPORT_STATE)
    if status not in roster_rules.LEFT:
        raise Refusal(Reason.STATUS_UNKNOWN, status[:20])
    found = queries.missing_ids(session, row=row, among=people)
    if not found:
        raise Refusal(Reason.IMPORT_NOBODY)
    leaving = queries.pairs_of(session, people=found)
    many = queries.ground(session, unit=row.unit, now=now).measure(leaving).too_many
    leading = imports.check_leaving(session, people=found, by=by, now=now)
    alone = not many and not leading
    made = Removal(
        import_id=row.id, of=row, status=status, people=found, alone=alone, asked_by_id=by.id, asked_at=now
    )
    session.add(made)
    row.touched_at = now
    if alone:
        made.outcome, made.decided_at = "disetujui", now
        _move(session, made=made, now=now)
    session.flush()
    _record(session, made=made, by=by, action="impor-tandai" if alone else "impor-tandai-minta", now=now)
    return made


def approve(session: Session, *, removal_id: int, by: Account, now: datetime) -> Removal:
    """Approve as the second administrator: those who are still there and have not left are marked.

    Refuses with REQUEST_UNKNOWN, REQUEST_CLOSED, REQUEST_SAME_PERSON, APPOINTMENT_OWN where they are among those
    who are marked, REQUEST_FIRST_GONE, or as `imports.check_leaving`.
    """
    made = _held(session, removal_id=removal_id, by=by, now=now)
    if made.asked_by_id == by.id:
        raise Refusal(Reason.REQUEST_SAME_PERSON)
    if by.person_id in made.people:
        raise Refusal(Reason.APPOINTMENT_OWN)
    gone = imports.check_leaving(session, people=made.people, by=by, now=now)
    asked_by, since = made.asked_by_id, made.asked_at
    imports.check_word(session, account_id=asked_by, unit=made.of.unit, gone=gone, since=since, now=now)
    made.outcome, made.decided_by_id, made.decided_at = "disetujui", by.id, now
    _move(session, made=made, now=now)
    session.flush()
    _record(session, made=made, by=by, action="impor-tandai-setujui", now=now)
    return made


def refuse(session: Session, *, removal_id: int, by: Account, now: datetime) -> Removal:
    """Refuse, or withdraw one's own.  Refuses with REQUEST_UNKNOWN or REQUEST_CLOSED."""
    made = _held(session, removal_id=removal_id, by=by, now=now)
    made.outcome = "ditarik" if made.asked_by_id == by.id else "ditolak"
    made.decided_by_id, made.decided_at = by.id, now
    session.flush()
    _record(session, made=made, by=by, action=f"impor-tandai-{made.outcome}", now=now)
    return made


def undo(session: Session, *, removal_id: int, by: Account, now: datetime) -> int:
    """Give those who were marked by mistake their status before it; return how many of them had to be left out.

    Only who has not been given another status since and still stands within the import's reach, and within
    `rules.UNDONE_WITHIN`.  Left out is whose unit takes nobody by now, or whose name does not fit beside what it is
    called by now.

    Refuses with REQUEST_UNKNOWN or REQUEST_CLOSED.
    """
    made = _found(session, removal_id=removal_id, by=by, now=now)
    if not may_be_undone(made, now=now):
        raise Refusal(Reason.REQUEST_CLOSED)
    wanted: dict[int, Place] = {}
    left_out, on = 0, roster_rules.day_of(now)
    for at in range(0, len(made.people), planning.AT_ONCE):
        part = made.people[at : at + planning.AT_ONCE]
        moves = moving.newest_status(session, person_ids=part)
        rows = select(Person.id, Person.name, Person.status, Unit).join(Unit, Unit.id == Person.unit_id)
        inside = (Person.id.in_(part), scope.subtree_clause([made.of.unit]))
        for key, name, status, unit in session.execute(rows.where(*inside)):
            move = moves.get(key)
            marked = move is not None and (move.how, move.moved_at) == (How.MARKED, made.decided_at)
            if move is None or not marked or status != move.new_status:
                continue
            if units.takes(session, unit=unit, on=on) and roster_rules.fits(name, unit_short_name=unit.short_name):
                wanted[key] = Place(unit.id, unit.path, move.old_status)
            else:
                left_out += 1
    made.outcome = "dibatalkan"
    session.flush()
    moving.move(session, wanted=wanted, how=How.CORRECTION, account_id=by.id, now=now)
    _record(session, made=made, by=by, action="impor-tandai-batal", now=now)
    return left_out


def may_be_undone(made: Removal, *, now: datetime) -> bool:
    """Say whether people were marked, and not too long ago to be given back."""
    return (
        made.outcome == "disetujui" and made.decided_at is not None and now - made.decided_at <= rules.UNDONE_WITHIN
    )


def _held(session: Session, *, removal_id: int, by: Account, now: datetime) -> Removal:
    made = _found(session, removal_id=removal_id, by=by, now=now)
    if made.outcome is not None:
        raise Refusal(Reason.REQUEST_CLOSED)
    return made


def _found(session: Session, *, removal_id: int, by: Account, now: datetime) -> Removal:
    wanted = select(Removal).where(Removal.id == removal_id).with_for_update(of=Removal)
    made = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if made is None or not scope.in_scope(grants.administered(session, account=by, now=now), made.of.unit):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    return made


def _move(session: Session, *, made: Removal, now: datetime) -> None:
    """Give the status to who still stands within the import's reach and has not left meanwhile."""
    rows = select(Person.id, Person.unit_id, Unit.path).join(Unit, Unit.id == Person.unit_id)
    inside = scope.subtree_clause([made.of.unit])
    wanted: dict[int, Place] = {}
    for at in range(0, len(made.people), planning.AT_ONCE):
        part = Person.id.in_(made.people[at : at + planning.AT_ONCE])
        found = session.execute(rows.where(part, inside, Person.status.not_in(roster_rules.LEFT)))
        wanted |= {key: Place(unit_id, path, made.status) for key, unit_id, path in found}
    session.flush()
    moving.move(session, wanted=wanted, how=How.MARKED, account_id=made.asked_by_id, now=now)


def _record(session: Session, *, made: Removal, by: Account, action: str, now: datetime) -> None:
    detail = f"impor {made.import_id}, {len(made.people)} orang, {made.status}"
    audit.record(session, account_id=by.id, action=action, unit_id=made.of.unit_id, detail=detail, now=now)
