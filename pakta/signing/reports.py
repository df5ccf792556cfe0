"""\"Laporkan data salah\": a queue that the institution's administrator answers, by a correction or with a reason.

Each report says by when it is answered: 3 x 24 hours (UU 27/2022, Pasal 30; `rules.due_at`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from pakta import asker
from pakta.accounts import grants
from pakta.accounts.models import Account
from pakta.certificates import service as certificates
from pakta.core.errors import Reason, Refusal
from pakta.ledger import service as ledger
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.roles import Role
from pakta.roster import correcting, names, scope
from pakta.roster import rules as roster_rules
from pakta.roster import units as roster_units
from pakta.roster.correcting import Plan, Wanted
from pakta.roster.models import Person, Unit
from pakta.signing import rules
from pakta.signing.models import DataReport

ANSWER_LIMIT = 600  # characters
OPEN_LIMIT = 5  # reports of one person that wait for an answer at once
CORRECTED = "Data Anda sudah diperbaiki."  # what is answered where the administrator adds nothing


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many reports wait for an answer, and how many of them for longer than they may."""

    open: int
    overdue: int


def report(session: Session, *, person: Person, field: str, message: str, now: datetime) -> DataReport:
    """Put a report into the queue; refuses with REPORT_INCOMPLETE or TOO_MANY_TRIES."""
    hidden = roster_rules.without_numbers(" ".join(message.split()), own=person.number)
    text = rules.check_report(field=field, message=hidden)
    waiting = [row for row in of_person(session, person=person) if row.answered_at is None]
    if any(row.field == field and row.message == text for row in waiting):
        return next(row for row in waiting if row.field == field and row.message == text)
    if len(waiting) >= OPEN_LIMIT:
        raise Refusal(Reason.TOO_MANY_TRIES)
    row = DataReport(person_id=person.id, field=field, message=text, reported_at=now)
    session.add(row)
    session.flush()
    return row


def find(session: Session, *, report_id: int, granted: Sequence[Unit]) -> DataReport | None:
    """Return a report of a person inside the granted units, or None."""
    row = session.get(DataReport, report_id)
    return row if row is not None and scope.in_scope(granted, row.person.unit) else None


def answer(session: Session, *, report_id: int, by: Account, text: str, now: datetime) -> DataReport:
    """Answer a report with words alone; the first answer stays.

    Refuses with NOT_ALLOWED outside what `by` administers then, REPORT_OWN, or ANSWER_INCOMPLETE.
    """
    ledger.wait_turn(session)
    granted = _administered(session, by, now=now)
    row = _answerable(session, report_id=report_id, granted=granted, by=by)
    cleaned = _cleaned(text, person=row.person)
    if len(cleaned) < 3:
        raise Refusal(Reason.ANSWER_INCOMPLETE)
    _answer(session, row, by=by, text=cleaned, kind=Kind.REPORT_ANSWERED, now=now)
    return row


def preview(
    session: Session, *, report_id: int, granted: Sequence[Unit], by: Account, wanted: Wanted, now: datetime
) -> Plan:
    """Say what a correction would change, or what is wrong with it; nothing is written.

    Wrong is also what takes two: another person's name (CORRECTION_NAME), and another unit of somebody who holds a
    role (CORRECTION_ROLE).  An import does both, which a second administrator approves.

    Refuses with NOT_ALLOWED, REPORT_OWN, REPORT_CLOSED or CORRECTION_SAME.
    """
    row = _answerable(session, report_id=report_id, granted=granted, by=by)
    if rules.is_closed(answered_at=row.answered_at, now=now):
        raise Refusal(Reason.REPORT_CLOSED)
    on = now.astimezone(roster_units.WIB).date()
    made = correcting.plan(session, person=row.person, wanted=wanted, granted=granted, on=on)
    wrong = made.wrong | _takes_two(session, row.person, made, now=now)
    return replace(made, wrong=wrong, changes=() if wrong else made.changes)


