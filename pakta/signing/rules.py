"""Pure decisions of signing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from pakta.core.errors import Reason, Refusal

STATEMENT_LIFE = timedelta(minutes=15)
ACCEPTED_WITHIN = timedelta(minutes=10)  # a queue, and clocks that differ
STATEMENT_KEPT = timedelta(hours=1)  # so long its owner is told that it came too late
FIELDS = ("nama", "pangkat", "jabatan", "unit", "lainnya")
MESSAGE_LIMIT = 600  # characters
ANSWERED_WITHIN = timedelta(hours=72)  # 3 x 24 hours: UU 27/2022, Pasal 30
CORRECTED_WITHIN = timedelta(days=30)  # after its answer


def check_ticks(*, ticked: Collection[str], clauses: Sequence[str]) -> None:
    """Refuse with CLAUSES_NOT_TICKED unless exactly the edition's clauses are ticked."""
    if set(ticked) != set(clauses):
        raise Refusal(Reason.CLAUSES_NOT_TICKED)


def is_stale(*, prepared_at: datetime, now: datetime) -> bool:
    """Say whether a prepared statement may no longer be signed."""
    return not timedelta(0) <= now - prepared_at <= STATEMENT_LIFE


def is_of_one_act(*, prepared_at: datetime, issued_at: datetime) -> bool:
    """Say whether a certificate of that time can be the answer to a statement of this one.

    The person signed the statement's time with their own key: whoever gives their pact another date cannot change it.
    """
    return -ACCEPTED_WITHIN <= issued_at - prepared_at <= STATEMENT_LIFE + ACCEPTED_WITHIN


def due_at(reported_at: datetime) -> datetime:
    """Return by when a report of wrong data is to be answered."""
    return reported_at + ANSWERED_WITHIN


def is_closed(*, answered_at: datetime | None, now: datetime) -> bool:
    """Say whether a report was answered so long ago that nothing is corrected through it any more."""
    return answered_at is not None and now - answered_at > CORRECTED_WITHIN


def is_overdue(*, reported_at: datetime, answered_at: datetime | None, now: datetime) -> bool:
    """Say whether a report waits for longer than it may."""
    return answered_at is None and now > due_at(reported_at)


def check_report(*, field: str, message: str) -> str:
    """Return the cleaned message of a report of wrong data.

    Refuses with REPORT_INCOMPLETE; its detail names the fields of the form that are at fault.
    """
    text = " ".join(message.split())
    faults = {"bagian": field not in FIELDS, "pesan": not 3 <= len(text) <= MESSAGE_LIMIT}
    if any(faults.values()):
        raise Refusal(Reason.REPORT_INCOMPLETE, " ".join(name for name, wrong in faults.items() if wrong))
    return text
