"""A person's key that was taken out of use after the backup stays so when the backup comes back with the copy."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from pakta.accounts import service as accounts
from pakta.accounts.models import PersonKey, SignIn
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import canonical
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.core.verdict import Word
from pakta.database import db, transaction
from pakta.ledger.copyfile import LogCopy
from tests import databases
from tests.backup.site import Site, address, change, lose, not_me, revoke_key, word
from tests.people import KNOWN, City


def key(city: City, who: str) -> PersonKey:
    """Return a person's key as it is stored."""
    with city.app.app_context():
        return db.session().get_one(PersonKey, city.keys[who][1])


def open_sessions(city: City, who: str) -> int:
    """Return how many sessions of a person have not ended."""
    with city.app.app_context():
        wanted = select(SignIn).where(SignIn.account_id == city.keys[who][0], SignIn.ended_at.is_(None))
        return len(db.session().execute(wanted).scalars().all())


def usable_keys(city: City, who: str) -> int:
    """Return how many keys a person may sign with."""
    with city.app.app_context():
        return len(accounts.usable_keys(db.session(), person=city.person(who)))


def refused(city: City, who: str) -> Reason:
    """Return why a person's signature is refused."""
    with pytest.raises(Refusal) as found:
        city.sign(who)
    return found.value.reason


def backed_up(site: Site) -> Path:
    """Make a backup, with siti and budi signed in."""
    assert site.city is not None
    for who in ("siti", "budi"):
        site.city.sign_in(who)
    backup = site.folder / "kemarin"
    site.run("backup", str(backup))
    return backup


def test_a_key_that_was_revoked_after_the_backup_is_revoked_when_it_comes_back(site: Site) -> None:
    backup = backed_up(site)
    city = site.open()
    held = address(city, "siti")
    revoke_key(city, "siti")
    at = key(city, "siti").revoked_at
    change(city, "siti", Status.REVOKED)
    lose(site)
    said = site.run("restore", str(backup)).stdout
    assert "1 kunci orang yang pernah dicabut kini dicabut lagi" in said and "Pemulihan selesai" in said
    city = site.open()
    back = key(city, "siti").revoked_at
    assert isinstance(at, datetime) and back == at.replace(microsecond=0)
    assert refused(city, "siti") is Reason.KEY_NOT_USABLE
    assert (open_sessions(city, "siti"), open_sessions(city, "budi")) == (0, 1)
    assert word(city, held) is Word.REVOKED
    assert key(city, "agus").revoked_at is None
    assert "Semua cocok" in site.run("ledger", "check").stdout


def test_a_key_that_was_disputed_after_the_backup_is_suspended_when_it_comes_back(site: Site) -> None:
    backup = backed_up(site)
    not_me(site.open(), "siti")
    lose(site)
    assert "1 kunci orang ditangguhkan kembali" in site.run("restore", str(backup)).stdout
    city = site.open()
    assert key(city, "siti").suspended_at is not None and key(city, "agus").suspended_at is None
    with city.app.app_context():
        assert [len(accounts.usable_keys(db.session(), person=city.person(who))) for who in ("siti", "agus")] == [
            0,
            1,
        ]
    assert (open_sessions(city, "siti"), open_sessions(city, "budi")) == (0, 1)
    assert "Semua cocok" in site.run("ledger", "check").stdout


def test_a_key_that_came_back_suspended_is_given_back_by_saying_and_closing_the_dispute_again(own: Site) -> None:
    backup = backed_up(own)
    not_me(own.open(), "siti")
    lose(own)
    own.run("restore", str(backup))
    city = own.open()
    not_me(city, "siti")
    city.activate("ani", "dewi")
    city.settle()
    city.app.config["WTF_CSRF_ENABLED"] = False
    closing = {"hasil": "keliru", "keterangan": "Ternyata kuncinya sendiri"}
    for who in ("ani", "dewi"):
        assert city.visitor(who).post("/keberatan/1", data=closing).status_code == 302
    assert word(city, address(city, "siti")) is Word.SAH and key(city, "siti").suspended_at is None
    own.run("ledger", "replay")  # a second time does not take it away again
    assert key(own.open(), "siti").suspended_at is None


