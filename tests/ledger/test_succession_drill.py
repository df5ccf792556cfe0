"""Database and copy are lost, an old backup comes back, and the city goes on under a new name: as it is typed.

On SQLite: what a restore and a succession do on either database is tried in tests/backup and test_succession.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from pakta import keyring
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands.main import main
from pakta.database import db, transaction
from pakta.ledger import heads, succession
from pakta.verification import service as verification
from pakta.web import clock
from tests import make
from tests.people import City


@dataclass
class Place:
    """A machine with a city's database; `log` is the number of its ledger's name."""

    path: Path
    keys: keyring.Keyring
    keys_dir: Path
    log: int = 1

    def open(self, people: City | None = None) -> City:
        """Open the city, with the keys that its people hold."""
        config = replace(make.config(f"sqlite:///{self.path}", self.keys_dir), log=self.log)
        city = City(make.app(config, keys=self.keys))
        city.keys = people.keys if people else {}
        return city

    def run(self, *words: str, code: int = 0) -> str:
        """Type a command; return what it says."""
        surroundings = {
            "DATABASE_URL": f"sqlite:///{self.path}", "PAKTA_KEYS": str(self.keys_dir),
            "PAKTA_INSTANCE": str(self.path.parent), "PAKTA_ORIGIN": make.ORIGIN, "PAKTA_LOG": str(self.log),
        }  # fmt: skip
        done = CliRunner(env=surroundings).invoke(main, words)
        assert done.exit_code == code, (words, done.output, done.exception)
        said: str = done.output
        return said


@pytest.fixture
def place(tmp_path: Path, sqlite_template: Path, keys: keyring.Keyring, keys_dir: Path, unbegun: None) -> Place:
    """Give a machine with an empty database."""
    shutil.copyfile(sqlite_template, tmp_path / "kota.sqlite")
    return Place(tmp_path / "kota.sqlite", keys, keys_dir)


def close(city: City) -> None:
    """Let go of the database, as a server that ends."""
    with city.app.app_context():
        db.session.remove()
        db.engine.dispose()


def lose(place: Place) -> None:
    """Take the database away, as a broken disk does."""
    for suffix in ("", "-wal", "-shm"):
        place.path.with_name(f"{place.path.name}{suffix}").unlink(missing_ok=True)


def lay(place: Place, backup: Path, again: str) -> None:
    """Take the database away, and lay the backup in its place where a replay is to bring it on."""
    lose(place)
    if again == "replay":
        shutil.copyfile(backup, place.path)


def revoke(city: City, who: certificates.IssuedCredential) -> None:
    """Revoke a certificate."""
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=session.merge(who), status=Status.REVOKED, reason=ReasonClass.DISPUTE, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    city.settle()


def said(city: City, row: certificates.IssuedCredential) -> tuple[str, str | None]:
    """Return word and reason of the verdict on a certificate that somebody holds."""
    config = city.wired.config
    with city.app.app_context():
        address = certificates.address(row, config=config)
        found = verification.verdict_for_address(db.session(), address=address, config=config, now=clock.now())
    return found.word.value, found.reason and found.reason.value


def test_a_city_that_lost_database_and_copy_goes_on_under_a_new_name(place: Place) -> None:
    city = place.open().build()
    siti, budi = city.sign("siti"), city.sign("budi")
    backup, held = place.path.with_name("kemarin"), place.path.with_name("kepala")
    place.run("backup", str(backup))
    revoke(city, siti)
    joko = city.sign("joko")
    with city.app.app_context():
        newest = heads.newest(db.session())
        assert newest is not None
        held.write_bytes(newest.note)
    assert [said(city, each)[0] for each in (siti, budi, joko)] == ["DICABUT", "SAH", "SAH"]
    close(city)
    lose(place)

    place.run("restore", str(backup))
    told = place.run("ledger", "succeed", str(held), "--yes")

    assert "PAKTA_LOG=2" in told and "localhost:5000/log/2+" in told
    assert "LEDGER_RENAMED" in place.run("ledger", "check", code=1)  # the old name is not taken up again
    place.log = 2
    assert "Semua cocok" in place.run("ledger", "check")
    assert "OTHER_LOG" in place.run("ledger", "succeed", str(held), "--yes", code=1)  # it is done once
    city = place.open(city)
    with city.app.app_context():
        first = succession.newest(db.session())
        assert first is not None
    entered = json.loads(first.payload)
    assert (entered["previous"].encode(), entered["kept"]) == (held.read_bytes(), first.index)
    # What was revoked in the lost time stands again, and what was signed then cannot be checked as yet.
    assert said(city, siti) == ("SAH", None)
    assert said(city, budi) == ("SAH", None)
    assert said(city, joko) == ("TIDAK DAPAT DIPERIKSA", "LEDGER_BEHIND")

    rini = city.sign("rini")
    del city.keys["joko"]  # his key was enrolled in the lost time, too
    again = city.sign("joko")
    assert again.ledger_index > joko.ledger_index
    assert said(city, joko) == ("TIDAK DIKENAL", "NOT_IN_LEDGER")
    assert [said(city, each) for each in (rini, again)] == [("SAH", None), ("SAH", None)]
    close(city)

    place.run("certificate", siti.number, "--revoke", ReasonClass.DISPUTE.value)

    assert place.run("verify", certificates.address(siti, config=city.wired.config), code=1).startswith("DICABUT")
    assert "Semua cocok" in place.run("ledger", "check")


@pytest.mark.parametrize("again", ["restore", "replay", "nothing but the copy"])
def test_an_older_backup_is_brought_to_the_new_name_by_the_copy_and_never_signed_under_the_old_one(
    place: Place, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    city = place.open().build()
    city.sign("siti")
    backup, held, copy = (place.path.with_name(name) for name in ("kemarin", "kepala", "salinan"))
    place.run("backup", str(backup))
    city.sign("budi")
    with city.app.app_context():
        held.write_bytes(heads.newest(db.session()).note)  # type: ignore[union-attr]
    close(city)
    lose(place)
    place.run("restore", str(backup))
    monkeypatch.setenv("PAKTA_LOG_COPY", str(copy))
    place.run("ledger", "succeed", str(held), "--yes")

    lay(place, backup, again)
    typed = ["restore", str(backup)] if again == "restore" else ["ledger", "replay"]
    assert "LEDGER_RENAMED" in place.run(*typed, code=1)
    lay(place, backup, again)
    place.log = 2
    place.run(*typed)
    assert "Semua cocok" in place.run("ledger", "check")
    place.log = 1
    assert "LEDGER_RENAMED" in place.run("ledger", "check", code=1)
