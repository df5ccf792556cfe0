"""Requests to change a status: each against the ledger's entry, the access log, and the rule of two people.

What two administrators did has an entry of that moment.  Who asked, approved, refused or withdrew has a line in the
access log of that very time.  Of an account that was erased since nothing is known, and nothing is compared.
The words of the reason stand nowhere else: a change of them alone is not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts.models import AccessLog, Account
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import number
from pakta.ledger.check import Finding
from pakta.revocation import rules
from pakta.revocation.models import StatusRequest
from pakta.revocation.rules import State, Wanted
from pakta.roles import Role
from pakta.selfcheck import entries, statuses
from pakta.selfcheck.statuses import Change, Changes

ACTS = "pencabutan-"
Line = tuple[int | None, str, int | None, str, datetime | None]  # who, what, about whom, in which words, when


@dataclass(frozen=True, slots=True)
class _Known:
    """What requests are compared with."""

    changes: Changes
    owners: Mapping[int, int]
    lines: frozenset[Line]


def check(session: Session) -> Iterator[Finding]:
    """Yield what does not agree in the requests."""
    known = _Known(statuses.changes(session), _owners(session), _lines(session))
    rows = select(StatusRequest).order_by(StatusRequest.id).execution_options(yield_per=500)
    for row in session.execute(rows).scalars():
        where = f"request {row.id} about {number.spoken(row.credential.number)}"
        for what in (*_executed(row, known.changes.get(row.credential.number, ())), *_people(row, known)):
            yield Finding(where, what)
        for what in _unlogged(row, known.lines):
            yield Finding(where, f"no line of the access log says who {what} it then")


def _executed(row: StatusRequest, changes: Sequence[Change]) -> Iterator[str]:
    """Compare what the request led to with what was entered."""
    wanted, at = Wanted(row.wanted), row.decided_at
    if ReasonClass(row.reason_class) not in rules.CLASSES[wanted]:
        yield f"{row.reason_class} is no class for {row.wanted}"
    if (row.outcome is None) != (at is None):
        yield "outcome and decided_at do not agree"
    then = [each for each in changes if at is not None and entries.together(each.at, at)]
    if row.outcome == State.OVERTAKEN and not then:
        yield "is called overtaken, but no entry says by what"
    done = (rules.STATUS[wanted], row.reason_class)
    if row.outcome == State.APPROVED and done not in [(Status(each.status), each.reason) for each in then]:
        yield "is called done, but no entry says so"


def _people(row: StatusRequest, known: _Known) -> Iterator[str]:
    """Check who may have asked and decided; None is somebody who was erased, or nobody yet."""
    asked, first, decided = row.asked_by_id, row.first_by_id, row.decided_by_id
    named = [each for each in (asked, first, decided) if each is not None]
    if any(known.owners.get(each) == row.credential.person_id for each in named):
        yield "was asked or decided by the certificate's own owner"
    if asked is not None and first is not None and (asked == first) is not (row.asked_as == Role.ADMINISTRATOR):
        yield "first_by_id is not the first administrator"
    takes_two = row.outcome == State.APPROVED and row.wanted != Wanted.SUSPEND  # that, one does at once
    if takes_two and (row.first_at is None or (decided is not None and decided in (asked, first))):
        yield "is called done, but not by two people"


def _unlogged(row: StatusRequest, lines: frozenset[Line]) -> Iterator[str]:
    """Yield what somebody is said to have done with the request, and no line says so."""
    about, words = row.credential.person_id, f"{row.wanted}, {row.reason_class}"
    acts: list[tuple[str, int | None, str, datetime | None]]
    acts = [("asked", row.asked_by_id, f"minta-{row.wanted}", row.asked_at)]
    if row.first_by_id != row.asked_by_id:
        acts.append(("approved", row.first_by_id, "setujui-pertama", row.first_at))
    end = "setujui" if row.outcome == State.APPROVED else row.outcome
    acts.append(("ended", row.decided_by_id, str(end), row.decided_at))
    for what, account_id, act, at in acts:
        if account_id is not None and (account_id, ACTS + act, about, words, at) not in lines:
            yield what


def _owners(session: Session) -> Mapping[int, int]:
    return {row[0]: row[1] for row in session.execute(select(Account.id, Account.person_id))}


def _lines(session: Session) -> frozenset[Line]:
    line = AccessLog
    rows = select(line.account_id, line.action, line.person_id, line.detail, line.at)
    found = session.execute(rows.where(line.action.startswith(ACTS, autoescape=True)))
    return frozenset((row[0], row[1], row[2], row[3], row[4]) for row in found)
