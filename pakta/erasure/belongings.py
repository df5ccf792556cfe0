"""Which rows are about a person, and in what order they can go: whoever is pointed at goes last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Select, String, Update, cast, delete, select, update
from sqlalchemy.orm import Session

from pakta.accounts.models import Account, Challenge, PersonKey, Recovery, RoleGrant, SignIn, Slip
from pakta.appointments.models import Appointment
from pakta.certificates.models import Document, IssuedCredential, StoredEvidence
from pakta.coverage import publishing
from pakta.custody.models import AskedFor, SlipBatch, SlipCustody
from pakta.departures.models import Departure
from pakta.disputes.models import Dispute, EarlierFinding
from pakta.erasure import trail
from pakta.imports.models import ImportRefusal, ImportRow, Removal, RosterImport
from pakta.jobs.models import Job, JobFailure
from pakta.notices.models import Notice
from pakta.objections.models import Objection
from pakta.reminders.models import Reminder, ReminderSwitch
from pakta.revocation.models import StatusRequest
from pakta.rollcalls.models import Rollcall, RollcallKey
from pakta.roster.models import Correction, Person, PersonMove, SignedPerson
from pakta.signing.models import DataReport, PreparedStatement

# What `remove` leaves in other people's rows, or alone, is written there too: all of it is swept afterwards.
SWEPT = (
    "people", "accounts", "sign_ins", "role_grants", "slips", "challenges", "person_keys", "recoveries", "disputes",
    "data_reports", "corrections", "prepared_statements", "evidence", "credentials", "documents", "signed_people",
    "access_log", "jobs", "job_failures", "attempts", "counter_people", "counter_signed", "daily_people",
    "daily_signed", "ledger_payloads",
    "ledger_absences", "erased_places", "notices", "status_requests", "appointments",
    "departures", "slip_batches", "slip_batch_people", "slip_custody", "people_moves", "imports", "import_rows",
    "import_refusals", "earlier_findings", "removals", "objections", "reminders", "reminder_switches",
    "rollcalls", "rollcall_keys",
)  # fmt: skip


def remove(session: Session, *, person_id: int, now: datetime) -> None:
    """Delete every row about a person, and take them out of the rows about others."""
    trail.forget(session, person_id=person_id, now=now)
    _unmark(session, person_id=person_id, now=now)
    for step in (*_links(person_id, now), *_rows(person_id)):
        session.execute(step, execution_options={"synchronize_session": False})
    publishing.after_erasure(session)


def _unmark(session: Session, *, person_id: int, now: datetime) -> None:
    """Take a person out of what was said of many: SQLite may give their id to somebody else."""
    named = cast(Removal.people, String).contains(str(person_id))
    for row in session.execute(select(Removal).where(named)).scalars():
        row.people = [each for each in row.people if each != person_id]
        if row.outcome is None and not row.people:
            row.outcome, row.decided_at = "ditarik", now
    session.flush()


def _rows(person_id: int) -> Iterator[Delete]:
    accounts = _of(Account.id, Account.person_id, person_id)
    certificates = _of(IssuedCredential.id, IssuedCredential.person_id, person_id)
    for paper in (Document, StatusRequest, JobFailure):
        yield delete(paper).where(paper.credential_id.in_(certificates))
    yield delete(JobFailure).where(JobFailure.job_id.in_(select(Job.id).where(Job.account_id.in_(accounts))))
    yield delete(Job).where(Job.account_id.in_(accounts))
    signed = (IssuedCredential, StoredEvidence, PreparedStatement, SignedPerson)
    yield delete(ImportRow)  # a file that waits holds numbers in any writing, and would bring the person back
    theirs = (Appointment, Correction, DataReport, Departure, Dispute, Objection, PersonMove, Recovery)
    disputes = _of(Dispute.id, Dispute.person_id, person_id)
    yield delete(EarlierFinding).where(EarlierFinding.dispute_id.in_(disputes))
    for model in (*signed, *theirs, AskedFor, Notice, Reminder, RollcallKey):
        yield delete(model).where(model.person_id == person_id)
    yield delete(SlipCustody).where(SlipCustody.slip_id.in_(_of(Slip.id, Slip.person_id, person_id)))
    yield delete(Challenge).where(Challenge.slip_id.in_(_of(Slip.id, Slip.person_id, person_id)))
    yield delete(SignIn).where(SignIn.account_id.in_(accounts))
    yield delete(RoleGrant).where(RoleGrant.account_id.in_(accounts))
    for owner in (Slip, PersonKey, Account):
        yield delete(owner).where(owner.person_id == person_id)
    yield delete(Person).where(Person.id == person_id)


def _links(person_id: int, now: datetime) -> Iterator[Update]:
    """Yield what takes a former administrator's name out of what they did for others."""
    accounts = _of(Account.id, Account.person_id, person_id)
    asked = Recovery.requested_by_id.in_(accounts)
    yield (
        update(Recovery)
        .where(asked, Recovery.approved_at.is_(None), Recovery.refused_at.is_(None))
        .values(refused_at=now)
    )
    yield update(Recovery).where(asked).values(requested_by_id=None)
    yield update(Recovery).where(Recovery.approved_by_id.in_(accounts)).values(approved_by_id=None)
    yield from _requests(StatusRequest, accounts, now)
    yield from _requests(Appointment, accounts, now)
    yield from _found(accounts)
    yield from _printed(accounts, now)
    for column in (Departure.reported_by_id, Departure.answered_by_id, Departure.undone_by_id):
        yield update(Departure).where(column.in_(accounts)).values({column.key: None})
    yield update(Reminder).where(Reminder.account_id.in_(accounts)).values(account_id=None)
    yield update(ReminderSwitch).where(ReminderSwitch.changed_by_id.in_(accounts)).values(changed_by_id=None)
    for column in (Rollcall.opened_by_id, Rollcall.closed_by_id):
        yield update(Rollcall).where(column.in_(accounts)).values({column.key: None})
    yield update(PersonMove).where(PersonMove.account_id.in_(accounts)).values(account_id=None)
    yield from _imports(accounts, now)
    yield update(Objection).where(Objection.answered_by_id.in_(accounts)).values(answered_by_id=None)
    yield update(Correction).where(Correction.corrected_by_id.in_(accounts)).values(corrected_by_id=None)
    yield update(DataReport).where(DataReport.answered_by_id.in_(accounts)).values(answered_by_id=None)


