"""What comes back from the copy of the ledger holds again: revocations, key sets, and which keys are lost."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import event

from pakta.certificates import publishing
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import keyset
from pakta.core.errors import Reason, Refusal
from pakta.core.verdict import Word
from pakta.database import db, transaction
from pakta.ledger import sequencer
from pakta.ledger.copyfile import Written
from pakta.notices import service as notices
from pakta.web import clock
from tests.backup.site import Site, address, change, lose, row, word
from tests.people import City


def key_set(city: City) -> keyset.KeySet:
    """Return the key set that is served."""
    with city.app.app_context():
        row = publishing.newest_key_set(db.session())
        assert row is not None
        return keyset.verify(row.text, host="localhost:5000")


def swap(site: Site, backup: Path) -> City:
    """Put yesterday's file in the database's place by hand, as who does not know of `restore`."""
    lose(site)
    shutil.copyfile(backup, site.folder / "kota.sqlite")
    return site.open()


def refused(site: Site, who: str) -> Reason:
    """Return why a person's signature is refused."""
    assert site.city is not None
    with pytest.raises(Refusal) as found:
        site.city.sign(who)
    return found.value.reason


def test_a_backup_from_before_two_rotations_comes_back_with_the_key_sets_that_readers_have_seen(own: Site) -> None:
    backup = own.folder / "kemarin"
    own.run("backup", str(backup))
    own.run("keys", "rotate")
    own.run("keys", "rotate")
    city = own.open()
    held = address(city, "siti")
    change(city, "siti", Status.REVOKED)
    seen = key_set(city)
    lose(own)
    assert "Semua cocok" in own.run("restore", str(backup)).stdout
    city = own.open()
    assert (key_set(city).version, key_set(city).jws) == (3, seen.jws)
    assert word(city, held) is Word.REVOKED  # before any worker has run
    city.sign("joko")
    assert word(city, held) is Word.REVOKED
    assert "Semua cocok" in own.run("ledger", "check").stdout


def test_replay_gives_the_statuses_back_as_restore_does(own: Site) -> None:
    backup = own.folder / "kemarin"
    own.run("backup", str(backup))
    city = own.open()
    held = address(city, "siti")
    city.sign("joko")
    change(city, "siti", Status.REVOKED)
    city = swap(own, backup)
    assert refused(own, "rini") is Reason.LEDGER_BEHIND_COPY
    said = own.run("ledger", "replay").stdout
    assert "1 sertifikat mendapat statusnya kembali" in said and "tidak ikut" not in said
    city = own.open()
    with city.app.app_context():  # the first notice is lost with the rest: she is told again
        told = notices.of_person(db.session(), person_id=city.person("siti").id)
        assert [each.kind for each in told] == ["sertifikat-dicabut"]
    assert word(city, held) is Word.REVOKED
    city.sign("lina")
    assert "Semua cocok" in own.run("ledger", "check").stdout


def test_the_whole_server_of_yesterday_does_not_revive_a_lost_key(own: Site) -> None:
    backup, keys_of_yesterday, today = own.folder / "kemarin", own.folder / "kunci", own.folder / "kunci-hari-ini"
    own.run("backup", str(backup))
    shutil.copytree(own.keys_dir, keys_of_yesterday)
    kid = own.keys.issuer.kid
    own.run("keys", "compromised", "--kid", kid.hex(), "--at", clock.now().isoformat())
    own.close()
    shutil.copytree(own.keys_dir, today)
    lose(own)
    _put(own.keys_dir, keys_of_yesterday)
    said = own.run("restore", str(backup), code=1).stdout
    assert "ISSUER_REPLACED" in said and "Pulihkan cadangan kunci yang terbaru" in said
    city = own.open()
    assert kid in key_set(city).compromised and key_set(city).version == 2
    assert refused(own, "rini") is Reason.ISSUER_REPLACED
    _put(own.keys_dir, today)
    own.run("ledger", "replay")
    own.open().sign("lina")
    assert "Semua cocok" in own.run("ledger", "check").stdout


