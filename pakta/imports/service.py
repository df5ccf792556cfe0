"""What can be done with an import: take a file, choose its columns, check it, apply it, put it away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from pakta.accounts import audit, grants
from pakta.accounts.models import Account, RoleGrant
from pakta.core.errors import Reason, Refusal
from pakta.imports import queries, rules
from pakta.imports.models import ImportRefusal, ImportRow, Removal, RosterImport
from pakta.imports.rules import State
from pakta.jobs import service as jobs
from pakta.jobs.models import Job
from pakta.roles import Role
from pakta.roster import columns, scope
from pakta.roster import rules as roster_rules
from pakta.roster.models import Unit
from pakta.roster.sheets import Sheet

KIND = "impor"
MARKS = ("Baris", "Yang salah")  # the columns that a file of wrong rows has besides
LOOKED_AT = 20  # lines by whose cells a column is told that no title tells
NOBODY = "0" * 18  # why a file is refused is about no one person: only long numbers are looked for


def upload(session: Session, *, by: Account, unit: Unit, file_name: str, sheet: Sheet, now: datetime) -> RosterImport:
    """Keep a file's rows; its columns are those of the last file with the same titles, or guessed."""
    mapped = queries.remembered(session, unit=unit, header=sheet.header)
    if mapped is None:
        codes = [code for code, _ in queries.unit_codes(session, within=[unit], on=roster_rules.day_of(now))]
        first = [cells for _, cells in sheet.lines[:LOOKED_AT]]
        mapped = columns.with_units(columns.guess(sheet.header), lines=first, codes=codes)
    row = RosterImport(
        unit_id=unit.id,
        about_id=unit.id,
        account_id=by.id,
        file_name=file_name[:120],
        state=State.COLUMNS.value,
        header=list(sheet.header),
        mapped=mapped,
        rows=len(sheet.lines),
        last_row=sheet.lines[-1][0],
        job_id=None,
        uploaded_at=now,
        touched_at=now,
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(ImportRow), [{"import_id": row.id, "row": at, "cells": list(cells)} for at, cells in sheet.lines]
    )
    _record(session, row=row, by=by, action="impor-unggah", now=now)
    return row


def choose(
    session: Session, *, row: RosterImport, by: Account, mapped: columns.Mapped, about: Unit | None, now: datetime
) -> None:
    """Say which column is which and of which unit, if any, the file should name everybody, and begin the check.

    Refuses with IMPORT_STATE, UNIT_UNKNOWN, and as `columns.checked` does.
    """
    _only_in(row, State.COLUMNS, State.CHECKED)
    row.mapped = columns.checked(mapped, width=len(row.header))
    if about is not None and not scope.in_scope([row.unit], about):
        raise Refusal(Reason.UNIT_UNKNOWN, about.code)
    row.about_id = None if about is None else about.id
    _begin(session, row=row, by=by, state=State.CHECKING, now=now)


def check_again(session: Session, *, row: RosterImport, by: Account, now: datetime) -> None:
    """Check once more what was checked before, or what stood still.  Refuses with IMPORT_STATE."""
    job = queries.job_of(session, row=row)
    if State(row.state) is not State.CHECKED and not is_still(row, job):
        raise Refusal(Reason.IMPORT_STATE)
    _begin(session, row=row, by=by, state=State.CHECKING, now=now)


def correct(session: Session, *, row: RosterImport, by: Account, sheet: Sheet, now: datetime) -> int:
    """Take corrected rows in the place of the wrong ones, begin the check, and return how many they are.

    A row whose cells are all empty is taken out of the import.  One that an earlier correction mended stands as it
    is, so that the same file may come again with more rows mended.

    Refuses with IMPORT_STATE, IMPORT_CORRECTION where this is not the file of this import's wrong rows, or
    IMPORT_MENDED where it has something else for a row that is right or taken out, or no wrong row at all.
    """
    _only_in(row, State.CHECKED)
    if list(sheet.header) != [*row.header, *MARKS]:
        raise Refusal(Reason.IMPORT_CORRECTION, "judul kolomnya lain")
    wrong = queries.rows_with(session, row=row, outcome=rules.Outcome.WRONG)
    sent = _placed(row, sheet)
    found = {at: new for at, new in sent.items() if at in wrong}
    right = queries.cells_of(session, row=row, rows=sorted(sent.keys() - wrong))
    for at in sorted(sent.keys() - wrong):
        if _tight(sent[at]) != _tight(right.get(at, [])):
            told = "sudah betul di impor ini, dan di berkas Anda isinya lain" if at in right else "sudah dibuang"
            raise Refusal(Reason.IMPORT_MENDED, f"Baris {at} {told}")
    if not found:
        raise Refusal(Reason.IMPORT_MENDED, "Semua baris di berkas Anda sudah betul di impor ini")
    for at, new in found.items():
        one = (ImportRow.import_id == row.id, ImportRow.row == at)
        if any(cell.strip() for cell in new):
            session.execute(update(ImportRow).where(*one).values(cells=new))
        else:
            session.execute(delete(ImportRow).where(*one))
            row.rows -= 1
    _begin(session, row=row, by=by, state=State.CHECKING, now=now)
    return len(found)


