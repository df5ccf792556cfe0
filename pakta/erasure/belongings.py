"""Which rows are about a person, and in what order they can go: whoever is pointed at goes last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Select, Update, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from pakta.accounts.models import AccessLog, Account, Challenge, PersonKey, Recovery, RoleGrant, SignIn, Slip
from pakta.certificates.models import Document, IssuedCredential, StoredEvidence
from pakta.disputes.models import Dispute
from pakta.roster.models import Person, SignedPerson
from pakta.signing.models import DataReport, PreparedStatement

# What `remove` leaves in other people's rows, or alone, is written there too: all of it is swept afterwards.
SWEPT = (
    "people", "accounts", "sign_ins", "role_grants", "slips", "challenges", "person_keys", "recoveries", "disputes",
    "data_reports", "prepared_statements", "evidence", "credentials", "documents", "signed_people", "access_log",
    "attempts", "counter_people", "counter_signed", "ledger_payloads", "ledger_absences", "erased_places",
)  # fmt: skip


def remove(session: Session, *, person_id: int, now: datetime) -> None:
    """Delete every row about a person, and take them out of the rows about others."""
    _blur_log(session, person_id=person_id)
    for step in (*_links(person_id, now), *_rows(person_id)):
        session.execute(step, execution_options={"synchronize_session": False})


def _rows(person_id: int) -> Iterator[Delete]:
    accounts = _of(Account.id, Account.person_id, person_id)
    yield delete(Document).where(
        Document.credential_id.in_(_of(IssuedCredential.id, IssuedCredential.person_id, person_id))
    )
    for model in (IssuedCredential, StoredEvidence, PreparedStatement, DataReport, Dispute, SignedPerson, Recovery):
        yield delete(model).where(model.person_id == person_id)
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
    yield update(DataReport).where(DataReport.answered_by_id.in_(accounts)).values(answered_by_id=None)


def _blur_log(session: Session, *, person_id: int) -> None:
    """Leave of each line in the access log who of the others did or suffered what, and the day.

    The time of an entry is public to the second: a line with its time and unit would say whose entry that is.
    The lines are written anew: between their neighbours they would still tell the time.
    """
    accounts: list[int] = list(session.execute(select(Account.id).where(Account.person_id == person_id)).scalars())
    theirs = or_(AccessLog.person_id == person_id, AccessLog.account_id.in_(accounts))
    lines = session.execute(select(AccessLog).where(theirs).order_by(AccessLog.id)).scalars().all()
    blurred = [
        {
            "account_id": None if line.account_id in accounts else line.account_id,
            "person_id": None if line.person_id == person_id else line.person_id,
            "action": line.action,
            "detail": "",
            "at": line.at.replace(hour=0, minute=0, second=0, microsecond=0),
        }
        for line in lines
    ]
    session.execute(delete(AccessLog).where(theirs), execution_options={"synchronize_session": False})
    if blurred:
        session.execute(insert(AccessLog), blurred)


def _of(column: Any, owner: Any, person_id: int) -> Select[tuple[int]]:
    return select(column).where(owner == person_id)