def test_where_a_later_key_set_is_lost_nothing_is_issued_until_somebody_vouches_for_the_keys(own: Site) -> None:
    backup = own.folder / "kemarin"
    own.run("backup", str(backup))
    own.run("keys", "rotate")
    own.run("keys", "rotate")
    lose(own)
    lines = own.copy.read_text()
    own.copy.write_text(re.sub(r"^(\d+ 0107[0-9a-f]+) .*$", r"\1", lines, flags=re.MULTILINE))
    said = own.run("restore", str(backup), code=1).stdout
    assert "KEY_SET_LOST" in said and "--keys-are-newest" in said
    city = own.open()
    assert refused(own, "rini") is Reason.KEY_SET_LOST
    with pytest.raises(Refusal), city.app.app_context():
        city.settle()
    own.run("ledger", "replay", code=1)
    own.run("ledger", "replay", "--keys-are-newest")
    city = own.open()
    assert key_set(city).version == 4  # readers have seen 3
    city.sign("lina")
    assert "Semua cocok" in own.run("ledger", "check").stdout


@pytest.mark.parametrize("before", [(), (Status.SUSPENDED,)])
def test_of_several_changes_after_the_backup_the_last_one_holds(own: Site, before: tuple[Status, ...]) -> None:
    assert own.city is not None
    for status in before:
        change(own.city, "siti", status)
    backup = own.folder / "kemarin"
    own.run("backup", str(backup))
    city = own.open()
    held = {who: address(city, who) for who in ("siti", "budi")}
    for status in (Status.SUSPENDED, Status.VALID)[len(before) :]:
        change(city, "siti", status)
    change(city, "budi", Status.SUSPENDED)
    change(city, "budi", Status.REVOKED)
    lose(own)
    assert "2 sertifikat mendapat statusnya kembali" in own.run("restore", str(backup)).stdout
    city = own.open()
    city.settle()
    assert [word(city, held[who]) for who in ("siti", "budi")] == [Word.SAH, Word.REVOKED]
    assert "Semua cocok" in own.run("ledger", "check").stdout  # the counters, too


@pytest.mark.parametrize("last", ["revoked", "signed"])
def test_a_database_that_lacks_only_the_last_transaction_is_an_old_one_too(own: Site, last: str) -> None:
    backup = own.folder / "kemarin"
    assert own.city is not None
    own.city.activate("joko", "rini")
    own.city.settle()
    held = address(own.city, "siti")
    own.run("backup", str(backup))
    city = own.open()
    if last == "revoked":
        revoke(city, "siti")
    else:
        city.sign("joko")
    city = swap(own, backup)
    assert refused(own, "rini") is Reason.LEDGER_BEHIND_COPY
    with pytest.raises(Refusal), city.app.app_context(), transaction() as session:
        sequencer.sequence(session, keyring=city.wired.keyring, config=city.wired.config, now=clock.now())
    assert "only" in own.run("ledger", "check", code=1).stdout
    own.run("ledger", "replay")
    city = own.open()
    city.sign("rini")
    assert word(city, held) is (Word.REVOKED if last == "revoked" else Word.SAH)
    assert "Semua cocok" in own.run("ledger", "check").stdout


def test_a_revocation_whose_commit_broke_off_holds_once_the_next_writer_comes(own: Site) -> None:
    assert own.city is not None
    city = own.city
    held = address(city, "siti")
    with city.app.app_context():
        broken_off(city)
    city = own.open()
    assert word(city, held) is Word.SAH
    city.sign("joko")
    assert word(city, held) is Word.REVOKED
    assert "Semua cocok" in own.run("ledger", "check").stdout


def test_a_copy_that_cannot_be_read_is_named_in_a_sentence(own: Site) -> None:
    own.copy.write_bytes(b"bukan salinan\n\n")
    said = own.run("ledger", "replay", code=1).stderr
    assert "tidak dapat dibaca" in said and "Traceback" not in said


def broken_off(city: City) -> None:
    """Let the machine fail between the copy of a revocation and its commit."""

    def fail(_connection: object) -> None:
        raise OSError("power failure")

    event.listen(db.engine, "commit", fail)
    try:
        with patch.object(Written, "take_back"), pytest.raises(OSError):  # who is dead takes nothing back
            revoke(city, "siti")
    finally:
        event.remove(db.engine, "commit", fail)


def revoke(city: City, who: str) -> None:
    """Revoke a certificate, and do nothing after it."""
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=row(city, who), status=Status.REVOKED, reason=ReasonClass.DISPUTE, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip


def _put(folder: Path, source: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(source, folder)