def ask(session: Session, *, row: RosterImport, by: Account, now: datetime) -> None:
    """Begin to write what was shown, or ask a second administrator first where one is wanted.

    Refuses with IMPORT_STATE, also where a row is wrong or nothing would change, or as `check_leaving`.
    """
    _only_in(row, State.CHECKED)
    if row.wrong or not row.new + row.changed:
        raise Refusal(Reason.IMPORT_STATE)
    _check_led(session, row, by=by, now=now)
    row.asked_by_id, row.asked_at = by.id, now
    if wants_second(session, row=row, by=by, now=now):
        row.state, row.touched_at = State.WAITING.value, now
        session.flush()
        _record(session, row=row, by=by, action="impor-minta", now=now)
        return
    _begin(session, row=row, by=by, state=State.APPLYING, now=now)


def approve(session: Session, *, row: RosterImport, by: Account, now: datetime) -> None:
    """Approve as the second administrator: the job begins.

    Refuses with IMPORT_STATE, REQUEST_SAME_PERSON, APPOINTMENT_OWN where a row changes the approver,
    REQUEST_FIRST_GONE where the first one's word does not count any more (`check_word`), or as
    `check_leaving`.
    """
    _only_in(row, State.WAITING)
    if by.id == row.asked_by_id:
        raise Refusal(Reason.REQUEST_SAME_PERSON)
    if queries.changes(session, row=row, person_id=by.person_id):
        raise Refusal(Reason.APPOINTMENT_OWN)
    gone = _check_led(session, row, by=by, now=now)
    check_word(session, account_id=row.asked_by_id, unit=row.unit, gone=gone, since=row.asked_at, now=now)
    row.approved_by_id, row.approved_at = by.id, now
    _begin(session, row=row, by=by, state=State.APPLYING, now=now)


def refuse(session: Session, *, row: RosterImport, by: Account, words: str, now: datetime) -> None:
    """Refuse as the second administrator, or withdraw one's own request: it stands as checked again.

    words  why, or nothing; kept of a refusal, with who and when, and told to who had asked

    Refuses with IMPORT_STATE, TEXT_TOO_LONG or TEXT_HIDDEN_SIGNS.
    """
    _only_in(row, State.WAITING)
    if by.id == row.asked_by_id:
        row.asked_by_id = row.asked_at = None
    else:
        said = roster_rules.tidy(" ".join(words.split()), limit=rules.WORDS)
        hidden = roster_rules.without_numbers(said, own=NOBODY) or None
        row.refusals.append(ImportRefusal(by_id=by.id, at=now, words=hidden))
    row.state, row.touched_at = State.CHECKED.value, now
    session.flush()
    _record(session, row=row, by=by, action="impor-tolak", now=now)


def drop(session: Session, *, row: RosterImport, by: Account, now: datetime) -> None:
    """Put a file away with its rows; what was written stays.  The same once more changes nothing.

    Refuses with IMPORT_STATE while a job works on it.
    """
    if State(row.state) is State.DROPPED or row.dropped_at is not None:
        return
    if State(row.state) in rules.WORKING and not is_still(row, queries.job_of(session, row=row)):
        raise Refusal(Reason.IMPORT_STATE)
    if State(row.state) is not State.APPLIED:
        row.state = State.DROPPED.value
    row.touched_at = row.dropped_at = now
    row.dropped_by_id = by.id
    _forget_rows(session, ids=[row.id])
    session.flush()
    _record(session, row=row, by=by, action="impor-buang", now=now)


def look(session: Session, *, import_id: int, account_id: int, now: datetime) -> None:
    """Keep that who had asked for a file has seen that another administrator put it away."""
    theirs = (RosterImport.id == import_id, RosterImport.asked_by_id == account_id, queries.unseen())
    session.execute(
        update(RosterImport).where(*theirs).values(touched_at=now), execution_options={"synchronize_session": False}
    )


def wants_second(session: Session, *, row: RosterImport, by: Account | None, now: datetime) -> bool:
    """Say whether this import wants a second administrator.

    One alone, `by`, does not take away nor move a role either, and changes no data of their own.
    """
    if row.reused or too_many_leave(session, row=row, now=now) or queries.leading(session, row=row, now=now):
        return True
    return by is not None and queries.changes(session, row=row, person_id=by.person_id)


def check_leaving(
    session: Session, *, people: Sequence[int], by: Account | None, now: datetime
) -> Sequence[RoleGrant]:
    """Return the roles of people who are to leave.

    by  who decides it, or None where it was decided

    Refuses with APPOINTMENT_LAST_TWO where too few administrators would be left over any unit, or ROLE_BEYOND where
    one of them administers what `by` does not.
    """
    gone = grants.of_people(session, people=people, now=now)
    grants.check_enough(session, gone=gone, now=now)
    if by is not None:
        grants.check_reached(roles=_administering(gone), granted=grants.administered(session, account=by, now=now))
    return gone


