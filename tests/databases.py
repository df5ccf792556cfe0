"""The two databases that every test runs on: a copied SQLite file and a temporary PostgreSQL cluster."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Dialect, Pool, event

from pakta.config import ROOT
from pakta.database import db
from pakta.ledger import locks
from pakta.ledger.copyfile import Written

DATABASES = ("sqlite", "postgresql")
EMPTIED = """
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables
              WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
  PERFORM setval(sequencename::regclass, start_value, false) FROM pg_sequences
          WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""


DIALECTS: dict[str, Dialect] = {}
STATEMENTS: dict[Any, Any] = {}
POOLS: dict[str, Pool] = {}
SHARED = "pakta"  # the PostgreSQL database that tests empty and use after each other


def share(app: Flask) -> None:
    """Let this app's engine use what those before it compiled, and their connections to a database that they share.

    SQLAlchemy keeps compiled statements with their engine; an app for each test would compile all anew, which took
    40 % of the processor's time of a test.  A new connection to PostgreSQL learns its catalogue anew: 50 ms a test.
    """
    with app.app_context():
        engine = db.engine
    if engine.name not in DIALECTS:
        engine.connect().close()  # a dialect learns what its server can do at the first connection
        DIALECTS[engine.name] = engine.dialect
    engine.dialect = engine.pool._dialect = DIALECTS[engine.name]
    engine._compiled_cache = STATEMENTS
    if engine.url.database == SHARED:
        # who reads alone keeps one connection, as in a pool of its own
        engine.pool._pool.use_lifo = True  # type: ignore[attr-defined]
        engine.pool = POOLS.setdefault(str(engine.url), engine.pool)


def leave(app: Flask) -> None:
    """Give back what an app holds of its database; connections that others use after it stay open."""
    with app.app_context():
        db.session.remove()
        if db.engine.pool not in POOLS.values():
            db.engine.dispose()


def make_tables(app: Flask) -> None:
    """Bring the empty database of `app` to the present schema, by the migrations as a city would."""
    with app.app_context():
        if any((ROOT / "pakta" / "migrations" / "versions").glob("*.py")):
            upgrade()
        else:
            db.create_all()
            with db.engine.begin() as connection:
                locks.lock(connection)
        db.engine.dispose()


class Cluster:
    """A PostgreSQL server of our own: no port, one socket in a folder of its own, gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._emptying: dict[str, psycopg.Connection] = {}

    def url(self, name: str) -> str:
        """Return the address of the database called `name`."""
        return f"postgresql+psycopg://pakta@/{name}?host={self.folder}"

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        """Open a connection of the owner, outside of any app."""
        return psycopg.connect(f"host={self.folder} user=pakta dbname={name}", autocommit=True)

    def create(self, name: str, *, like: str = "template1") -> str:
        """Make a database, empty or as `like` to which nobody is connected, and return its address."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Take a database away, whoever still holds it."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def empty(self, name: str) -> None:
        """Remove every row; only the owner of the cluster can lift the locks for that."""
        if name not in self._emptying:
            self._emptying[name] = self.connect(name)
            self._emptying[name].execute("SET session_replication_role = replica; SET lock_timeout = '5s'")
        self._emptying[name].execute(EMPTIED)


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Run a temporary cluster as an unprivileged user; only a `durable` one waits for the disk."""
    folder = Path(tempfile.mkdtemp(prefix="pakta-pg-"))
    user = _unprivileged()
    if user:
        shutil.chown(folder, user, user if user == "postgres" else None)
    # commands that run in the tests' own process leave their connections to the garbage collector
    data, options = folder / "data", f"-k {folder} -c listen_addresses= -c max_connections=400"
    if not durable:
        options += " -c fsync=off -c full_page_writes=off"
    try:
        _run(user, "initdb", "-D", data, "-U", "pakta", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        _run(user, "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield Cluster(folder)
        finally:
            _run(user, "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> str | None:
    """Return whom to run the server as: itself refuses root."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _run(user: str | None, program: str, *arguments: object) -> None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda p: int(p.parts[4]))
    path = str(found[-1]) if found else shutil.which(program)
    if path is None:
        raise RuntimeError(f"{program} is missing: apt install postgresql")
    words = (["runuser", "-u", user, "--"] if user else []) + [path, *map(str, arguments)]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}")


@contextmanager
def broken_off() -> Iterator[None]:
    """Let the machine fail after the ledger's copy was written and before the database has committed."""

    def fail(_connection: object) -> None:
        raise OSError("power failure")

    event.listen(db.engine, "commit", fail)
    try:
        with patch.object(Written, "take_back"), pytest.raises(OSError, match="power failure"):
            yield  # who is dead takes nothing back
    finally:
        event.remove(db.engine, "commit", fail)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect what is said to the database meanwhile, a statement over many rows once."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
