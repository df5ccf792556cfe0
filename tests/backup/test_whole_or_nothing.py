"""A restore does all or nothing, whatever is wrong with the backup, the keys, the old database or the disk."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pakta import keyring
from pakta.backup import service, sqlite
from pakta.certificates.rules import Status
from pakta.config import ROOT
from pakta.core.verdict import Word
from tests import databases, make
from tests.backup.site import Site, address, change, lose, word
from tests.people import City

on_sqlite = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("site", ["postgresql"], indirect=True)
NOW = datetime(2026, 11, 26, 1, 2, 3, tzinfo=UTC)
LEDGER = "SELECT count(*) FROM ledger_entries"
TABLES = "SELECT count(*) FROM sqlite_schema"


def database(site: Site) -> Path:
    """Return the file of the city's database."""
    return site.folder / "kota.sqlite"


def backed_up(site: Site) -> Path:
    """Back the city up."""
    target = site.folder / "kemarin"
    site.run("backup", str(target))
    return target


def files(site: Site) -> dict[str, bytes]:
    """Return all files beside the database."""
    return {each.name: each.read_bytes() for each in site.folder.iterdir() if each.is_file()}


def ask(path: Path, question: str) -> object:
    """Ask a database of one file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchone()[0]


def _cut(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:9000])


def _foreign(backup: Path) -> None:
    backup.unlink()
    with closing(sqlite3.connect(backup)) as other:
        other.execute("CREATE TABLE ledger_entries (a)")


def _unsigned(backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as other:
        for name in [row[0] for row in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]:
            other.execute(f"DROP TRIGGER {name}")
        other.execute("DELETE FROM ledger_checkpoints")
        other.commit()


@on_sqlite
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda backup: backup.write_bytes(b""), "Tidak ada buku catatan"),
        (_cut, "bukan basis data SQLite yang utuh"),
        (_foreign, "Tidak ada buku catatan"),
        (_unsigned, "Tidak ada buku catatan"),
    ],
)
def test_what_is_no_whole_backup_of_ours_leaves_all_as_it_was(
    site: Site, spoil: Callable[[Path], None], said: str
) -> None:
    backup = backed_up(site)
    whole = backup.read_bytes()
    spoil(backup)
    before = files(site)
    told = site.run("restore", str(backup), code=1).stderr
    assert said in told and "Tidak ada yang dipulihkan" in told
    assert files(site) == before
    backup.write_bytes(whole)
    assert "Semua cocok" in site.run("restore", str(backup)).stdout


def test_keys_of_another_city_restore_nothing_and_enter_nothing(site: Site) -> None:
    backup, right, other = backed_up(site), site.keys_dir, site.folder / "lain"
    keyring.create(other, host="localhost:5000", city="Kota Lain")
    lose(site)
    copy = site.copy.read_bytes()
    site.keys_dir = other
    assert "bukan kunci buku catatan" in site.run("restore", str(backup), code=1).stderr
    shutil.copyfile(right / keyring.LEDGER, other / keyring.LEDGER)
    assert "bukan kunci penerbit" in site.run("restore", str(backup), code=1).stderr
    assert site.copy.read_bytes() == copy and not database(site).exists()
    site.keys_dir = right
    assert "Semua cocok" in site.run("restore", str(backup)).stdout


def test_a_database_without_a_signed_ledger_gives_no_backup(site: Site) -> None:
    lose(site)
    databases.make_tables(make.app(make.config(site.url, site.keys_dir), keys=site.keys))
    target = site.folder / "kosong"
    assert "Tidak ada buku catatan Pakta" in site.run("backup", str(target), code=1).stderr
    assert not target.exists() and not list(site.folder.glob("*.belum-selesai"))


@on_sqlite
def test_where_no_database_is_nothing_is_backed_up_and_none_is_made(site: Site) -> None:
    lose(site)
    assert "Tidak ada basis data di" in site.run("backup", str(site.folder / "b"), code=1).stderr
    assert not database(site).exists()


@on_sqlite
@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_full_disk_is_told_and_all_is_as_it_was(site: Site, command: str) -> None:
    backup = backed_up(site)
    target = site.folder / "lain" if command == "backup" else backup
    site.close()
    before = files(site)
    script = (
        "import resource, signal, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from pakta.commands.main import main\n"
        "main()\n"
    )
    surroundings = {**os.environ, **site.surroundings}
    words = [sys.executable, "-c", script, command, str(target)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, env=surroundings)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.startswith("Error: ") and "Tidak ada" in done.stderr, done.stderr
    after = files(site)
    assert {name: after[name] for name in before if not name.endswith("-shm")} == {
        name: text for name, text in before.items() if not name.endswith("-shm")
    }
    assert not [name for name in after if name.endswith((".baru", ".belum-selesai")) or ".sebelum-" in name]


@on_sqlite
def test_a_damaged_database_is_set_aside_and_the_restore_goes_on(site: Site) -> None:
    backup = backed_up(site)
    site.close()
    damaged = os.urandom(4096) + database(site).read_bytes()[4096:]
    database(site).write_bytes(damaged)
    assert "Semua cocok" in site.run("restore", str(backup)).stdout
    aside = next(each for each in site.folder.glob("kota.sqlite.sebelum-*") if each.name[-1].isdigit())
    assert aside.read_bytes() == damaged


@on_sqlite
def test_a_damage_that_only_reading_all_of_it_finds_gives_no_backup(site: Site) -> None:
    site.close()
    root = ask(database(site), "SELECT rootpage FROM sqlite_master WHERE name = 'people'")
    assert isinstance(root, int)
    pages = bytearray(database(site).read_bytes())
    pages[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    database(site).write_bytes(pages)
    target = site.folder / "rusak"
    assert "bukan basis data SQLite yang utuh" in site.run("backup", str(target), code=1).stderr
    assert not list(site.folder.glob("rusak*"))


@on_sqlite
@pytest.mark.parametrize("main_is_lost", [True, False])
def test_a_wal_that_was_left_behind_is_not_read_into_the_restored_file(site: Site, main_is_lost: bool) -> None:
    backup = backed_up(site)
    expected = ask(backup, LEDGER)
    city = site.open()
    city.sign("lina")
    with city.app.app_context():  # the server is killed: its files stay as they are
        left = {suffix: Path(f"{database(site)}{suffix}").read_bytes() for suffix in ("", "-wal", "-shm")}
    site.close()
    for suffix, content in left.items():
        Path(f"{database(site)}{suffix}").write_bytes(content)
    if main_is_lost:
        database(site).unlink()
    assert left["-wal"]
    sqlite.load(backup, database(site), now=NOW)
    assert ask(database(site), LEDGER) == expected
    asides = {each.name for each in site.folder.glob("*.sebelum-20261126T010203*")}
    assert (f"{database(site).name}.sebelum-20261126T010203" in asides) is not main_is_lost
    assert asides


@on_sqlite
def test_two_restores_in_one_second_keep_both_old_databases(site: Site) -> None:
    backup = backed_up(site)
    site.close()
    first = sqlite.load(backup, database(site), now=NOW)
    assert first is not None
    before = first.read_bytes()
    with closing(sqlite3.connect(database(site))) as connection:
        connection.execute("CREATE TABLE second (a)")
    second = sqlite.load(backup, database(site), now=NOW)
    assert second is not None and second != first
    assert first.read_bytes() == before
    assert ask(second, "SELECT count(*) FROM second") == 0


@on_sqlite
@pytest.mark.parametrize("step", ["dump", "_check_unused", "_set_aside"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_restore_that_is_killed_at_any_step_leaves_a_database(site: Site, step: str, when: str) -> None:
    backup = backed_up(site)
    held = address(site.open(), "siti")
    site.close()
    script = (
        "import os, sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from pakta.backup import sqlite\n"
        f"real = sqlite.{step}\n"
        "def killed(*words, **named):\n"
        f"    {'real(*words, **named)' if when == 'after' else 'pass'}\n"
        "    os._exit(9)\n"
        f"sqlite.{step} = killed\n"
        "sqlite.load(Path(sys.argv[1]), Path(sys.argv[2]), now=datetime.now(UTC))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(backup), str(database(site))], cwd=ROOT)
    assert done.returncode == 9
    assert word(site.open(), held) is Word.SAH
    assert "Semua cocok" in site.run("restore", str(backup)).stdout
    assert not list(site.folder.glob("*.baru*"))


@on_sqlite
@pytest.mark.parametrize("left", ["kota.sqlite.sebelum-20261126T010203", "kota.sqlite.baru"])
def test_no_second_ledger_begins_beside_one_that_was_not_brought_back(site: Site, left: str) -> None:
    backup = backed_up(site)
    lose(site)
    site.copy.unlink()
    beside = site.folder / left
    shutil.copyfile(backup, beside)
    for words in (("keys", "stop"), ("demo",)):
        assert "LEDGER_ABANDONED" in site.run(*words, code=1).stderr
    assert ask(database(site), TABLES) == 0
    away = site.folder / "arsip"
    away.mkdir()
    shutil.move(beside, away / left)  # the explicit way to begin anew
    site.run("keys", "stop")
    lose(site)
    shutil.move(away / left, beside)
    assert "Semua cocok" in site.run("restore", "--without-copy", str(backup)).stdout


def test_a_copy_that_has_lost_its_tail_is_no_copy_and_nothing_is_replaced(site: Site) -> None:
    held = address(site.open(), "siti")
    backup = backed_up(site)
    change(site.open(), "siti", Status.REVOKED)
    site.close()
    whole = site.copy.read_bytes()
    for rest in (whole[: whole.rindex(b"\n\n", 0, -2) + 2], b""):
        site.copy.write_bytes(rest)
        if not site.url.startswith("sqlite"):
            lose(site)
        before = files(site)
        assert "COPY_UNREADABLE" in site.run("restore", str(backup), code=1).stderr
        assert files(site) == before
    lose(site)
    site.copy.write_bytes(whole)
    assert "Semua cocok" in site.run("restore", str(backup)).stdout
    assert word(site.open(), held) is Word.REVOKED


@on_sqlite
def test_an_older_backup_does_not_take_the_place_of_a_newer_database_that_is_whole(site: Site) -> None:
    backup = backed_up(site)
    site.open().sign("joko")
    site.close()
    site.copy.unlink()
    before = database(site).read_bytes()
    said = site.run("restore", "--without-copy", str(backup), code=1).stderr
    assert "lebih banyak catatan" in said and "pindahkan dulu berkasnya" in said
    assert database(site).read_bytes() == before and not list(site.folder.glob("*.sebelum-*"))
    database(site).write_bytes(before[:4096] + b"x" * (len(before) - 4096))  # now it is damaged
    assert "Semua cocok" in site.run("restore", "--without-copy", str(backup)).stdout


@on_sqlite
def test_nor_of_one_whose_newest_entries_no_head_covers_yet(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = backed_up(site)
    monkeypatch.setattr(City, "settle", lambda _city: None)  # the worker is away
    site.open().sign("joko")
    site.close()
    kept = site.copy.read_bytes()
    site.copy.unlink()
    assert "lebih banyak catatan" in site.run("restore", "--without-copy", str(backup), code=1).stderr
    site.copy.write_bytes(kept)
    monkeypatch.undo()
    city = site.open()
    city.settle()
    assert word(city, address(city, "joko")) is Word.SAH


@on_sqlite
def test_the_database_that_is_there_may_be_as_old_as_the_backup(site: Site) -> None:
    backup = backed_up(site)
    site.copy.unlink()
    assert "Semua cocok" in site.run("restore", "--without-copy", str(backup)).stdout


def test_a_backup_of_another_address_says_which_one_to_set(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = backed_up(site)
    lose(site)
    monkeypatch.setattr(make, "ORIGIN", "http://localhost:5077")
    said = site.run("restore", str(backup), code=1).stderr
    assert "Cadangan ini milik http://localhost:5000." in said and "Setel PAKTA_ORIGIN" in said
    monkeypatch.undo()
    assert "Semua cocok" in site.run("restore", str(backup)).stdout


def test_a_copy_that_is_configured_and_missing_stops_a_restore_until_somebody_says_it_is_lost(site: Site) -> None:
    backup = backed_up(site)
    assert "ada di" in site.run("restore", "--without-copy", str(backup), code=1).stderr
    lose(site)
    site.copy.unlink()
    said = site.run("restore", str(backup), code=1).stderr
    assert str(site.copy) in said and "--without-copy" in said and "Tidak ada yang dipulihkan" in said
    assert not database(site).exists() or ask(database(site), LEDGER) == 0
    assert site.copy.with_name("salinan.txt.tuntas").exists()  # what is left of it does not keep another one away
    assert "Semua cocok" in site.run("restore", "--without-copy", str(backup)).stdout
    site.open().sign("lina")
    assert "Semua cocok" in site.run("ledger", "check").stdout


@contextmanager
def watched(
    monkeypatch: pytest.MonkeyPatch, *, method: str, named: Callable[[Path, Path], str]
) -> Iterator[list[str]]:
    """Note in what order files are synced and get their names by this method of Path."""
    order: list[str] = []
    sync, move = os.fsync, getattr(Path, method)

    def synced(handle: int) -> None:
        order.append(f"sync {Path(f'/proc/self/fd/{handle}').readlink().name}")
        sync(handle)

    def moved(path: Path, target: Path) -> Path:
        order.append(f"{method} {named(path, target)}")
        found: Path = move(path, target)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", synced)
        patch.setattr(Path, method, moved)
        yield order


def test_a_backup_is_checked_and_synced_before_it_has_its_name_and_the_name_after(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.close()
    with watched(monkeypatch, method="rename", named=lambda path, _target: path.name) as order:
        service.backup(site.url, site.folder / "b")
    name = "b.belum-selesai"
    assert order == [f"sync {name}", f"rename {name}", f"sync {site.folder.name}"]


@on_sqlite
def test_a_restored_file_is_synced_before_it_takes_the_place_and_the_place_after(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = backed_up(site)
    site.close()
    with watched(monkeypatch, method="replace", named=lambda _path, target: target.name) as order:
        sqlite.load(backup, database(site), now=NOW)
    assert order == ["sync kota.sqlite.baru", "replace kota.sqlite", f"sync {site.folder.name}"]