def check_word(
    session: Session,
    *,
    account_id: int | None,
    unit: Unit,
    gone: Sequence[RoleGrant],
    since: datetime | None,
    now: datetime,
) -> None:
    """Refuse with REQUEST_FIRST_GONE where what an account said at `since` counts no more.

    gone  the roles of those who are to leave: it still reaches what the administrators among them administer
    """
    roles = _administering(gone)
    if not grants.still_reaches(session, account_id=account_id, unit=unit, roles=roles, since=since, now=now):
        raise Refusal(Reason.REQUEST_FIRST_GONE)


def too_many_leave(session: Session, *, row: RosterImport, now: datetime) -> bool:
    """Say whether so many would have been put out of the sums within `rules.WITHIN` that two are wanted."""
    if row.leaving == 0:
        return False
    leaving = queries.leaving_pairs(session, row=row)
    return queries.ground(session, unit=row.unit, now=now).measure(leaving).too_many


def is_still(row: RosterImport, job: Job | None) -> bool:
    """Say whether a job should work on it and none does: it was cancelled, it failed, or it is long gone."""
    return State(row.state) in rules.WORKING and (job is None or not job.is_open)


def held(session: Session, *, import_id: int, by: Account, now: datetime) -> RosterImport:
    """Return an import of the units that an account administers now, held to the end of the transaction.

    Refuses with REQUEST_UNKNOWN.
    """
    wanted = select(RosterImport).where(RosterImport.id == import_id).with_for_update(of=RosterImport)
    row = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None or not scope.in_scope(grants.administered(session, account=by, now=now), row.unit):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    return row


def tidy(session: Session, *, now: datetime) -> int:
    """Take away the rows with which nothing was done for a week; return of how many imports."""
    old = select(RosterImport).where(
        RosterImport.touched_at < now - rules.KEPT,
        select(ImportRow.row).where(ImportRow.import_id == RosterImport.id).exists(),
    )
    found = session.execute(old).scalars().all()
    for row in found:
        if State(row.state) not in rules.ENDED:
            row.state = State.DROPPED.value
    _forget_rows(session, ids=[row.id for row in found])
    session.flush()
    return len(found)


def _placed(row: RosterImport, sheet: Sheet) -> dict[int, list[str]]:
    """Return the cells of a corrected file by their places in the import."""
    width, found = len(row.header), {}
    for at, cells in sheet.lines:
        place = cells[width].strip() if len(cells) > width else ""
        if not (place.isascii() and place.isdigit() and len(place) < 8 and 1 < int(place) <= row.last_row):
            raise Refusal(Reason.IMPORT_CORRECTION, f"pada baris ke-{at} berkas ini")
        found[int(place)] = list(cells[:width])
    return found


def _tight(cells: Sequence[str]) -> list[str]:
    """Return cells to compare with others: without blanks around them, and empty ones at the end."""
    stripped = [cell.strip() for cell in cells]
    while stripped and not stripped[-1]:
        stripped.pop()
    return stripped


def _administering(roles: Sequence[RoleGrant]) -> list[RoleGrant]:
    return [each for each in roles if each.role == Role.ADMINISTRATOR]


def _forget_rows(session: Session, *, ids: Sequence[int]) -> None:
    session.execute(
        delete(ImportRow).where(ImportRow.import_id.in_(ids)), execution_options={"synchronize_session": False}
    )
    waiting = (Removal.import_id.in_(ids), Removal.outcome.is_(None))
    session.execute(
        update(Removal)
        .where(*waiting)
        .values(outcome="ditarik", decided_at=func.coalesce(Removal.decided_at, Removal.asked_at)),
        execution_options={"synchronize_session": False},
    )


def _check_led(session: Session, row: RosterImport, *, by: Account, now: datetime) -> Sequence[RoleGrant]:
    return check_leaving(session, people=queries.leaving_holders(session, row=row, now=now), by=by, now=now)


def _only_in(row: RosterImport, *states: State) -> None:
    if State(row.state) not in states:
        raise Refusal(Reason.IMPORT_STATE)


def _begin(session: Session, *, row: RosterImport, by: Account, state: State, now: datetime) -> None:
    row.state, row.touched_at = state.value, now
    if state is State.CHECKING:
        row.approved_by_id = row.approved_at = None
        looked = by.id == row.asked_by_id and row.was_refused_last  # who was refused is told until then
        if not row.refusals or looked:
            row.asked_by_id = row.asked_at = None
    total = rules.pieces(row.last_row) + 1
    asked = jobs.Asked(
        kind=KIND,
        account_id=by.id,
        unit_id=row.unit_id,
        subject=str(row.id),
        title=("Memeriksa " if state is State.CHECKING else "Menerapkan ") + row.file_name,
        back=f"/impor/{row.id}",
        until=total * rules.PIECE,
        total=total,
        costly=total,
    )
    row.job_id = jobs.ask(session, asked=asked, now=now).id
    session.flush()
    _record(session, row=row, by=by, action=f"impor-{state.value}", now=now)


def _record(session: Session, *, row: RosterImport, by: Account, action: str, now: datetime) -> None:
    audit.record(session, account_id=by.id, action=action, unit_id=row.unit_id, detail=f"impor {row.id}", now=now)
