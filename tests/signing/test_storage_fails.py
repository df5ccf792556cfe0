"""The disk is full, the database is gone: a clear refusal, nothing half-written, and what is public stays up."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from pakta.core.errors import Reason, Refusal
from pakta.database import db, storage_refusal, transaction
from pakta.ledger.copyfile import LogCopy
from tests.people import City
from tests.signing.test_accept import body, post, prepared
from tests.signing.test_together import counts

WHOLE_ON_POSTGRESQL = True

PUBLIC = ("/log/checkpoint", "/.well-known/pakta-keys.json", "/s/0", "/v", "/arti")


@pytest.fixture
def patient(city: City) -> City:
    """Give the city as a server: what fails is answered, not raised."""
    city.settle()
    city.app.testing = False
    return city


def signing(city: City) -> tuple[FlaskClient, dict[str, str]]:
    """Return siti's browser and what it is about to post."""
    statement = prepared(city, "siti")
    return city.visitor("siti"), body(statement, city.keys["siti"][2].proof(statement))


def told(city: City, visitor: FlaskClient, sent: dict[str, str]) -> tuple[int, str]:
    """Post the signature; return status and reason."""
    with city.app.app_context():
        db.session.remove()
    status, answer = post(visitor, sent)
    return status, str(answer.get("reason", ""))


@contextmanager
def no_room(app: Flask, *, table: str = "ledger_payloads") -> Iterator[None]:
    """Leave SQLite no page for what is inserted into `table`, or let PostgreSQL say what it says on a full disk."""
    with app.app_context():
        sqlite = db.engine.dialect.name == "sqlite"
        db.session.remove()
        with _small_file(table) if sqlite else _complaining(table, "53100"):
            yield


@contextmanager
def _small_file(table: str) -> Iterator[None]:
    def limit(connection: Any, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    with transaction() as session:  # a row needs more than the room that is left in pages that were begun
        session.execute(text("CREATE TABLE ballast (content BLOB)"))
        fill = "INSERT INTO ballast VALUES (zeroblob(99999))"
        session.execute(text(f"CREATE TRIGGER penuh AFTER INSERT ON {table} BEGIN {fill}; END"))
    db.engine.dispose()
    event.listen(db.engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(db.engine, "connect", limit)
        db.session.remove()
        db.engine.dispose()
        with transaction() as session:
            session.execute(text("DROP TRIGGER penuh"))


@contextmanager
def _complaining(table: str, state: str) -> Iterator[None]:
    function = f"$$ BEGIN RAISE EXCEPTION SQLSTATE '{state}'; END $$"
    with transaction() as session:
        session.execute(text(f"CREATE OR REPLACE FUNCTION penuh() RETURNS trigger LANGUAGE plpgsql AS {function}"))
        session.execute(text(f"CREATE TRIGGER penuh BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION penuh()"))
    try:
        yield
    finally:
        with transaction() as session:
            session.execute(text(f"DROP TRIGGER penuh ON {table}"))
            session.execute(text("DROP FUNCTION penuh()"))


def test_on_a_full_disk_a_signature_is_refused_whole_and_accepted_when_there_is_room_again(patient: City) -> None:
    visitor, sent = signing(patient)
    before = counts(patient.app)
    with no_room(patient.app):
        assert told(patient, visitor, sent) == (503, "STORAGE_FULL")
        assert counts(patient.app) == before
        assert [patient.visitor().get(path).status_code for path in PUBLIC] == [200] * len(PUBLIC)
    assert told(patient, visitor, sent) == (200, "")
    assert counts(patient.app) == [count + 1 for count in before]


def test_on_a_full_disk_of_the_copy_nothing_is_acknowledged(
    patient: City, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from pakta.ledger import copy

    with patient.app.app_context():
        copy.keep(db.engine, tmp_path / "salinan.txt", pepper=patient.wired.keyring.pepper)
    visitor, sent = signing(patient)
    before = counts(patient.app)

    def fail(*_args: object, **_named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as planted:
        planted.setattr(LogCopy, "write", fail)
        assert told(patient, visitor, sent) == (503, "STORAGE_FULL")
    assert counts(patient.app) == before
    assert told(patient, visitor, sent) == (200, "")


def test_a_page_says_what_happened_and_what_to_do(patient: City) -> None:
    patient.app.config["WTF_CSRF_ENABLED"] = False
    visitor, sent = patient.visitor("siti"), {"bagian": "nama", "pesan": "Nama saya kurang satu huruf."}
    with no_room(patient.app, table="data_reports"):
        page = visitor.post("/data-salah", data=sent)
    assert (page.status_code, "Tidak ada yang tersimpan dan tidak ada yang hilang" in page.text) == (503, True)
    assert visitor.post("/data-salah", data=sent).status_code == 302


def test_a_database_that_goes_away_in_between_is_told_and_comes_back(patient: City) -> None:
    with patient.app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("an SQLite database has no server that could go away")
    visitor, sent = signing(patient)
    before = counts(patient.app)

    def cut_off(_connection: Any, cursor: Any, statement: str, *_rest: object) -> None:
        if "INSERT INTO evidence" in statement:
            cursor.connection.pgconn.finish()

    with patient.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", cut_off)
    assert told(patient, visitor, sent)[0] == 503
    event.remove(engine, "before_cursor_execute", cut_off)
    assert counts(patient.app) == before
    assert told(patient, visitor, sent) == (200, "")


def test_a_connection_lost_at_the_commit_is_told_as_not_known(patient: City) -> None:
    with patient.app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("an SQLite commit has no connection to lose")
        with pytest.raises(Refusal) as refused, transaction() as session:
            session.execute(text("SELECT 1"))
            pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with db.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    assert refused.value.reason is Reason.STORAGE_UNSURE


def test_other_errors_stay_what_they_are() -> None:
    assert storage_refusal(ValueError("x")) is None
    assert storage_refusal(OSError(errno.ENOENT, "no such file")) is None
    assert storage_refusal(OSError(errno.EIO, "I/O error")) is not None
