"""Asking for jobs, working on them, cancelling them.

Locks  A runner locks what its unit of work stores first, the job's row last; who asks or cancels, the row alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pakta.jobs import rules
from pakta.jobs.models import Job, JobFailure
from pakta.jobs.rules import State

NO_LEASES: Mapping[str, timedelta] = {}


class LostError(Exception):
    """Somebody else holds the job, or it is gone: whoever worked on it stores nothing more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: of which kind, by whom, for which unit, about what, as people call it; how much it is.

    until, total, costly, title, back  as in `models.Job`
    """

    kind: str
    account_id: int
    unit_id: int
    subject: str
    title: str
    back: str
    until: int
    total: int
    costly: int


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a runner came: the cursor, and what is added to the counts."""

    cursor: int
    done: int = 0
    made: int = 0
    failed: int = 0
    size: int = 0


def ask(session: Session, *, asked: Asked, now: datetime) -> Job:
    """Return the job that was asked for; while it is open, the same one again, also to who asks twice at once."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(Job).values(**asdict(asked), created_at=now).on_conflict_do_nothing())
    alike = (getattr(Job, name) == getattr(asked, name) for name in ("kind", "account_id", "unit_id", "subject"))
    return session.execute(select(Job).where(*alike, Job.state.in_(rules.OPEN))).scalar_one()


def own(session: Session, *, job_id: int, account_id: int, now: datetime) -> Job | None:
    """Return the account's job with this id; None where it is another's, or its day is over."""
    job = session.get(Job, job_id)
    return job if job is not None and job.account_id == account_id and not _is_over(job, now) else None


def of_account(session: Session, *, account_id: int, now: datetime) -> Sequence[Job]:
    """Return the jobs of an account, the newest first."""
    rows = select(Job).where(Job.account_id == account_id).order_by(Job.id.desc())
    return [job for job in session.execute(rows).scalars() if not _is_over(job, now)]


def failures(session: Session, *, job_id: int) -> dict[int, str]:
    """Return the reason of each unit of work that failed, by certificate."""
    rows = select(JobFailure.credential_id, JobFailure.reason).where(JobFailure.job_id == job_id)
    return {credential_id: reason for credential_id, reason in session.execute(rows)}


def failed(session: Session, *, job_id: int, limit: int) -> list[tuple[str, str]]:
    """Return the first units of work that failed: what they are called, and the reason's word."""
    rows = select(JobFailure.name, JobFailure.reason).where(JobFailure.job_id == job_id)
    found = session.execute(rows.order_by(JobFailure.credential_id).limit(limit))
    return [(name, reason) for name, reason in found]


def cancel(session: Session, *, job: Job, now: datetime) -> None:
    """Cancel a job: at once where nobody works on it, else its runner ends it within a unit of work."""
    session.refresh(job, with_for_update=True)
    if not job.is_open:
        return
    job.cancel_at = job.cancel_at or now
    if not job.runner or job.held_until_at is None or job.held_until_at < now:
        _end(job, State.CANCELLED, now)
    session.flush()


def is_waiting(session: Session, *, now: datetime) -> bool:
    """Say whether a runner would find a job, or one whose day is over."""
    return session.execute(select(Job.id).where(or_(_free(now), _over(now))).limit(1)).first() is not None


def claim(session: Session, *, runner: str, now: datetime, leases: Mapping[str, timedelta] = NO_LEASES) -> Job | None:
    """Return the free job that waited longest, held for this runner; None where there is none.

    leases  for how long it is held, by kind, where that is not `rules.LEASE`

    A job that was cancelled while nobody held it ends here.
    """
    waiting = select(Job).where(_free(now)).order_by(Job.heartbeat_at.nulls_first(), Job.id).limit(1)
    while (job := session.execute(waiting.with_for_update(skip_locked=True)).scalar_one_or_none()) is not None:
        if job.cancel_at is None:
            job.runner, job.held_until_at, job.state = runner, now + leases.get(job.kind, rules.LEASE), State.WORKING
            job.started_at = job.started_at or now
            session.flush()
            return job
        _end(job, State.CANCELLED, now)
        session.flush()
    return None


