"""A city whose ledger witnesses hold, all alive and honest, gets an old backup: no other past is signed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from pakta import startup
from pakta.backup import beginning
from pakta.commands import serving
from pakta.core import note
from pakta.database import db
from pakta.ledger import heads, service, succession
from pakta.monitor import succession as monitored
from tests import make
from tests.backup.site import Site, lose, row
from tests.ledger.witness import Witness, parsed, policy_of

NAMES = ("bawaslu", "inspektorat", "kampus")


class Held:
    """The city's machine under a policy of 2 of 3, and its witnesses."""

    def __init__(self, site: Site, file: Path) -> None:
        self.site, self.file, self.backup = site, site.folder / "kepala", site.folder / "kemarin"
        vkey = note.vkey(name="localhost:5000/log", public_key=site.keys.ledger.public_bytes)
        self.witnesses = [Witness(name, log_vkey=vkey).start() for name in NAMES]
        self.policy = parsed(self.witnesses, least=2)
        file.write_bytes(policy_of(self.witnesses, least=2))

    def app(self) -> Flask:
        """Open the city as its server does."""
        self.site.close()
        copy = self.site.copy
        return make.app(
            replace(make.config(self.site.url, self.site.keys_dir), log_copy=copy, policy=self.policy),
            keys=self.site.keys,
        )

    def serve(self) -> tuple[bool, int, int]:
        """Start the server; return whether all is published, the size of the newest head, and of the ledger."""
        app = self.app()
        with app.app_context():
            startup.begin(app)
            published = serving._begin(app)
            head = heads.newest(db.session())
            assert head is not None
            found = (published, head.size, service.size(db.session()))
            if published:
                self.wait(app, head.size)
                self.file.write_bytes(head.note)
            db.session.remove()
            db.engine.dispose()
        return found

    def wait(self, app: Flask, size: int) -> None:
        """Go on asking, as the worker does, until every witness holds so many entries."""
        until = time.monotonic() + 5
        while any(each.held is None or each.held.size < size for each in self.witnesses):
            assert time.monotonic() < until
            collector = startup.collector(app)
            assert collector is not None
            collector.round()

    def fall_silent(self) -> None:
        """Let no witness answer."""
        for each in self.witnesses:
            each.stop()

    def speak(self) -> None:
        """Let all witnesses answer again."""
        for each in self.witnesses:
            each.start()

    def trust(self, number: int) -> None:
        """Let the witnesses trust the ledger's name with this number in the place of the one before."""
        vkey = note.vkey(name=f"localhost:5000/log/{number}", public_key=self.site.keys.ledger.public_bytes)
        for each in self.witnesses:
            each.log_vkey, each.held = vkey, None

    def roots(self) -> set[tuple[int, bytes]]:
        """Return which heads the witnesses hold."""
        return {(each.held.size, each.held.root) for each in self.witnesses if each.held}


