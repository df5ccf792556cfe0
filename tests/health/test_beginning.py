"""What a start bears, and what it does not: a failing disk or key is said and served past, a wrong setting is not."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.exc import OperationalError

from pakta import keyring, startup
from pakta.commands import serving
from pakta.core.errors import Reason, Refusal
from pakta.database import db, telling_storage
from tests import make
from tests.keyring.conftest import token as token
from tests.people import City
from tests.signing.test_storage_fails import no_room

pytestmark = pytest.mark.usefixtures("unbegun")  # the keys are shared


def said_at_start(app: Flask, capsys: pytest.CaptureFixture[str]) -> str:
    """Begin as a server does, and return what the terminal says; empty where all is published."""
    with app.app_context():
        published = serving._begin(app)
        db.session.remove()
    said = capsys.readouterr().err
    assert published is not bool(said)
    return said


def test_a_full_disk_is_said_with_what_to_do(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    city = City(app).build()
    with no_room(app, table="ledger_entries"):
        said = said_at_start(app, capsys)
    assert "[STORAGE_FULL]" in said and serving.ADVICE[Reason.STORAGE_FULL] in said
    assert f"{city.wired.config.origin}/kesehatan" in said
    assert said_at_start(app, capsys) == ""


def test_a_token_that_is_away_is_said_with_what_to_do(
    database_url: str, token: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring.create(tmp_path / "private", host="localhost:5000", city="Kota Mojokerto", in_token=True)
    app, gone = make.app(make.config(database_url, tmp_path / "private")), token.with_name("away")
    token.rename(gone)
    said = said_at_start(app, capsys)
    assert "[KEY_UNREACHABLE]" in said and serving.ADVICE[Reason.KEY_UNREACHABLE] in said
    gone.rename(token)
    assert said_at_start(app, capsys) == ""
    with app.app_context():
        db.engine.dispose()


def test_a_disk_that_fails_while_it_is_read_is_told_as_such_and_any_other_error_is_not(
    app: Flask, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = sqlite3.OperationalError("disk I/O error")
    failed.sqlite_errorname = "SQLITE_IOERR_READ"

    def fail(_app: Flask) -> None:
        raise OperationalError("SELECT", {}, failed)

    with monkeypatch.context() as planted:
        planted.setattr(startup, "sequence", fail)
        assert "[STORAGE_DOWN]" in said_at_start(app, capsys)
    with app.app_context(), pytest.raises(FileNotFoundError), telling_storage():
        raise FileNotFoundError(errno.ENOENT, "no such file")


@contextmanager
def _full(monkeypatch: pytest.MonkeyPatch, module: object, name: str, error: Exception) -> Iterator[None]:
    def fail(*_args: object, **_named: object) -> None:
        raise error

    with monkeypatch.context() as planted:
        planted.setattr(module, name, fail)
        yield


def test_tables_that_are_up_to_date_will_do_on_a_full_disk_and_older_ones_will_not(
    empty: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(revision="0011")
    full = OSError(errno.ENOSPC, "No space left on device")
    with _full(monkeypatch, startup, "upgrade", full), pytest.raises(Refusal) as refused:
        startup._migrate()
    assert refused.value.reason is Reason.STORAGE_FULL
    upgrade()
    with _full(monkeypatch, startup, "upgrade", full):
        startup._migrate()


def test_an_address_is_held_on_a_full_disk_too(
    app: Flask, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said_at_start(app, capsys) == ""
    full = Refusal(Reason.STORAGE_FULL)
    with app.app_context(), _full(monkeypatch, startup.relying_party, "hold", full):
        startup._hold_address(app)
        wired = startup.wired_of(app)
        config = replace(wired.config, origin="https://lain.example")
        app.extensions["pakta"] = replace(wired, config=config)
        with pytest.raises(Refusal) as refused:
            startup._hold_address(app)
    assert refused.value.reason is Reason.LEDGER_ELSEWHERE


def test_a_folder_without_keys_is_no_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAKTA_KEYS", str(tmp_path / "none"))
    monkeypatch.setenv("PAKTA_INSTANCE", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'pakta.sqlite'}")
    with pytest.raises(click.ClickException):
        startup.open_app()
