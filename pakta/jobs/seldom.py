"""What the worker counts beside: what takes too long to be counted when it is asked for, now and then.

A thing is found by reading alone, in seconds; then it is kept in a short transaction (docs/decisions/0086, 0096).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask

from pakta.database import db, transaction

REST = 100.0  # times as long as finding took, where that is longer than the quiet


@dataclass(frozen=True, slots=True)
class Task:
    """What is found from time to time and kept.

    find   called with `(session, now=...)`; None where nothing is to be kept
    keep   called with `(session, found, now=...)` in a transaction
    quiet  seconds until it is found again
    """

    find: Callable[..., Any]
    keep: Callable[..., None]
    quiet: float


class Seldom:
    """The worker's rounds over these tasks, each at its time."""

    def __init__(self, app: Flask, tasks: Sequence[Task], *, clock: Callable[[], datetime]) -> None:
        """Begin; nothing was found yet."""
        self._app, self._tasks, self._clock = app, tasks, clock
        self._next = [0.0 for _ in tasks]

    def round(self, stop: threading.Event) -> None:
        """Find and keep what it is time for, until `stop` is set; what fails comes again at its next time."""
        for at, task in enumerate(self._tasks):
            begun = time.monotonic()
            if begun >= self._next[at] and not stop.is_set():
                self._next[at] = begun + task.quiet
                spent = self._do(task, stop)
                self._next[at] = time.monotonic() + max(task.quiet, REST * spent)

    def _do(self, task: Task, stop: threading.Event) -> float:
        """Return how many seconds finding took."""
        begun = time.monotonic()
        with self._app.app_context():
            session, now = db.session(), self._clock()
            found = task.find(session, now=now)
            session.rollback()
            spent = time.monotonic() - begun
            if found is not None and not stop.is_set():
                with transaction() as writing:
                    task.keep(writing, found, now=now)
        return spent