@pytest.fixture
def held(site: Site, unbegun: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Give a city whose witnesses hold the newest head, with a pact that yesterday's backup lacks."""
    file = site.folder / "saksi.policy"
    running = Held(site, file)
    monkeypatch.setenv("PAKTA_WITNESSES", str(file))
    try:
        site.open().activate("lina", "joko")  # so that a pact of theirs is one entry, as what a restore would enter
        assert running.serve()[0]
        site.run("backup", str(running.backup))
        site.open().sign("lina")
        assert running.serve()[0]
        yield running
    finally:
        for each in running.witnesses:
            each.stop()


def lose_all(site: Site) -> None:
    """Take away database and copy."""
    lose(site)
    for each in site.folder.glob(f"{site.copy.name}*"):
        each.unlink()


@pytest.mark.parametrize("heard", [True, False], ids=["the restore hears it", "only serve hears it"])
def test_without_a_copy_nothing_is_signed_over_a_lost_past_and_the_ledger_can_be_succeeded(
    held: Held, site: Site, heard: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with site.open().app.app_context():
        number = row(site.city, "siti").number  # type: ignore[arg-type]
    known = held.roots()
    ((lost, _),) = known
    lose_all(site)
    if heard:
        said = site.run("restore", "--without-copy", str(held.backup), code=1).stdout
        assert "[LEDGER_BEHIND_WITNESSES]" in said and "Semua cocok" in said
        assert "LEDGER_BEHIND_WITNESSES" in site.run("certificate", number, "--suspend", code=1).stderr
    else:
        held.fall_silent()
        said = site.run("restore", "--without-copy", str(held.backup)).stdout
        assert "[WITNESSES_UNHEARD]" in said and "Semua cocok" in said
        for change in ("--suspend", "--reinstate", "--suspend"):  # as many as are lost, and more
            site.run("certificate", number, change)
        held.speak()
    capsys.readouterr()

    published, signed, entries = held.serve()
    assert not published and "[LEDGER_BEHIND_WITNESSES]" in capsys.readouterr().err
    assert signed < lost and (entries == signed if heard else entries > lost)
    assert "LEDGER_BEHIND_WITNESSES" in site.run("certificate", number, "--suspend", code=1).stderr
    assert held.serve() == (False, signed, entries)
    assert held.roots() == known

    assert "PAKTA_LOG=2" in site.run("ledger", "succeed", str(held.file), "--yes").stdout
    assert "LEDGER_RENAMED" in site.run("ledger", "succeed", str(held.file), "--yes", code=1).stderr
    monkeypatch.setenv("PAKTA_LOG", "2")
    assert "Semua cocok" in site.run("ledger", "check").stdout
    with site.open().app.app_context():
        entry = succession.newest(db.session())
        vkey = note.vkey(name="localhost:5000/log/2", public_key=site.keys.ledger.public_bytes)
        assert entry is not None and entry.index == entries
        assert list(monitored.check(entry.index, entry.payload, vkey=vkey)) == []
        false = entry.payload.replace(b'"signed":%d' % signed, b'"signed":%d' % lost)
        assert false != entry.payload and list(monitored.check(entry.index, false, vkey=vkey))


def test_with_the_copy_what_came_back_is_signed_and_the_witnesses_follow(held: Held, site: Site) -> None:
    ((lost, _),) = held.roots()
    lose(site)
    assert "Semua cocok" in site.run("restore", str(held.backup)).stdout
    published, signed, entries = held.serve()
    assert published and signed == entries > lost
    assert {size for size, _ in held.roots()} == {signed}


def test_a_copy_that_is_too_old_as_well_signs_nothing_that_contradicts_the_witnesses(held: Held, site: Site) -> None:
    old = site.folder / "lama"
    for each in sorted(site.folder.glob(f"{site.copy.name}*")):
        shutil.copyfile(each, old.with_name(each.name.replace(site.copy.name, old.name)))
    site.open().sign("joko")
    assert held.serve()[0]
    known = held.roots()
    ((lost, _),) = known
    newer = [
        each.rename(each.with_name(each.name.replace(site.copy.name, "baru")))
        for each in sorted(site.folder.glob(f"{site.copy.name}*"))
    ]
    lose(site)
    for each in site.folder.glob(f"{old.name}*"):
        each.rename(each.with_name(each.name.replace(old.name, site.copy.name)))
    assert "[LEDGER_BEHIND_WITNESSES]" in site.run("restore", str(held.backup), code=1).stdout
    published, signed, entries = held.serve()
    assert not published and signed == entries < lost  # nothing stands in the way of a newer copy
    assert held.roots() == known
    for each in newer:
        each.rename(each.with_name(each.name.replace("baru", site.copy.name)))
    site.run("ledger", "replay")
    assert held.serve()[0]


def test_a_replay_that_brings_nothing_back_signs_nothing_over_a_lost_past(
    held: Held, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with site.open().app.app_context():
        assert site.city is not None
        number = row(site.city, "siti").number
    ((lost, _root),) = held.roots()
    lose_all(site)
    held.fall_silent()
    site.run("restore", "--without-copy", str(held.backup))
    for change in ("--suspend", "--reinstate", "--suspend"):  # a new copy begins with them
        site.run("certificate", number, change)
    held.speak()
    published, signed, _size = held.serve()
    assert not published and "ledger succeed" in capsys.readouterr().err
    assert "LEDGER_BEHIND_WITNESSES" in site.run("ledger", "replay", code=1).stdout
    assert held.serve()[:2] == (False, signed) and signed < lost
    site.run("ledger", "succeed", str(held.file), "--yes")


def test_from_the_same_old_backup_a_new_name_is_taken_once(
    held: Held, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = held.file.read_bytes()
    lose_all(site)
    site.run("restore", "--without-copy", str(held.backup), code=1)
    held.fall_silent()
    assert "WITNESSES_UNHEARD" in site.run("ledger", "succeed", str(held.file), "--yes", code=1).stderr
    held.speak()
    site.run("ledger", "succeed", str(held.file), "--yes")
    with site.open().app.app_context():
        newest = heads.newest(db.session())
        assert newest is not None
        held.file.write_bytes(newest.note)
    monkeypatch.setenv("PAKTA_LOG", "2")
    held.trust(2)
    site.run("witnesses", "--tanya")

    monkeypatch.setenv("PAKTA_LOG", "1")
    lose(site)
    copied = site.folder / "salinan-baru"
    site.copy.rename(copied)
    # the witnesses know the old name no more, but the keys do
    for words in (("restore", "--without-copy", str(held.backup)), ("worker",)):
        said = site.run(*words, code=1).stderr
        assert "LEDGER_RENAMED" in said and "ledger succeed" in said
    again = site.folder / "kepala-lama"
    again.write_bytes(first)
    for by in (str(site.keys_dir), "bawaslu, inspektorat, kampus"):
        taken = site.run("ledger", "succeed", str(again), "--yes", code=1).stderr
        assert "LEDGER_NAME_TAKEN" in taken and by in taken
        (site.keys_dir / beginning.BEGUN).unlink(missing_ok=True)  # keys that were brought back from before
    assert "PAKTA_LOG=3" in site.run("ledger", "succeed", str(held.file), "--yes").stdout
    monkeypatch.setenv("PAKTA_LOG", "3")
    assert "Semua cocok" in site.run("ledger", "check").stdout
