"""Alembic's entry: migrates the database of the running app, one transaction for all steps."""

from __future__ import annotations

from alembic import context
from flask import current_app

target = current_app.extensions["migrate"].db


def run() -> None:
    """Apply the migrations on one connection, inside one transaction."""
    with target.engine.connect().execution_options(writing=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=target.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
