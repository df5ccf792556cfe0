"""A city loses its database and gets it back: from yesterday's backup, with and without the copy of the ledger."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import make_url, text

from pakta import keyring
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands.main import main
from pakta.config import ROOT
from pakta.core.verdict import Word
from pakta.database import db, transaction
from pakta.verification import service as verification
from pakta.web import clock
from tests import databases, make
from tests.databases import Cluster
from tests.people import City


@dataclass
class Site:
    """A city over a database of its own that commands may take away and bring back."""

    url: str
    folder: Path
    keys: keyring.Keyring
    keys_dir: Path

    def __post_init__(self) -> None:
        """Nothing is open yet."""
        self.city: City | None = None

    def open(self) -> City:
        """Open the city as it is stored now."""
        self.close()
        config = replace(make.config(self.url, self.keys_dir), log_copy=self.copy)
        before = self.city.keys if self.city else {}
        self.city = City(make.app(config, keys=self.keys))
        self.city.keys = before
        return self.city

    def close(self) -> None:
        """Let go of the database, as a server that ends."""
        if self.city is not None:
            with self.city.app.app_context():
                db.session.remove()
                db.engine.dispose()

    @property
    def copy(self) -> Path:
        """Return where the copy of the ledger lies."""
        return self.folder / "salinan.txt"

    def run(self, *words: str, code: int = 0) -> Result:
        """Type a command beside the city."""
        self.close()
        surroundings = {
            "DATABASE_URL": self.url.replace("postgresql+psycopg://", "postgresql://"),
            "PAKTA_KEYS": str(self.keys_dir), "PAKTA_INSTANCE": str(self.folder), "PAKTA_ORIGIN": make.ORIGIN,
            "PAKTA_LOG_COPY": str(self.copy),
        }  # fmt: skip
        done = CliRunner(env=surroundings).invoke(main, words)
        assert done.exit_code == code, (words, done.output, done.exception)
        return done


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path, keys: keyring.Keyring, keys_dir: Path) -> Iterator[Site]:
    """Give a city of which siti and budi have signed; budi's certificate was revoked."""
    url = f"sqlite:///{tmp_path / 'kota.sqlite'}"
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.drop("pulih")
        url = cluster.create("pulih")
    databases.make_tables(make.app(make.config(url, keys_dir), keys=keys))
    site = Site(url, tmp_path, keys, keys_dir)
    city = site.open().build()
    for who in ("siti", "budi", "agus"):
        city.sign(who)
    change(city, "budi", Status.REVOKED)
    yield site
    site.close()


def change(city: City, who: str, status: Status) -> None:
    """Change the status of a person's certificate."""
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=row(city, who), status=status, reason=ReasonClass.DISPUTE, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    city.settle()


def row(city: City, who: str) -> certificates.IssuedCredential:
    """Return a person's newest certificate."""
    return certificates.of_person(db.session(), person_id=city.person(who).id)[0]


def address(city: City, who: str) -> str:
    """Return what the QR of a person's certificate holds."""
    with city.app.app_context():
        return certificates.address(row(city, who), config=city.wired.config)


def word(city: City, address: str) -> Word:
    """Return the verdict on a certificate that somebody holds."""
    with city.app.app_context():
        config = city.wired.config
        return verification.verdict_for_address(db.session(), address=address, config=config, now=clock.now()).word


def lose(site: Site) -> None:
    """Take the database away, as a broken disk does."""
    site.close()
    if site.url.startswith("sqlite"):
        for suffix in ("", "-wal", "-shm"):
            Path(f"{make_url(site.url).database}{suffix}").unlink(missing_ok=True)
        return
    plain = make_url(site.url).set(drivername="postgresql", database="postgres").render_as_string()
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("DROP DATABASE pulih WITH (FORCE)")
        connection.execute("CREATE DATABASE pulih")


