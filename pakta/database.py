"""The database: one handle, one way to write, and the same rules on SQLite and PostgreSQL."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from pakta.core.errors import Reason, Refusal

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The mother of all tables; its naming rules keep constraint names alike on both databases."""

    metadata = MetaData(naming_convention=NAMES)


BUSY = 15  # seconds that a writer waits for another
WAL_PAGES = 4000  # 16 MB that wait in the WAL; a signature writes 27 pages, mostly the same ones again
LOOK_AGAIN = 0.0005  # seconds
CONNECTIONS = 59  # a process, beside the 5 that it keeps; each thread holds one for a request at most

db = SQLAlchemy(model_class=Base, session_options={"autoflush": False, "expire_on_commit": False})
MIGRATIONS = Path(__file__).parent / "migrations"
migrate = Migrate(directory=str(MIGRATIONS))


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: aware and in UTC on the Python side, on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone was about to be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def init(app: Flask, url: str) -> None:
    """Bind the database at `url` to `app` and set what it needs on every connection."""
    if url.startswith("sqlite:///"):
        _make_private(Path(make_url(url).database or ""))
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    # An error must not carry a row into a log, and no thread of a process waits for a connection.
    options: dict[str, object] = {"hide_parameters": True, "max_overflow": CONNECTIONS}
    if not url.startswith("sqlite"):
        options |= {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _listen(db.engine)
        else:
            event.listen(db.engine, "connect", _postgresql_settings)
            event.listen(db.engine, "rollback", _roll_back)


def _make_private(path: Path) -> None:
    """Make the file of an SQLite database readable by the server alone: it holds identity numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _listen(engine: Engine) -> None:
    event.listen(engine, "connect", _sqlite_settings)
    event.listen(engine, "begin", _sqlite_begin)


def _sqlite_settings(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _sqlite_begin
    cursor = connection.cursor()
    for setting in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"wal_autocheckpoint={WAL_PAGES}",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "secure_delete=ON",  # what is erased is overwritten: the price is that freed pages are written, too
        f"busy_timeout={BUSY * 1000}",
    ):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _postgresql_settings(connection: Any, _record: object) -> None:
    """Let it compile no query: what pages ask takes milliseconds, compiling the menu's counts a tenth of a second."""
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
    connection.commit()


def _sqlite_begin(connection: Any) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _roll_back(connection: Connection) -> None:
    """End a reading as psycopg would, and keep what it has prepared.

    Each page that has read ends with a rollback, at which psycopg forgets its prepared statements: PostgreSQL
    would parse and plan every statement of every request anew.  After an error it forgets them, as ever.
    """
    raw = None if connection.invalidated else connection.connection.dbapi_connection
    if isinstance(raw, psycopg.Connection) and raw.info.transaction_status == TransactionStatus.INTRANS:
        raw.pgconn.exec_(b"ROLLBACK")


@contextmanager
def transaction(*, anew: bool = True) -> Iterator[Session]:
    """Open the one kind of write: all of it is committed at the end, or none of it.

    On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so that nothing read
    inside can be stale by the time it is acted on.  Not to be nested.

    anew  False where nothing that was read before is acted on, as for a line of the access log: it stays loaded

    Where the storage itself fails, refuses as `storage_refusal` says.
    """
    session = db.session()
    _end_reading(session, anew=anew)
    with _turn(db.engine):
        committing = False
        try:
            session.connection(execution_options={"writing": True})
            yield session
            committing = True
            session.commit()
        except BaseException as error:
            session.rollback()
            refusal = storage_refusal(error, committing=committing)
            if refusal is not None:
                raise refusal from error
            raise


def _end_reading(session: Session, *, anew: bool) -> None:
    """End a read that came before: it would not see what others wrote since."""
    if anew or session.new or session.dirty or session.deleted:
        session.rollback()
        session.expire_all()
    else:
        session.commit()  # of what was only read; a rollback would have all of it read again


@contextmanager
def telling_storage() -> Iterator[None]:
    """Refuse as `storage_refusal` says where the storage fails, also while it is only read."""
    try:
        yield
    except (OSError, DBAPIError) as error:
        refusal = storage_refusal(error)
        if refusal is None:
            raise
        db.session.rollback()
        raise refusal from error


def storage_refusal(error: BaseException, *, committing: bool = False) -> Refusal | None:
    """Return how a failure of the storage itself is told, or None for any other error.

    committing  True where it came at the commit: who then loses the connection does not know how it ended

    STORAGE_FULL: the disk is full; STORAGE_DOWN: it fails, is locked, or the database is gone;
    STORAGE_UNSURE: the connection was lost at the commit.
    """
    if isinstance(error, OSError):
        return _by_number(error.errno)
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _by_sqlite(getattr(error.orig, "sqlite_errorname", ""))
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state == "53100":
        return Refusal(Reason.STORAGE_FULL)
    if error.connection_invalidated or state[:2] in ("08", "57", "58"):
        return Refusal(Reason.STORAGE_UNSURE if committing else Reason.STORAGE_DOWN)
    return Refusal(Reason.STORAGE_DOWN) if state[:2] == "53" else None


def _by_number(number: int | None) -> Refusal | None:
    if number in (errno.ENOSPC, errno.EDQUOT):
        return Refusal(Reason.STORAGE_FULL)
    return Refusal(Reason.STORAGE_DOWN) if number in (errno.EIO, errno.EROFS) else None


def _by_sqlite(name: str) -> Refusal | None:
    if name == "SQLITE_FULL":
        return Refusal(Reason.STORAGE_FULL)
    down = ("SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_NOTADB", "SQLITE_CORRUPT")
    return Refusal(Reason.STORAGE_DOWN) if name.startswith(down) else None


def sweep(tables: Sequence[str]) -> bool:
    """Rewrite these tables, so that the files hold nothing that was deleted; return whether all is done.

    On SQLite the whole file is rewritten and the WAL emptied, on PostgreSQL each table with its indexes and
    the statistics, which hold values, too.  Writers wait meanwhile; False where somebody read on for too long.
    PostgreSQL's own WAL is not touched: its files are overwritten as they are used again.
    """
    session = db.session()
    session.rollback()
    session.expire_all()
    with _turn(db.engine):
        return _sweep_sqlite() if db.engine.dialect.name == "sqlite" else _sweep_postgresql(tables)


def _sweep_sqlite() -> bool:
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return bool(cursor.fetchall()[0][0] == 0)
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


def _sweep_postgresql(tables: Sequence[str]) -> bool:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not _nobody_looks_back(connection):
            return False
        try:
            connection.exec_driver_sql(f"SET lock_timeout = '{BUSY}s'")
            for table in tables:
                connection.exec_driver_sql(f'VACUUM (FULL, ANALYZE) "{table}"')
            connection.exec_driver_sql("VACUUM FULL pg_statistic")
        except OperationalError:
            return False
        finally:
            connection.exec_driver_sql("RESET lock_timeout")
    return True


def _nobody_looks_back(connection: Connection) -> bool:
    """Wait until every transaction that may still see deleted rows has ended; False where one goes on too long."""
    older = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL"
    )
    until = time.monotonic() + BUSY
    while connection.exec_driver_sql(older).scalar():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Wait until no other process or thread writes to this SQLite file; PostgreSQL has queues of its own.

    SQLite's own waiters sleep longer and longer between two looks, up to 100 ms, while nobody writes.
    The file's lock dies with its process.  Who has waited here in vain is told by SQLite itself.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    queue = os.open(f"{engine.url.database}-queue", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + BUSY
    try:
        while not _first(queue) and time.monotonic() < until:
            time.sleep(LOOK_AGAIN)
        yield
    finally:
        os.close(queue)


def _first(queue: int) -> bool:
    try:
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
