"""What every command begins with: an app with its keys and an up-to-date database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from pakta import config as configuration
from pakta import keyring
from pakta.accounts import relying_party
from pakta.backup import beginning
from pakta.certificates import publishing
from pakta.core.errors import Reason, Refusal
from pakta.database import MIGRATIONS, db, telling_storage, transaction
from pakta.factory import create_app
from pakta.ledger import gate, heads, sequencer, witnessing
from pakta.ledger import service as ledger_service
from pakta.ledger.collector import Collector
from pakta.web import Wired, clock, wording

STARTED = "PAKTA_STARTED"  # set by `serve` for its children, when it started itself
STORAGE = (Reason.STORAGE_FULL, Reason.STORAGE_DOWN, Reason.STORAGE_UNSURE)


def open_app(*, demo: bool = False, lagging: bool = False) -> Flask:
    """Return the app with keys and an up-to-date database; in the demonstration missing keys are made.

    lagging  as in `heads.hold_origin`
    """
    config = configuration.from_environment()
    if demo and not keyring.exists(config.keys_dir):
        keyring.create(config.keys_dir, host=config.host, city=config.city)
    try:
        app = create_app(config)
    except keyring.KeysMissing as error:
        raise click.ClickException(str(error)) from error
    with app.app_context():
        try:
            _check_untouched(app)
            _migrate()
            _hold_address(app, lagging=lagging)
        except Refusal as refusal:
            db.session.remove()
            db.engine.dispose()
            raise stop(refusal) from refusal
    return app


def begin(app: Flask) -> str:
    """Note that a server starts: nothing is entered before its witnesses have answered (docs/decisions/0049).

    Processes that were started together share the moment: the parent hands it on, as it is returned here.
    """
    started = os.environ.get(STARTED) or clock.now().isoformat()
    gate.start(db.engine, at=datetime.fromisoformat(started))
    return started


def _check_untouched(app: Flask) -> None:
    """Refuse as `beginning.check_empty` does before tables are made, so that a backup can still come there."""
    with telling_storage(), db.engine.connect() as connection:
        has_tables = inspect(connection).has_table("ledger_entries")
    if not has_tables:
        beginning.check_empty(wired_of(app).config)


def _migrate() -> None:
    """Bring the tables up to date; where the disk takes nothing, those that are up to date will do."""
    try:
        with telling_storage():
            upgrade()
    except Refusal:
        with telling_storage():
            if not _is_current():
                raise


def _is_current() -> bool:
    with db.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    return set(found) == set(ScriptDirectory(str(MIGRATIONS)).get_heads())


def _hold_address(app: Flask, *, lagging: bool = False) -> None:
    origin = ledger_service.origin(wired_of(app).config)
    try:
        with transaction() as session:
            relying_party.hold(session, host=wired_of(app).config.relying_party, now=clock.now())
            beginning.check(session, config=wired_of(app).config, lagging=lagging)
            heads.hold_origin(session, origin=origin, lagging=lagging)
    except Refusal as refusal:
        if refusal.reason not in STORAGE:
            raise
        with telling_storage():
            heads.hold_origin(db.session(), origin=origin, lagging=lagging)


def wired_of(app: Flask) -> Wired:
    """Return the configuration and the keys of an app."""
    wired: Wired = app.extensions["pakta"]
    return wired


def settle(app: Flask) -> None:
    """Publish what must be published after a command has entered something, and sign the newest head.

    Where witnesses are demanded the worker signs it, for it has heard them: the past may be an old backup.
    """
    if wired_of(app).config.policy is None:
        sequence(app)
    else:
        _publish(app)


def sequence(app: Flask) -> None:
    """Publish what must be published before the first reader comes, and sign the newest head.

    The first head waits until a quorum of the policy's witnesses has said what it holds (docs/decisions/0048).
    """
    _publish(app)
    wired = wired_of(app)
    with transaction() as session:
        if not witnessing.may_begin(session, policy=wired.config.policy):
            return
        sequencer.sequence(session, keyring=wired.keyring, config=wired.config, now=clock.now())


def _publish(app: Flask) -> None:
    wired = wired_of(app)
    with transaction() as session:
        publishing.publish_key_set(session, now=clock.now(), keyring=wired.keyring, config=wired.config)
        if publishing.status_list_is_due(session, now=clock.now()):
            publishing.publish_status_list(session, now=clock.now(), keyring=wired.keyring, config=wired.config)


def ask_witnesses(app: Flask) -> Collector | None:
    """Ask the outside witnesses what they hold, before anything is entered; return who asks, or None as below."""
    witnesses = collector(app)
    if witnesses is not None:
        witnesses.round()
    return witnesses


def collector(app: Flask) -> Collector | None:
    """Return what asks the outside witnesses, or None where none are demanded."""
    wired = wired_of(app)
    policy = wired.config.policy
    if policy is None:
        return None

    @contextmanager
    def reading() -> Iterator[Session]:
        with app.app_context():
            yield db.session()

    @contextmanager
    def writing() -> Iterator[Session]:
        with app.app_context(), transaction() as session:
            yield session

    def empty_head() -> bytes:
        return sequencer.empty_head(keyring=wired.keyring, config=wired.config)

    return Collector(policy, reading=reading, writing=writing, clock=clock.now, empty_head=empty_head)


def stop(refusal: Refusal) -> click.ClickException:
    """Return what ends a command with the sentence and the code of a refusal."""
    return click.ClickException(f"{wording.sentence(refusal)} [{refusal.reason.value}]")
