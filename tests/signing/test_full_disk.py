"""A disk that is really full under the database, with the ledger's copy on another: the city goes on afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pakta.config import Config
from pakta.database import db
from pakta.ledger.copyfile import LogCopy
from tests import disks
from tests.people import City
from tests.signing.copied import config as config
from tests.signing.test_accept import body, prepared
from tests.signing.test_storage_fails import told


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of 8 MiB; only root may make one."""
    with disks.small(tmp_path / "cakram", size="8m") as folder:
        yield folder


@pytest.fixture
def database_url(disk: Path, sqlite_template: Path) -> str:
    """Put the database on that disk."""
    shutil.copyfile(sqlite_template, disk / "pakta.sqlite")
    return f"sqlite:///{disk / 'pakta.sqlite'}"


@pytest.mark.parametrize("room", [0, 4096, 16384])
def test_who_signs_on_a_full_disk_signs_once_it_has_room_again(
    city: City, config: Config, disk: Path, room: int
) -> None:
    city.settle()
    city.app.testing = False
    sent = {}
    for who in ("siti", "joko"):
        statement = prepared(city, who)
        sent[who] = (city.visitor(who), body(statement, city.keys[who][2].proof(statement)))
    assert config.log_copy is not None
    file = LogCopy(config.log_copy)
    before = file.path.read_bytes()
    with city.app.app_context():
        db.session.remove()
    filler = disks.fill(disk, leaving=room)
    for visitor, content in sent.values():
        assert told(city, visitor, content) == (503, "STORAGE_FULL")
    assert file.path.read_bytes() == before
    filler.unlink()
    for visitor, content in sent.values():
        assert told(city, visitor, content) == (200, "")
    assert '"penerbitan":"baik"' in city.visitor().get("/kesehatan.json").text
