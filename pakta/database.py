"""The database: one handle, one way to write, and the same rules on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, MetaData, event, make_url
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

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


db = SQLAlchemy(model_class=Base, session_options={"autoflush": False, "expire_on_commit": False})
migrate = Migrate(directory=str(Path(__file__).parent / "migrations"))


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
    """Bind the database at `url` to `app` and set what SQLite needs on every connection."""
    if url.startswith("sqlite:///"):
        _make_private(Path(make_url(url).database or ""))
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    options: dict[str, object] = {"hide_parameters": True}  # an error must not carry a row into a log
    if not url.startswith("sqlite"):
        options |= {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _listen(db.engine)


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
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "busy_timeout=15000",
    ):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the one kind of write: all of it is committed at the end, or none of it.

    On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so that nothing read
    inside can be stale by the time it is acted on.  Not to be nested.
    """
    session = db.session()
    session.rollback()  # ends a read that came before: it would not see what others wrote since
    session.expire_all()
    try:
        session.connection(execution_options={"writing": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
