"""Alembic's entry: migrates the database of the running app, one transaction for all steps."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection

target = current_app.extensions["migrate"].db


def run() -> None:
    """Apply the migrations on one connection, inside one transaction.

    SQLite changes a table by making it anew, so others may point to what is gone for a moment: that is looked at
    at the end (https://sqlite.org/lang_altertable.html, 7).
    """
    with target.engine.connect().execution_options(writing=True) as connection:
        lite = connection.dialect.name == "sqlite"
        if lite:
            _point(connection, checked=False)
        context.configure(
            connection=connection,
            target_metadata=target.metadata,
            render_as_batch=lite,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if lite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                raise RuntimeError(f"rows of {lost[0][0]} point to rows of {lost[0][2]} that are not there")
        connection.commit()
        if lite:
            _point(connection, checked=True)


def _point(connection: Connection, *, checked: bool) -> None:
    """Say to SQLite, outside of a transaction, whether rows may point to what is not there."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.execute(f"PRAGMA foreign_keys={'ON' if checked else 'OFF'}")


run()
