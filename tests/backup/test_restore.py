"""A city loses its database and gets it back: from yesterday's backup, with and without the copy of the ledger."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import text

from pakta.certificates import service as certificates
from pakta.certificates.rules import Status
from pakta.config import ROOT
from pakta.core.verdict import Word
from pakta.database import db, transaction
from tests.backup.site import Site, address, change, lose, word

WHOLE_ON_POSTGRESQL = True


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
    said = site.run("restore", str(backup), code=1).output
    assert ("lebih banyak catatan" if site.url.startswith("sqlite") else "sudah berisi tabel") in said
    assert word(site.open(), held) is Word.SAH


def test_what_is_replaced_is_set_aside_whole(site: Site) -> None:
    if not site.url.startswith("sqlite"):
        pytest.skip("a PostgreSQL database must be empty in any case")
    site.open().sign("lina")
    held = address(site.open(), "lina")
    backup = site.folder / "kemarin"
    site.run("backup", str(backup))
    said = site.run("restore", str(backup)).stdout
    (aside,) = site.folder.glob("kota.sqlite.sebelum-*")
    assert str(aside) in said
    with closing(sqlite3.connect(aside)) as old:
        assert old.execute("SELECT count(*) FROM credentials").fetchone() == (4,)
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


def test_on_a_new_machine_a_backup_comes_back_into_a_folder_that_is_not_there_yet(site: Site) -> None:
    if not site.url.startswith("sqlite"):
        pytest.skip("a database of PostgreSQL lies in no folder of ours")
    backup = site.folder / "kemarin"
    site.run("backup", str(backup))
    site.url = f"sqlite:///{site.folder / 'baru' / 'instance' / 'pakta.sqlite'}"
    missing = site.run("ledger", "check", code=1)
    assert "Tidak ada basis data di" in missing.stderr and not (site.folder / "baru").exists()
    assert "Semua cocok" in site.run("restore", str(backup)).stdout
    assert "Semua cocok" in site.run("ledger", "check").stdout


def test_an_empty_ledger_is_not_called_good(site: Site) -> None:
    if not site.url.startswith("sqlite"):
        pytest.skip("the command asks the ledger, whatever database holds it")
    site.url = f"sqlite:///{site.folder / 'lain.sqlite'}"
    site.open()
    assert "Periksa DATABASE_URL" in site.run("ledger", "check", code=1).stderr
