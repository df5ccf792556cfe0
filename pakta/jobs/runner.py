"""The runner: works on open jobs, a turn each, in a thread beside the worker's tick.

A unit of work is made outside any transaction and stored in one with the job's row.  What would fail every unit
(a full disk, a key that cannot be reached) is no failure of one: the job waits and is tried again.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.database import db, storage_refusal, transaction
from pakta.jobs import rules, service
from pakta.jobs.models import Job
from pakta.jobs.rules import State
from pakta.jobs.service import LostError, Moved
from pakta.web import clock, trace

TURN = 5.0  # seconds
WAITS_FOR = frozenset(
    {
        Reason.STORAGE_FULL,
        Reason.STORAGE_DOWN,
        Reason.STORAGE_UNSURE,
        Reason.KEY_UNREACHABLE,
        Reason.TIMESTAMPS_AWAY,
    }
)
GONE = Reason.CERTIFICATE_UNKNOWN  # erased meanwhile: there is nothing to make, and nothing to tell
FAILED = "FAILED"  # the reason of a unit that failed otherwise than by a refusal
Store = Callable[[Session], int]
log = logging.getLogger("pakta.jobs")


@dataclass(frozen=True, slots=True)
class Piece:
    """A unit of work: its place in the order of the cursor, what people call it, whether it is made, how large."""

    id: int
    name: str
    made: bool
    size: int = 0


class Kind(Protocol):
    """What a kind of job does.

    alone  each unit of work stands alone: one that fails is noted, and the others go on; else it ends the job
    lease  how long a unit of work may take until somebody else takes the job over
    """

    alone: bool
    lease: timedelta

    def batch(self, session: Session, *, job: Job) -> Sequence[Piece]:
        """Return the next units of work behind the job's cursor, in order; none where it is done."""

    def make(self, session: Session, *, piece: Piece) -> Store:
        """Do a unit of work, reading only; return what stores it and says how large it is."""


class Runner:
    """One thread's share in all jobs."""

    def __init__(self, app: Flask, kinds: Mapping[str, Kind]) -> None:
        """Begin with no job."""
        self._app, self._kinds = app, kinds
        self._name = secrets.token_hex(8)

    def work(self, stop: threading.Event) -> None:
        """Work on what is open until there is nothing, or `stop` is set; raises what makes a job wait."""
        with self._app.app_context():
            while not stop.is_set() and (job := self._claim()) is not None:
                with suppress(LostError):
                    _Turn(job, self._name, self._kinds, stop).take()

    def _claim(self) -> tuple[int, str] | None:
        now = clock.now()
        if not service.is_waiting(db.session(), now=now):
            db.session().rollback()
            return None
        with transaction() as session:
            service.tidy(session, now=now)
            leases = {name: kind.lease for name, kind in self._kinds.items()}
            job = service.claim(session, runner=self._name, now=now, leases=leases)
            return None if job is None else (job.id, job.kind)


class _Turn:
    """One turn with one job."""

    def __init__(self, job: tuple[int, str], runner: str, kinds: Mapping[str, Kind], stop: threading.Event) -> None:
        (self._id, kind), self._runner, self._stop = job, runner, stop
        self._kind = kinds.get(kind)
        self._until, self._moved = time.monotonic() + TURN, False

    def take(self) -> None:
        """Work until the turn is over, or the job is."""
        if self._kind is None:
            return self._end(State.FAILED)
        while not self._is_over():
            job = db.session().get_one(Job, self._id, populate_existing=True)
            pieces = self._kind.batch(db.session(), job=job)
            if not pieces:
                return self._end(State.DONE)
            if not self._go_through(self._kind, pieces, job.cursor):
                return self._end(State.CANCELLED)
        with transaction() as session:
            service.leave(session, job_id=self._id, runner=self._runner)
        return None

    def _is_over(self) -> bool:
        """Say whether others have a turn now; each turn moves its job, however slow that is."""
        return self._stop.is_set() or (self._moved and time.monotonic() > self._until)

    def _go_through(self, kind: Kind, pieces: Sequence[Piece], cursor: int) -> bool:
        """Make what is not made yet; False where the job was cancelled."""
        behind = Moved(cursor)
        for piece in pieces:
            if self._is_over():
                break
            behind = replace(behind, cursor=piece.id, done=behind.done + 1, size=behind.size + piece.size)
            if not piece.made:
                if not self._do(kind, piece, behind):
                    return False
                behind = Moved(piece.id)
        return not behind.done or self._store(behind)

    def _do(self, kind: Kind, piece: Piece, behind: Moved) -> bool:
        """Do one unit of work; what of it fails is noted with its reason."""
        try:
            return self._store(replace(behind, made=1), kind.make(db.session(), piece=piece))
        except LostError:
            raise
        except Exception as error:
            reason = self._reason(error)
        if not kind.alone:
            self._end(State.FAILED, trouble=reason)
            raise LostError
        if reason == GONE:
            return self._store(behind)
        try:
            return self._store(replace(behind, failed=1), self._failure(piece, reason))
        except IntegrityError:  # erased while it failed
            return self._store(behind)

    def _reason(self, error: Exception) -> str:
        """Return the word for what failed this unit alone; what would fail all of them makes the job wait."""
        refusal = error if isinstance(error, Refusal) else storage_refusal(error)
        if refusal is None:
            log.error("a unit of work failed: %s", trace.places(error))
            return FAILED
        if refusal.reason in WAITS_FOR:
            self._wait_for(refusal)
            raise refusal from error
        return refusal.reason.value

    def _failure(self, piece: Piece, reason: str) -> Store:
        def store(session: Session) -> int:
            service.fail(session, job_id=self._id, credential_id=piece.id, name=piece.name, reason=reason)
            return 0

        return store

    def _store(self, moved: Moved, store: Store | None = None) -> bool:
        """Store what was made and how far we came, in one transaction; False where the job was cancelled."""
        with transaction() as session:
            size = store(session) if store else 0
            moved = replace(moved, size=moved.size + size)
            self._moved = True
            lease = self._kind.lease if self._kind else rules.LEASE
            return service.move(
                session, job_id=self._id, runner=self._runner, moved=moved, now=clock.now(), lease=lease
            )

    def _wait_for(self, refusal: Refusal) -> None:
        """Leave the job for a while; where not even that can be stored, its lease runs out."""
        with suppress(Refusal), transaction() as session:
            until, trouble = clock.now() + rules.RETRY, refusal.reason.value
            service.pause(session, job_id=self._id, runner=self._runner, trouble=trouble, until=until)

    def _end(self, state: State, *, trouble: str = "") -> None:
        with transaction() as session:
            service.end(session, job_id=self._id, runner=self._runner, state=state, now=clock.now(), trouble=trouble)