def test_with_the_copy_nothing_that_was_acknowledged_is_lost_from_the_ledger_and_no_revocation(site: Site) -> None:
    assert site.city is not None
    backup = site.folder / "kemarin"
    assert "tanpa kunci" in site.run("backup", str(backup)).stdout
    city = site.open()
    held = {who: address(city, who) for who in ("siti", "budi")}
    city.sign("lina")  # today: all of this is in no backup
    held["lina"] = address(city, "lina")
    change(city, "siti", Status.SUSPENDED)
    change(city, "lina", Status.REVOKED)
    lose(site)

    said = site.run("restore", str(backup)).stdout
    assert "1 sertifikat mendapat statusnya kembali" in said
    assert "1 sertifikat lain hanya statusnya yang kembali" in said
    assert "Semua cocok" in said
    city = site.open()
    city.settle()
    assert {who: word(city, each) for who, each in held.items()} == {
        "siti": Word.SUSPENDED,
        "budi": Word.REVOKED,
        "lina": Word.REVOKED,  # her row is lost, what was entered about it is not
    }
    fresh = city.sign("joko")
    with city.app.app_context():
        places = {each.status_index for each in db.session().query(certificates.IssuedCredential)}
        assert fresh.status_index in places and len(places) == 4
    assert "Semua cocok" in site.run("ledger", "check").stdout
    with site.open().app.app_context(), transaction() as session:
        session.execute(text("UPDATE lost_statuses SET status = 0"))
    assert "is not what its last entry says" in site.run("ledger", "check", code=1).stdout
    with site.open().app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM lost_statuses"))
    assert "there is no such credential" in site.run("ledger", "check", code=1).stdout


def test_a_restore_of_the_very_backup_changes_nothing_more(site: Site) -> None:
    assert site.city is not None
    held = {who: address(site.city, who) for who in ("siti", "budi")}
    backup = site.folder / "sekarang"
    site.run("backup", str(backup))
    lose(site)
    assert "0 catatan dikembalikan" in site.run("restore", str(backup)).stdout
    city = site.open()
    assert [word(city, held[who]) for who in ("siti", "budi")] == [Word.SAH, Word.REVOKED]


def test_a_backup_is_never_overwritten_and_a_file_that_is_none_restores_nothing(site: Site) -> None:
    target = site.folder / "cadangan"
    target.write_bytes(b"bukan cadangan")
    assert "sudah ada" in site.run("backup", str(target), code=1).output
    assert target.read_bytes() == b"bukan cadangan"
    assert site.city is not None
    held = address(site.open(), "siti")
    if not site.url.startswith("sqlite"):
        lose(site)
    assert "Tidak ada yang dipulihkan" in site.run("restore", str(target), code=1).output
    if site.url.startswith("sqlite"):
        assert word(site.open(), held) is Word.SAH


def test_what_is_there_already_is_not_lost(site: Site) -> None:
    backup = site.folder / "kemarin"
    site.run("backup", str(backup))
    city = site.open()
    city.sign("lina")
    held = address(city, "lina")
    if site.url.startswith("sqlite"):
        said = site.run("restore", str(backup)).stdout
        (aside,) = site.folder.glob("kota.sqlite.sebelum-*")
        assert str(aside) in said
        with closing(sqlite3.connect(aside)) as old:
            assert old.execute("SELECT count(*) FROM credentials").fetchone() == (4,)
        assert word(site.open(), held) is Word.UNCHECKED  # until a head is signed over what came back
    else:
        assert "sudah berisi tabel" in site.run("restore", str(backup), code=1).output
        assert word(site.open(), held) is Word.SAH


def test_a_database_that_a_server_has_open_is_not_replaced(site: Site) -> None:
    if not site.url.startswith("sqlite"):
        pytest.skip("a PostgreSQL database must be empty in any case")
    backup = site.folder / "kemarin"
    site.run("backup", str(backup))
    with closing(sqlite3.connect(site.folder / "kota.sqlite")) as server:
        server.execute("SELECT count(*) FROM people").fetchone()
        assert "Hentikan serve dulu" in site.run("restore", str(backup), code=1).output
    assert list(site.folder.glob("*.sebelum-*")) == []
    assert "dipulihkan" in site.run("restore", str(backup)).stdout


@pytest.mark.parametrize(("room", "code"), [(20_000, 1), (-1, 0)])
def test_a_full_disk_leaves_no_half_backup(site: Site, room: int, code: int) -> None:
    """A process that may write so many bytes to a file, or as many as it likes."""
    script = (
        "import resource, signal, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from pathlib import Path\n"
        "from pakta.backup import service\n"
        "service.backup(sys.argv[1], Path(sys.argv[2]))\n"
    )
    site.close()
    words = [sys.executable, "-c", script, site.url, str(site.folder / "penuh"), str(room)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == code, done.stderr
    assert len(list(site.folder.glob("penuh*"))) == (0 if code else 1)
