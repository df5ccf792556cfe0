"""Counted attempts: how often something was tried, by a keyed hash of what and of where from.

Rules  counted in quarters of an hour, before the attempt, in a transaction of its own (a refused
       attempt must not roll its own count back); a success gives the count back.  Who tries the
       numbers of others is given back the one that was no guess, and no others (`return_one`).
       What is tried has two limits: a small one from one neighbourhood, so that one stranger
       cannot lock a person out everywhere, and a larger one from anywhere, which four
       neighbourhoods together reach: guessing costs its owner a quarter of an hour.  A neighbourhood
       has one limit, wide enough for a thousand people behind one address at a roll call.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pakta.accounts import rules
from pakta.accounts.models import Attempt
from pakta.accounts.rules import Pepper
from pakta.core.errors import Reason, Refusal

SUBJECT_FROM_HERE = 6  # a quarter of an hour
SUBJECT_FROM_ANYWHERE = 20
SUBJECT_A_DAY = 60
FROM_HERE = 4000
KEPT = timedelta(days=2)
OF_A_NUMBER = ("sign-in", "number")  # purposes that try an identity number


class Bucket(NamedTuple):
    """One thing that is counted and how much of it is allowed."""

    subject: bytes
    limit: int
    limit_a_day: int | None = None


def take(session: Session, *, purpose: str, tried: str | None, address: str, now: datetime, pepper: Pepper) -> None:
    """Count one attempt at `tried` from `address`.

    purpose  at most 20 characters, such as "sign-in"
    tried    what can be tried again, or None where only the neighbourhood counts

    Refuses with TRIES_USED_UP, its detail the time at which to try again.
    """
    window = rules.window_of(now)
    for bucket in _buckets(purpose, tried, address, pepper):
        count = _add(session, purpose=purpose, subject=bucket.subject, window=window)
        if bucket.limit == FROM_HERE and count == 1:
            sweep(session, now=now)
        if count > bucket.limit:
            raise Refusal(Reason.TRIES_USED_UP, (window + rules.WINDOW).isoformat())
        if bucket.limit_a_day is not None:
            _check_day(session, purpose=purpose, bucket=bucket, now=now)


def give_back(
    session: Session, *, purpose: str, tried: str | None, address: str, now: datetime, pepper: Pepper
) -> None:
    """Forget the attempts at `tried` of this quarter of an hour: it has succeeded."""
    window = rules.window_of(now)
    for bucket in _buckets(purpose, tried, address, pepper):
        same = (Attempt.purpose == purpose, Attempt.subject == bucket.subject, Attempt.window_at == window)
        if bucket.limit == FROM_HERE:
            session.execute(update(Attempt).where(*same, Attempt.tries > 0).values(tries=Attempt.tries - 1))
        else:
            session.execute(delete(Attempt).where(*same))


def return_one(
    session: Session, *, purpose: str, tried: str | None, address: str, now: datetime, pepper: Pepper
) -> None:
    """Give one attempt back, and leave those before it counted."""
    for bucket in _buckets(purpose, tried, address, pepper):
        same = (Attempt.purpose == purpose, Attempt.subject == bucket.subject)
        counted = (Attempt.window_at == rules.window_of(now), Attempt.tries > 0)
        session.execute(update(Attempt).where(*same, *counted).values(tries=Attempt.tries - 1))


def forget(session: Session, *, number: str, pepper: Pepper) -> None:
    """Forget the attempts at an identity number, wherever they came from.

    Counts of a number from one neighbourhood cannot be found without knowing that one: they go after two days.
    """
    subjects = [rules.subject(purpose, "tried", number, pepper=pepper) for purpose in OF_A_NUMBER]
    session.execute(delete(Attempt).where(Attempt.subject.in_(subjects)))


def sweep(session: Session, *, now: datetime) -> None:
    """Delete counts that no longer decide anything."""
    session.execute(delete(Attempt).where(Attempt.window_at < now - KEPT))


def _buckets(purpose: str, tried: str | None, address: str, pepper: Pepper) -> Iterator[Bucket]:
    near = rules.near(address)
    yield Bucket(rules.subject(purpose, "here", near, pepper=pepper), FROM_HERE)
    if tried is None:
        return
    yield Bucket(rules.subject(purpose, "both", near, tried, pepper=pepper), SUBJECT_FROM_HERE)
    yield Bucket(rules.subject(purpose, "tried", tried, pepper=pepper), SUBJECT_FROM_ANYWHERE, SUBJECT_A_DAY)


def _check_day(session: Session, *, purpose: str, bucket: Bucket, now: datetime) -> None:
    first = now - timedelta(days=1)
    total = session.execute(
        select(func.sum(Attempt.tries), func.min(Attempt.window_at)).where(
            Attempt.purpose == purpose, Attempt.subject == bucket.subject, Attempt.window_at > first
        )
    ).one()
    if (total[0] or 0) > (bucket.limit_a_day or 0):
        raise Refusal(Reason.TRIES_USED_UP, (total[1] + timedelta(days=1)).isoformat())


def _add(session: Session, *, purpose: str, subject: bytes, window: datetime) -> int:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(Attempt).values(purpose=purpose, subject=subject, window_at=window, tries=1)
    counted = row.on_conflict_do_update(
        index_elements=["purpose", "subject", "window_at"], set_={"tries": Attempt.tries + 1}
    ).returning(Attempt.tries)
    return int(session.execute(counted).scalar_one())
