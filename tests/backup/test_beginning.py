"""Keys remember which ledger they sign: over an empty database nothing begins."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pakta import keyring, startup
from pakta.backup import beginning
from pakta.commands import serving
from pakta.core.errors import Reason, Refusal
from pakta.core.verdict import Word
from pakta.database import db
from pakta.ledger import service as ledger
from pakta.ledger.copyfile import LogCopy
from tests import databases, make
from tests.backup.site import Site, address, lose, word
from tests.backup.test_whole_or_nothing import backed_up

COMMANDS = (("keys", "stop"), ("demo",), ("ledger", "check"), ("worker",))


@pytest.fixture
def served(site: Site) -> Iterator[Site]:
    """Give the city, once served, with keys of its own."""
    folder = site.folder / "kunci"
    shutil.copytree(site.keys_dir, folder)
    site.keys_dir = folder
    serve(site)
    yield site


def serve(site: Site, *, origin: str = make.ORIGIN) -> None:
    """Do what a server at this address does before its first reader comes."""
    site.close()
    config = replace(make.config(site.url, site.keys_dir, origin=origin), log_copy=site.copy)
    app = make.app(config, keys=keyring.load(site.keys_dir))
    with app.app_context():
        assert serving._begin(app)
    databases.leave(app)


def empty(site: Site) -> None:
    """Put a database without a ledger in the place of the city's, and lose the copy, too."""
    lose(site)
    site.copy.unlink()
    LogCopy(site.copy).forget()
    databases.make_tables(make.app(make.config(site.url, site.keys_dir), keys=site.keys))


def entries(site: Site) -> int:
    """Return the size of the ledger as it is stored, with no command between."""
    app = make.app(make.config(site.url, site.keys_dir), keys=keyring.load(site.keys_dir))
    with app.app_context():
        found = ledger.size(db.session())
        db.session.remove()
        db.engine.dispose()
    return found


def test_what_was_served_goes_on(served: Site) -> None:
    noted = (served.keys_dir / beginning.BEGUN).read_text()
    held = address(served.open(), "siti")
    served.run("ledger", "check")
    serve(served)
    assert (served.keys_dir / beginning.BEGUN).read_text() == noted
    assert word(served.open(), held) is Word.SAH


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_over_an_empty_database_nothing_begins(served: Site, words: tuple[str, ...]) -> None:
    empty(served)
    said = served.run(*words, code=1).stderr
    assert "[LEDGER_LOST]" in said and str(served.keys_dir) in said and "restore" in said
    assert entries(served) == 0


@pytest.mark.parametrize("way", ["touched copy", "emptied copy", "other number", "emptied note", "damaged note"])
def test_what_looks_like_a_copy_or_no_note_lets_nothing_begin(
    served: Site, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    counted = served.copy.with_name(f"{served.copy.name}.tuntas").read_bytes()
    empty(served)
    note = served.keys_dir / beginning.BEGUN
    match way:
        case "touched copy" | "emptied copy":
            served.copy.touch()
        case "other number":
            monkeypatch.setenv("PAKTA_LOG", "2")
        case _:
            note.write_bytes(b"" if way == "emptied note" else b"\xff" + note.read_bytes())
    if way == "emptied copy":
        served.copy.with_name(f"{served.copy.name}.tuntas").write_bytes(counted)
    for words in (("worker",), ("ledger", "replay")):
        assert "[LEDGER_LOST]" in served.run(*words, code=1).stderr
    assert entries(served) == 0


def test_a_damaged_note_is_mended_by_the_next_start(served: Site) -> None:
    (served.keys_dir / beginning.BEGUN).write_bytes(b"\xffalamat rusak\n")
    served.run("ledger", "check")
    serve(served)
    assert (served.keys_dir / beginning.BEGUN).read_text() == "localhost:5000/log\n"


def test_a_database_that_was_refused_as_empty_still_takes_a_backup(served: Site) -> None:
    backup = backed_up(served)
    lose(served)
    served.copy.unlink()
    LogCopy(served.copy).forget()
    assert "[LEDGER_LOST]" in served.run("worker", code=1).stderr
    assert "Semua cocok" in served.run("restore", "--without-copy", str(backup)).stdout


def test_without_the_note_a_second_ledger_would_begin(served: Site) -> None:
    """The planted bug: the note is what stops the commands above."""
    empty(served)
    (served.keys_dir / beginning.BEGUN).unlink()
    serve(served)
    assert entries(served) > 0


def test_the_database_of_other_keys_gets_no_head_of_ours(served: Site) -> None:
    size = entries(served)
    served.keys_dir, mine = served.folder / "lain", served.keys_dir
    served.run("keys", "new")
    with served.open().app.app_context(), pytest.raises(Refusal) as refused:
        startup.sequence(served.open().app)
    assert refused.value.reason is Reason.ISSUER_REPLACED
    served.keys_dir = mine
    assert entries(served) == size


def test_a_backup_or_the_copy_brings_the_same_ledger_back(served: Site) -> None:
    backup = backed_up(served)
    lose(served)
    assert "Semua cocok" in served.run("restore", str(backup)).stdout
    size = entries(served)
    lose(served)
    assert "LEDGER" not in served.run("ledger", "replay", code=0).output
    assert entries(served) >= size


def test_another_address_is_another_ledger(served: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    empty(served)
    monkeypatch.setattr(make, "ORIGIN", "http://localhost:5001")  # what commands are told
    served.run("keys", "stop")
    serve(served, origin=make.ORIGIN)
    assert (served.keys_dir / beginning.BEGUN).read_text() == "localhost:5000/log\nlocalhost:5001/log\n"
    assert entries(served) > 0


def test_new_keys_begin_anew(served: Site) -> None:
    empty(served)
    shutil.rmtree(served.keys_dir)
    served.run("keys", "new")
    serve(served)
    assert entries(served) > 0


def test_a_folder_of_keys_that_takes_nothing_is_said(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    folder = site.folder / "kunci"
    shutil.copytree(site.keys_dir, folder)
    (folder / beginning.BEGUN).unlink(missing_ok=True)  # where another test began with these keys
    (folder / f"{beginning.BEGUN}.part").mkdir()  # nothing can be written at that name, not even by root
    site.keys_dir = folder
    serve(site)
    said = capsys.readouterr().err
    assert str(folder / beginning.BEGUN) in said and serving.UNGUARDED in said
    (folder / f"{beginning.BEGUN}.part").rmdir()
    serve(site)
    assert capsys.readouterr().err == ""