def correct(
    session: Session,
    *,
    report_id: int,
    by: Account,
    wanted: Wanted,
    seen: str,
    text: str,
    now: datetime,
) -> DataReport:
    """Correct the person's data, keep what was changed, and answer the report with it.

    A report can be corrected again for 30 days after its answer: so is a wrong correction undone.

    seen  the person's `stamp` when the administrator looked at them

    Refuses as `preview` does, with the first wrong field's reason, or with CORRECTION_STALE.
    """
    correcting.wait(session)
    ledger.wait_turn(session)
    granted = _administered(session, by, now=now)
    row = _answerable(session, report_id=report_id, granted=granted, by=by)
    person = correcting.held(session, person_id=row.person_id)
    changed_since = seen != stamp(person)
    if changed_since and wanted == correcting.present(person):
        return row  # the same tap twice
    made = preview(session, report_id=report_id, granted=granted, by=by, wanted=wanted, now=now)
    if changed_since:
        raise Refusal(Reason.CORRECTION_STALE)
    for refusal in made.wrong.values():
        raise refusal
    correcting.correct(session, person=person, made=made, report_id=row.id, account_id=by.id, now=now)
    words = _cleaned(text, person=person) or CORRECTED
    _answer(session, row, by=by, text=words, kind=Kind.DATA_CORRECTED, now=now)
    return row


def _takes_two(session: Session, person: Person, made: Plan, *, now: datetime) -> dict[str, Refusal]:
    """Return, by field, what one administrator may not change alone; by the rules of a file of people."""
    changed = {each.field for each in made.changes}
    found = {}
    if "name" in changed:
        other = names.is_other(person.name, made.wanted.name)
        if other or certificates.signed_otherwise(session, named={person.id: made.wanted.name}):
            found["name"] = Refusal(Reason.CORRECTION_NAME)
    if "unit" in changed and grants.of_people(session, people=[person.id], now=now):
        found["unit"] = Refusal(Reason.CORRECTION_ROLE)
    return found


def stamp(person: Person) -> str:
    """Return what changes whenever the person's data does."""
    return person.changed_at.isoformat()


def of_person(session: Session, *, person: Person) -> list[DataReport]:
    """Return the person's reports, newest first."""
    rows = select(DataReport).where(DataReport.person_id == person.id).order_by(DataReport.id.desc())
    return list(session.execute(rows).scalars())


def queue(session: Session, *, granted: Sequence[Unit]) -> list[DataReport]:
    """Return the reports of people inside the granted units: waiting ones first, those that wait longest on top."""
    rows = select(DataReport).where(scope.person_clause(DataReport.person_id, granted))
    ordered = rows.order_by(DataReport.answered_at.is_not(None), DataReport.reported_at, DataReport.id)
    return list(session.execute(ordered.limit(500)).scalars())


def waiting(session: Session, *, granted: Sequence[Unit], now: datetime) -> Waiting:
    """Return how many reports of people inside the granted units wait, and how many are overdue."""
    counted = _unanswered(granted)
    late = counted.where(DataReport.reported_at < now - rules.ANSWERED_WITHIN)
    return Waiting(session.execute(counted).scalar_one(), session.execute(late).scalar_one())


def _administered(session: Session, by: Account, *, now: datetime) -> list[Unit]:
    """Return what an account administers, behind the locks: a role may have ended while they were waited for."""
    return grants.units_anew(session, Role.ADMINISTRATOR, account=by, now=now)


def _unanswered(granted: Sequence[Unit] | str) -> Select[int]:
    here = scope.person_clause(DataReport.person_id, granted)
    return select(func.count()).select_from(DataReport).where(DataReport.answered_at.is_(None), here)


# What counts, for the menu, the reports that wait for the visitor's answer: nobody answers themself.
WAITING = _unanswered(asker.ADMINISTERS).where(DataReport.person_id.is_distinct_from(asker.PERSON))


def _answerable(session: Session, *, report_id: int, granted: Sequence[Unit], by: Account) -> DataReport:
    row = find(session, report_id=report_id, granted=granted)
    if row is None:
        raise Refusal(Reason.NOT_ALLOWED)
    if row.person_id == by.person_id:
        raise Refusal(Reason.REPORT_OWN)
    return row


def _answer(session: Session, row: DataReport, *, by: Account, text: str, kind: Kind, now: datetime) -> None:
    """Write the answer where there is none yet, and tell the person of what is new."""
    first = row.answered_at is None
    if first:
        row.answer, row.answered_by_id, row.answered_at = text, by.id, now
    if first or kind is Kind.DATA_CORRECTED:
        notices.tell(session, person_id=row.person_id, kind=kind, facts={}, now=now)
    session.flush()


def _cleaned(text: str, *, person: Person) -> str:
    """Return an answer without identity numbers; refuses with ANSWER_INCOMPLETE where it is too long."""
    cleaned = roster_rules.without_numbers(" ".join(text.split()), own=person.number)
    if len(cleaned) > ANSWER_LIMIT:
        raise Refusal(Reason.ANSWER_INCOMPLETE)
    return cleaned
