"""After a restore: no entry that was lost is covered by another one, and no old slip lives again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pakta.accounts import service as accounts
from pakta.certificates.rules import Status
from pakta.commands import serving
from pakta.core.errors import Refusal
from pakta.core.verdict import Word
from pakta.database import db
from pakta.ledger import copy, heads
from pakta.ledger.copyfile import LogCopy
from pakta.web import clock
from tests.backup.site import Site, address, change, lose, row, word
from tests.backup.test_whole_or_nothing import backed_up
from tests.people import City

pytestmark = pytest.mark.usefixtures("unbegun")  # these start the server


def without_the_variable(site: Site, *words: str) -> None:
    """Type a command in a shell that lacks what is set in the service's unit only."""
    site.told = False
    try:
        site.run(*words)
    finally:
        site.told = True


def with_the_disk_away(site: Site, *words: str) -> None:
    """Type a command while the copy's disk is not mounted, and mount it again."""
    parts = [each for each in (site.copy, site.copy.with_name(f"{site.copy.name}.tuntas")) if each.exists()]
    kept = {each: each.read_bytes() for each in parts}
    for each in parts:
        each.unlink()
    site.run(*words, *(["--without-copy"] if words[0] == "restore" else []))
    for each, content in kept.items():
        each.write_bytes(content)


def served(site: Site) -> bool:
    """Do what a start of the server does; return whether all was published."""
    with site.open().app.app_context():
        return serving._begin(site.open().app)


@pytest.mark.parametrize("restored", [without_the_variable, with_the_disk_away])
def test_an_entry_that_was_lost_is_not_covered_by_another(
    site: Site, restored: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    site.open().activate("joko").settle()
    backup = backed_up(site)
    city = site.open()
    city.sign("joko")
    held = address(city, "joko")
    assert word(city, held) is Word.SAH
    with city.app.app_context():
        signed = heads.newest(db.session())
    lose(site)
    restored(site, "restore", str(backup))
    assert not served(site)
    assert "[COPY_DIFFERS]" in capsys.readouterr().err
    told = site.open().visitor().get("/kesehatan.json")
    assert told.status_code == 503 and told.json is not None
    assert "COPY_DIFFERS" in told.json["reasons"].values()
    with site.open().app.app_context():
        now = heads.newest(db.session())
        assert signed is not None and now is not None and now.size < signed.size  # nothing was signed over it
    lose(site)
    assert "Semua cocok" in site.run("restore", str(backup)).stdout
    assert served(site) and word(site.open(), held) is Word.SAH


def test_a_revocation_that_was_lost_is_not_covered_by_another(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    backup = backed_up(site)
    city = site.open()
    held = address(city, "siti")
    change(city, "siti", Status.REVOKED)
    with city.app.app_context():
        other = row(city, "agus").number
    lose(site)
    without_the_variable(site, "restore", str(backup))
    without_the_variable(site, "certificate", other, "--suspend")
    assert not served(site)
    assert "[COPY_DIFFERS]" in capsys.readouterr().err
    lose(site)
    site.run("restore", str(backup))
    assert served(site) and word(site.open(), held) is Word.REVOKED


def test_a_server_that_only_counts_would_go_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.open().activate("joko").settle()
    backup = backed_up(site)
    city = site.open()
    city.sign("joko")
    held = address(city, "joko")
    lose(site)
    without_the_variable(site, "restore", str(backup))
    monkeypatch.setattr(copy, "_check_same", lambda _connection, _copy: None)
    assert served(site) and word(site.open(), held) is not Word.SAH


def test_a_copy_is_compared_once_a_file(tmp_path: Path) -> None:
    file = LogCopy(tmp_path / "salinan.txt")
    file.path.write_text("0 01\n\n")
    assert not file.is_trusted()
    file.trust()
    assert file.is_trusted()
    with file.path.open("a") as more:
        more.write("1 02\n\n")
    assert file.is_trusted()
    other = tmp_path / "lain.txt"
    other.write_text("0 03\n\n")
    other.replace(file.path)
    assert not file.is_trusted()


def usable(city: City, code: str) -> str:
    """Return whether a slip can be used, or why not."""
    with city.app.app_context():
        try:
            accounts.check_slip(db.session(), code=code, now=clock.now(), pepper=city.wired.keyring.pepper)
        except Refusal as refusal:
            return refusal.reason.value
        return "usable"


@pytest.mark.parametrize("way", ["with the copy", "without the copy", "nothing was lost"])
def test_a_slip_that_was_used_or_replaced_does_not_live_again(site: Site, way: str) -> None:
    slip = site.open().slip("joko")
    backup = backed_up(site)
    if way != "nothing was lost":  # printing a slip enters nothing; signing does
        site.open().sign("lina")
    city = site.open()
    city.slip("joko")
    assert usable(city, slip) == "SLIP_REPLACED"
    lose(site)
    if way == "without the copy":
        site.copy.unlink()
    said = site.run("restore", *(["--without-copy"] if way == "without the copy" else []), str(backup)).stdout
    assert "1 slip yang belum dipakai dibatalkan" in said and "Cetak slip baru" in said
    assert usable(site.open(), slip) == "SLIP_REPLACED"
    assert usable(site.open(), site.open().slip("joko")) == "usable"


def test_a_replay_that_brings_nothing_back_leaves_slips_as_they_are(site: Site) -> None:
    slip = site.open().slip("joko")
    assert "dibatalkan" not in site.run("ledger", "replay").stdout
    assert usable(site.open(), slip) == "usable"