def _imports(accounts: Select[tuple[int]], now: datetime) -> Iterator[Update]:
    """Yield what takes somebody out of the imports that they brought or decided; files that wait are put away."""
    ended = ("diterapkan", "dibuang")
    yield update(RosterImport).where(RosterImport.state.not_in(ended)).values(state="dibuang", touched_at=now)
    why = update(ImportRefusal).where(ImportRefusal.words.is_not(None))  # it may name anybody
    yield why.values(words="(dihapus bersama data seseorang)")
    row = Removal
    yield (
        update(row)
        .where(row.asked_by_id.in_(accounts), row.outcome.is_(None))
        .values(outcome="ditarik", decided_at=now)
    )
    brought = (
        RosterImport.account_id,
        RosterImport.asked_by_id,
        RosterImport.approved_by_id,
        RosterImport.dropped_by_id,
    )
    for column in (*brought, ImportRefusal.by_id, row.asked_by_id, row.decided_by_id):
        yield update(column.class_).where(column.in_(accounts)).values({column.key: None})


def _requests(row: Any, accounts: Select[tuple[int]], now: datetime) -> Iterator[Update]:
    """Yield what takes somebody out of the requests that they asked or decided; their open ones end."""
    ended = {"outcome": "ditarik", "decided_at": now}
    yield update(row).where(row.asked_by_id.in_(accounts), row.outcome.is_(None)).values(ended)
    yield update(row).where(row.first_by_id.in_(accounts), row.outcome.is_(None)).values(first_at=None)
    for column in (row.asked_by_id, row.first_by_id, row.decided_by_id):
        yield update(row).where(column.in_(accounts)).values({column.key: None})


def _printed(accounts: Select[tuple[int]], now: datetime) -> Iterator[Update]:
    """Yield what takes somebody out of the batches of slips; what they asked for and nobody printed ends."""
    row = SlipBatch
    ended = {"outcome": "ditarik", "decided_at": now}
    yield update(row).where(row.asked_by_id.in_(accounts), row.outcome.is_(None)).values(ended)
    for column in (row.asked_by_id, row.decided_by_id):
        yield update(row).where(column.in_(accounts)).values({column.key: None})
    yield update(SlipCustody).where(SlipCustody.handed_by_id.in_(accounts)).values(handed_by_id=None)


def _found(accounts: Select[tuple[int]]) -> Iterator[Update]:
    """Yield what takes somebody out of the disputes that they decided; of an open one they found nothing."""
    row = Dispute
    nothing = {"found": None, "found_by_id": None, "found_at": None, "outcome": ""}
    yield update(row).where(row.found_by_id.in_(accounts), row.closed_at.is_(None)).values(nothing)
    for column in (row.found_by_id, row.closed_by_id, EarlierFinding.by_id):
        yield update(column.class_).where(column.in_(accounts)).values({column.key: None})


def _of(column: Any, owner: Any, person_id: int) -> Select[tuple[int]]:
    return select(column).where(owner == person_id)
