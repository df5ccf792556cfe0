"""What the worker counts beside: each at its time, one that fails holds no other back, and nothing after the end."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from pakta.jobs import seldom
from pakta.jobs.seldom import Seldom, Task
from pakta.web import clock


class Place:
    """Where tasks leave what they did."""

    def __init__(self, found: Any = 1) -> None:
        self.found, self.looked, self.kept = found, 0, list[Any]()

    def find(self, _session: Session, *, now: datetime) -> Any:
        assert now.tzinfo is not None
        self.looked += 1
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def keep(self, session: Session, found: Any, *, now: datetime) -> None:
        assert session.in_transaction() and now.tzinfo is not None
        self.kept.append(found)


def rounds(app: Flask, *places: Place) -> Seldom:
    return Seldom(app, [Task(each.find, each.keep, 60.0) for each in places], clock=clock.now)


def test_each_is_found_and_kept_at_its_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr(seldom.time, "monotonic", lambda: moment)
    some, nothing = Place(0), Place(None)
    made = rounds(app, some, nothing)
    for moment in (1000.0, 1059.0, 1061.0):  # noqa: B007 the clock reads it
        made.round(threading.Event())
    assert (some.looked, some.kept) == (2, [0, 0])
    assert (nothing.looked, nothing.kept) == (2, [])


def test_what_takes_long_is_done_the_more_seldom(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    moment, slow = [1000.0], Place()
    monkeypatch.setattr(seldom.time, "monotonic", lambda: moment[0])

    def find(session: Session, *, now: datetime) -> int:
        moment[0] += 2.0
        return int(slow.find(session, now=now))

    made = Seldom(app, [Task(find, slow.keep, 60.0)], clock=clock.now)
    for at in (1000.0, 1002.0 + 199.0, 1002.0 + 201.0):
        moment[0] = at
        made.round(threading.Event())
    assert slow.looked == 2


def test_one_that_fails_holds_no_other_back(app: Flask) -> None:
    broken, other = Place(OSError("gone")), Place()
    made = rounds(app, broken, other)
    with pytest.raises(OSError, match="gone"):
        made.round(threading.Event())
    made.round(threading.Event())
    assert (broken.looked, other.kept) == (1, [1])


def test_nothing_is_kept_once_the_worker_is_to_end(app: Flask) -> None:
    stop, first, second = threading.Event(), Place(), Place()

    def find(session: Session, *, now: datetime) -> int:
        stop.set()
        return int(first.find(session, now=now))

    made = Seldom(app, [Task(find, first.keep, 1.0), Task(second.find, second.keep, 1.0)], clock=clock.now)
    made.round(stop)
    assert (first.looked, first.kept, second.looked) == (1, [], 0)