def move(
    session: Session, *, job_id: int, runner: str, moved: Moved, now: datetime, lease: timedelta = rules.LEASE
) -> bool:
    """Note how far the runner came, in the transaction that stores what it made; False where it was cancelled.

    Raises LostError where this runner holds the job no more.
    """
    values: dict[str, Any] = {
        "cursor": moved.cursor, "trouble": "", "heartbeat_at": now, "held_until_at": now + lease,
    }  # fmt: skip
    values |= {name: getattr(Job, name) + getattr(moved, name) for name in ("done", "made", "failed", "size")}
    return _change(session, job_id, runner, values) is None


def fail(session: Session, *, job_id: int, credential_id: int, name: str, reason: str) -> None:
    """Note that a unit of work failed, and why; `move` must follow in the same transaction."""
    session.merge(JobFailure(job_id=job_id, credential_id=credential_id, name=name, reason=reason))
    session.flush()


def pause(session: Session, *, job_id: int, runner: str, trouble: str, until: datetime) -> None:
    """Leave a job for a while because of what would fail each of its units; raises LostError."""
    _change(session, job_id, runner, {"trouble": trouble, "runner": "", "held_until_at": until})


def leave(session: Session, *, job_id: int, runner: str) -> None:
    """Let others have a turn with a job, or go on with it at once after a restart; raises LostError."""
    _change(session, job_id, runner, {"runner": "", "held_until_at": None})


def end(session: Session, *, job_id: int, runner: str, state: State, now: datetime, trouble: str = "") -> None:
    """End a job, with the reason for which it failed as a whole; raises LostError."""
    values: dict[str, Any] = {
        "state": state, "finished_at": now, "runner": "", "held_until_at": None, "trouble": trouble,
    }  # fmt: skip
    _change(session, job_id, runner, values)


def tidy(session: Session, *, now: datetime) -> None:
    """Take away the jobs whose day is over."""
    gone = select(Job.id).where(_over(now))
    remove(session, job_ids=session.execute(gone).scalars().all())


def remove(session: Session, *, job_ids: Sequence[int]) -> None:
    """Take jobs away, with what of them failed."""
    for step in (delete(JobFailure).where(JobFailure.job_id.in_(job_ids)), delete(Job).where(Job.id.in_(job_ids))):
        session.execute(step, execution_options={"synchronize_session": False})


def still(session: Session, *, now: datetime) -> Job | None:
    """Return the open job that has not moved for longest, if that is too long ago, or None."""
    before = now - rules.STILL
    moved = or_(Job.heartbeat_at < before, and_(Job.heartbeat_at.is_(None), Job.created_at < before))
    rows = select(Job).where(Job.state.in_(rules.OPEN), moved).order_by(Job.heartbeat_at.nulls_first(), Job.id)
    return session.execute(rows.limit(1)).scalar_one_or_none()


def _change(session: Session, job_id: int, runner: str, values: dict[str, Any]) -> datetime | None:
    """Change the job's row if this runner holds it; return when it was cancelled."""
    held = update(Job).where(Job.id == job_id, Job.runner == runner, Job.state == State.WORKING)
    changing = held.values(**values).returning(Job.cancel_at).execution_options(synchronize_session=False)
    row = session.execute(changing).first()
    if row is None:
        raise LostError
    return row[0]


def _end(job: Job, state: State, now: datetime) -> None:
    job.state, job.finished_at, job.runner, job.held_until_at = state, now, "", None


def _free(now: datetime) -> ColumnElement[bool]:
    return and_(Job.state.in_(rules.OPEN), or_(Job.held_until_at.is_(None), Job.held_until_at < now))


def _over(now: datetime) -> ColumnElement[bool]:
    return Job.finished_at < now - rules.KEPT


def _is_over(job: Job, now: datetime) -> bool:
    return job.gone_at is not None and job.gone_at < now
