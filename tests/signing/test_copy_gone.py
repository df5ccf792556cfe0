"""The ledger's copy goes away under a running server: it says so, enters nothing, and goes on once it is back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from pakta.config import Config
from pakta.database import db
from pakta.ledger import service as ledger
from pakta.ledger.copyfile import LogCopy
from tests.people import City
from tests.signing.test_accept import body, prepared
from tests.signing.test_storage_fails import told
from tests.signing.test_together import counts


@pytest.fixture
def config(config: Config, tmp_path: Path) -> Config:
    """Keep a copy of the ledger, in a folder of its own."""
    (tmp_path / "cakram").mkdir()
    return replace(config, log_copy=tmp_path / "cakram" / "salinan.txt")


@pytest.fixture
def patient(city: City) -> City:
    """Give the city as a server: what fails is answered, not raised."""
    city.sign("joko")
    city.app.testing = False
    city.app.config["WTF_CSRF_ENABLED"] = False
    return city


@pytest.fixture
def file(config: Config) -> Path:
    """Give the copy's file."""
    assert config.log_copy is not None
    return config.log_copy


def vanish(file: Path) -> None:
    """Take the file away, and leave the note beside it."""
    file.unlink()


def vanish_with_its_note(file: Path) -> None:
    """Leave an empty folder, as where a disk is not mounted."""
    shutil.rmtree(file.parent)
    file.parent.mkdir()


def vanish_with_its_folder(file: Path) -> None:
    """Take the whole folder away."""
    shutil.rmtree(file.parent)


def be_a_folder(file: Path) -> None:
    """Put something in its place that is no file."""
    file.unlink()
    file.mkdir()


def be_nonsense(file: Path) -> None:
    """Write over it."""
    file.write_bytes(b"\xff\x00 bukan salinan\n\n")


def loop(file: Path) -> None:
    """Put a link in its place that leads nowhere but to itself: an error that is none of the usual ones."""
    file.unlink()
    file.symlink_to(file)


WAYS = (vanish, vanish_with_its_note, vanish_with_its_folder, be_a_folder, be_nonsense, loop)


def bring_back(file: Path, kept: Path) -> None:
    """Put everything back as it was."""
    shutil.rmtree(file.parent, ignore_errors=True)
    shutil.copytree(kept, file.parent)


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_that_goes_away_is_told_and_nothing_is_entered_until_it_is_back(
    patient: City, file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, way: Callable[[Path], None]
) -> None:
    kept = shutil.copytree(file.parent, tmp_path / "simpanan")
    text = prepared(patient, "siti")
    visitor, sent = patient.visitor("siti"), body(text, patient.keys["siti"][2].proof(text))
    before = counts(patient.app)
    way(file)
    assert told(patient, visitor, sent) == (503, "COPY_UNREADABLE")
    page = patient.visitor("joko").post(f"/bukan-saya/kunci/{patient.keys['joko'][1]}")
    assert (page.status_code, "Salinan buku catatan" in page.text) == (503, True)
    assert "COPY_UNREADABLE" in patient.visitor().get("/kesehatan.json").text
    assert counts(patient.app) == before
    assert not caplog.records
    bring_back(file, kept)
    assert told(patient, visitor, sent) == (200, "")
    with patient.app.app_context():
        assert LogCopy(file).reach()[1] == ledger.size(db.session())


def test_a_copy_that_goes_away_at_the_commit_takes_nothing_back_and_is_told_from_then_on(
    patient: City, file: Path
) -> None:
    patient.activate("lina")
    sent = {}
    for who in ("siti", "lina"):
        text = prepared(patient, who)
        sent[who] = (patient.visitor(who), body(text, patient.keys[who][2].proof(text)))

    def go(_connection: object) -> None:
        file.unlink(missing_ok=True)

    with patient.app.app_context():
        engine = db.engine
    event.listen(engine, "commit", go)  # after the copy was written
    try:
        assert told(patient, *sent["siti"]) == (200, "")
    finally:
        event.remove(engine, "commit", go)
    assert told(patient, *sent["lina"]) == (503, "COPY_UNREADABLE")