def test_a_certificate_suspended_for_another_reason_leaves_its_key_alone(own: Site) -> None:
    backup = backed_up(own)
    city = own.open()
    change(city, "siti", Status.SUSPENDED, reason=ReasonClass.DATA_WRONG)
    lose(own)
    said = own.run("restore", str(backup)).stdout
    assert "1 sertifikat mendapat statusnya kembali" in said and "ditangguhkan kembali" not in said
    assert key(own.open(), "siti").suspended_at is None


def test_a_disputed_certificate_that_is_lost_says_that_its_key_is_not_known(own: Site) -> None:
    assert own.city is not None
    own.city.activate("joko")
    backup = backed_up(own)
    city = own.open()
    city.sign("joko")
    not_me(city, "joko")
    lose(own)
    assert "1 sertifikat yang hilang ditangguhkan karena sengketa" in own.run("restore", str(backup)).stdout


def test_an_old_copy_does_not_say_which_keys_were_revoked_and_restore_says_so(own: Site) -> None:
    assert own.city is not None
    own.city.activate("joko")
    revoke_key(own.city, "joko")
    backup = backed_up(own)
    revoke_key(own.open(), "siti")
    lose(own)
    of_the_old_format(own.copy)
    said = own.run("restore", str(backup)).stdout
    assert "1 pencabutan kunci kembali tanpa nama kuncinya" in said and "Cabut lagi" in said
    city = own.open()
    assert key(city, "siti").revoked_at is None
    assert "tanpa nama kuncinya" not in own.run("ledger", "replay").stdout
    revoke_key(own.open(), "siti")
    assert "Semua cocok" in own.run("ledger", "check").stdout


def test_a_revoked_key_that_is_made_usable_is_named(own: Site) -> None:
    assert own.city is not None
    revoke_key(own.city, "siti")
    assert "Semua cocok" in own.run("ledger", "check").stdout
    city = own.open()
    with city.app.app_context(), transaction() as session:
        session.get_one(PersonKey, city.keys["siti"][1]).revoked_at = None
    said = own.run("ledger", "check", code=1).stdout
    assert f"key {city.keys['siti'][1]}: revoked_at is not what the entries of revocation say" in said


def test_a_revocation_of_a_key_whose_commit_broke_off_holds_once_the_next_writer_comes(own: Site) -> None:
    city = own.city
    assert city is not None
    with city.app.app_context(), databases.broken_off():
        revoke_key(city, "siti")
    city = own.open()
    assert key(city, "siti").revoked_at is None
    city.sign("joko")
    assert key(city, "siti").revoked_at is not None
    assert "Semua cocok" in own.run("ledger", "check").stdout


def test_the_copy_holds_of_a_revoked_key_its_thumbprint_and_a_salt_and_of_an_enrolment_nothing(own: Site) -> None:
    assert own.city is not None
    revoke_key(own.city, "siti")
    lines = [line for group in LogCopy(own.copy).groups() for line in group]
    (payload,) = [line.payload for line in lines if line.entry[1] == EntryKind.KEY_REVOKED]
    assert payload is not None
    members = canonical.decode_object(payload.partition(b"\n")[2], reason=Reason.ENROLMENT_MALFORMED)
    assert set(members) == {"v", "key", "at", "salt"} and members["key"] == key(own.city, "siti").thumbprint
    enrolled = [line for line in lines if line.entry[1] in (EntryKind.KEY_ENROLLED, EntryKind.KEY_RECOVERED)]
    assert enrolled and all(line.payload is None for line in enrolled)
    held = b"".join(line.payload or b"" for line in lines)
    assert not any(each.number.encode() in held or each.name.encode() in held for each in KNOWN.values())


def of_the_old_format(path: Path) -> None:
    """Write a copy as it was written before it held revocations of keys."""
    path.write_text(re.sub(r"^(\d+ 0103[0-9a-f]+) .*$", r"\1", path.read_text(), flags=re.MULTILINE))
