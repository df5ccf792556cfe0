"""\"Laporkan data salah\": a queue that the institution's administrator answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.roster import rules as roster_rules
from pakta.roster import scope
from pakta.roster.models import Person, Unit
from pakta.signing import rules
from pakta.signing.models import DataReport

ANSWER_LIMIT = 600  # characters
OPEN_LIMIT = 5  # reports of one person that wait for an answer at once


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


def answer(
    session: Session, *, report_id: int, granted: Sequence[Unit], account_id: int, text: str, now: datetime
) -> DataReport:
    """Answer a report of a person inside the granted units; refuses with NOT_ALLOWED or ANSWER_INCOMPLETE."""
    row = session.get(DataReport, report_id)
    if row is None or not scope.in_scope(granted, row.person.unit):
        raise Refusal(Reason.NOT_ALLOWED)
    cleaned = roster_rules.without_numbers(" ".join(text.split()), own=row.person.number)
    if not 3 <= len(cleaned) <= ANSWER_LIMIT:
        raise Refusal(Reason.ANSWER_INCOMPLETE)
    if row.answered_at is None:
        row.answer, row.answered_by_id, row.answered_at = cleaned, account_id, now
        session.flush()
    return row


def of_person(session: Session, *, person: Person) -> list[DataReport]:
    """Return the person's reports, newest first."""
    rows = select(DataReport).where(DataReport.person_id == person.id).order_by(DataReport.id.desc())
    return list(session.execute(rows).scalars())


def queue(session: Session, *, granted: Sequence[Unit]) -> list[DataReport]:
    """Return the reports of people inside the granted units: waiting ones first, oldest on top."""
    rows = session.execute(
        select(DataReport)
        .join(Person, Person.id == DataReport.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(scope.subtree_clause(granted))
        .order_by(DataReport.answered_at.is_not(None), DataReport.id)
        .limit(500)
    )
    return list(rows.scalars())
