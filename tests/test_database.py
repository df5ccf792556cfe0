"""Writers of one SQLite file take turns; the queue before it is a convenience, never the lock itself."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pakta import database
from pakta.database import db, transaction

WHOLE_ON_POSTGRESQL = True


@contextmanager
def held(app: Flask) -> Iterator[None]:
    """Stand first in the queue of the app's SQLite file, as another process would."""
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL has queues of its own")
        path = f"{db.engine.url.database}-queue"
    queue = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(queue, fcntl.LOCK_EX)
        yield
    finally:
        os.close(queue)


def write(app: Flask, begun: Event) -> None:
    """Open a transaction that writes, and say when it is open."""
    with app.app_context(), transaction() as session:
        session.execute(text("SELECT 1"))
        begun.set()


def test_a_writer_waits_for_the_one_before_it(app: Flask) -> None:
    begun = Event()
    with ThreadPoolExecutor(1) as pool:
        with held(app):
            waiting = pool.submit(write, app, begun)
            assert not begun.wait(0.3)
        waiting.result(10)
    assert begun.is_set()


def test_who_waits_in_vain_goes_on_and_leaves_the_word_to_sqlite(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY", 0.05)
    begun = Event()
    with held(app):
        write(app, begun)
    assert begun.is_set()


def test_the_queue_is_free_again_after_a_failure(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), app.app_context(), transaction():
        raise ZeroDivisionError
    with held(app):
        pass


def test_the_queues_file_is_nobody_elses(app: Flask) -> None:
    with held(app), app.app_context():
        assert Path(f"{db.engine.url.database}-queue").stat().st_mode & 0o077 == 0


def test_what_postgresql_has_prepared_outlives_a_reading(session: Session) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite's statements are its driver's")
    read_often(session)
    assert prepared(session) == 1


def test_what_postgresql_has_prepared_is_forgotten_after_an_error(session: Session) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite's statements are its driver's")
    read_often(session)
    with pytest.raises(DBAPIError):
        session.execute(text("SELECT 1 / 0"))
    session.rollback()
    assert prepared(session) == 0


def read_often(session: Session) -> None:
    """Read the same as often as it takes psycopg to prepare it, a page each time."""
    for _ in range(8):
        session.execute(text("SELECT 'often'")).all()
        session.rollback()


def prepared(session: Session) -> int:
    """Return how many statements of `read_often` this connection keeps prepared."""
    found = "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT ''often'''"
    return int(session.execute(text(found)).scalar_one())


def test_postgresql_compiles_no_query(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite compiles none")
        session = db.session()
        assert session.execute(text("SHOW jit")).scalar_one() == "off"
        session.rollback()
        assert session.execute(text("SHOW jit")).scalar_one() == "off"
