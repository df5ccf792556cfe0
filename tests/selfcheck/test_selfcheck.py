"""One flipped bit, one edit: whatever a thief changes in the stored proof is found and named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pakta.core import number
from pakta.database import db
from pakta.ledger.check import Finding
from pakta.selfcheck import documents, requests, statuses
from pakta.selfcheck import service as selfcheck
from tests import slices
from tests.selfcheck.robbery import Thief, World

# table, column, which row, and what the finding must begin with
EDITS = [
    *(("credentials", name, "id = 1", "credential ") for name in (
        "number", "cti", "edition_code", "evidence_hash", "to_be_signed", "cose", "ledger_index", "status_index",
        "method", "issued_at", "expires_at", "unit_id",
    )),
    ("credentials", "person_id", "id = 1", "evidence of SITI:"),
    ("credentials", "key_id", "id = 1", "evidence of SITI:"),
    ("credentials", "status", "id = 1", "status of SITI:"),
    ("credentials", "status_class", "id = 1", "status of SITI:"),
    ("credentials", "status_at", "status = 2", "status of "),
    *(("evidence", name, "person_id = PERSON", "evidence ") for name in (
        "sha256", "statement_sha256", "person_id", "edition_code", "evidence", "accepted_at",
    )),
    *(("person_keys", name, "person_id = PERSON", "key ") for name in (
        "person_id", "thumbprint", "jwk", "way", "record", "ledger_index", "enrolled_at",
    )),
    ("person_keys", "method", "person_id = PERSON", "evidence of SITI: method"),
    ("person_keys", "kiosk", "person_id = PERSON", "evidence of SITI: method"),
    ("person_keys", "revoked_at", "revoked_at IS NOT NULL", "key "),
    ("ledger_entries", "entry", '"index" = 3', "(entry|payload) 3:"),
    ("ledger_entries", "entry", '"index" = 9', "(entry|payload) 9:"),
    ("ledger_payloads", "payload", '"index" = 0', "payload 0:"),
    ("ledger_payloads", "payload", '"index" = 9', "payload 9:"),
    ("ledger_payloads", "kind", '"index" = 9', "payload 9:"),
    ("ledger_payloads", "recorded_at", '"index" = 0', "edition "),
    ("ledger_tiles", "data", "level = 0", "tile 0/000: differs"),
    ("ledger_tiles", "data", "level = -1", "tile entries/000: differs"),
    ("ledger_tiles", "index", "level = 0", "tile 0/000: missing"),
    ("ledger_checkpoints", "root", "size > 0", r"checkpoint \d+:"),
    ("ledger_checkpoints", "note", "size > 0", r"checkpoint \d+:"),
    ("ledger_checkpoints", "kinds", "size > 0", r"checkpoint \d+: its counts"),
    ("ledger_checkpoints", "size", "size = (SELECT max(size) FROM ledger_checkpoints)", r"checkpoint \d+:"),
    *(("editions", name, "code = (SELECT min(code) FROM editions)", "edition ") for name in (
        "title", "audience", "opens_on", "closes_on", "text", "text_sha256", "ledger_index", "published_at",
    )),
    *(("key_sets", name, "version = 1", "key set ") for name in ("version", "text", "ledger_index", "published_at")),
    *(("status_lists", name, "id = 1", "status list 1:") for name in ("token", "ledger_index", "issued_at")),
    ("documents", "content", "1 = 1", "document kartu of SITI:"),
    ("documents", "mark", "1 = 1", "document kartu of SITI:"),
    ("documents", "level", "kind = 'lembar'", "document lembar of .*: level is "),
    ("status_requests", "decided_at", "wanted = 'cabut' AND outcome IS NOT NULL", "request 2 about "),
    ("signed_people", "signed_at", "person_id = PERSON", "mark of person "),
    ("signed_people", "edition_code", "person_id = PERSON", "mark of person "),
    ("signed_people", "unit_id", "person_id = PERSON", "mark of person "),
    ("credentials", "replaced_by", "id = 1", "status of SITI: replaced_by"),
    ("counter_people", "people", "people > 0", "counter people of unit "),
    ("counter_signed", "signed", "signed > 0", "counter signed of unit "),
    ("daily_people", "change", "change > 0", "counter people by day of unit "),
    ("daily_signed", "change", "change > 0", "counter signed by day of unit "),
]  # fmt: skip

TRIED = slices.some(EDITS, 1, of=2)
REMOVALS = [
    ("credentials", "id = 1", r"entry \d+: no credential"),
    ("evidence", "person_id = PERSON", "evidence of SITI: is missing"),
    ("person_keys", "person_id = PERSON", r"entry \d+: no key"),
    ("ledger_entries", '"index" = 5', "entry 5: missing"),
    ("ledger_entries", '"index" = (SELECT max("index") FROM ledger_entries)', r"checkpoint \d+: only"),
    ("ledger_payloads", '"index" = 9', "payload 9: missing"),
    ("ledger_payloads", "kind = 10", r"payload \d+: missing"),
    ("ledger_tiles", "level = -1", "tile entries/000: missing"),
    ("editions", "code = (SELECT code FROM editions WHERE ledger_index = 0)", "entry 0: no edition"),
    ("key_sets", "version = 1", r"entry \d+: no key set"),
    ("status_lists", "id = 1", r"entry \d+: no status list"),
    ("signed_people", "person_id = PERSON", "mark of person .* is missing"),
    ("counter_signed", "signed > 0", "counter signed of unit "),
    ("daily_signed", "change > 0", "counter signed by day of unit "),
]


@pytest.fixture
def robbed(world: World) -> Iterator[World]:
    """Give the city, which is sound when it begins, and sound again after each test."""
    yield world
    assert world.findings() == []


def test_an_untouched_city_has_nothing_to_name(world: World) -> None:
    assert world.findings() == []
    assert re.fullmatch(r"\d+ catatan, \d+ di bawah .*, 7 sertifikat, 8 kunci", selfcheck.summary(db.session()))


@pytest.mark.parametrize(("table", "column", "where", "finding"), TRIED, ids=[f"{e[0]}.{e[1]}" for e in TRIED])
def test_an_edited_column_is_found_and_named(
    robbed: World, table: str, column: str, where: str, finding: str
) -> None:
    where, finding = _filled(robbed, where, finding)
    thief = Thief(robbed, table)
    try:
        _edit(thief, column, where)
        found = robbed.findings()
    finally:
        thief.put_back()
    assert any(re.match(finding, each) for each in found), found


@pytest.mark.parametrize(("table", "where", "finding"), REMOVALS, ids=[f"{e[0]} {e[1][:12]}" for e in REMOVALS])
def test_a_removed_row_is_found_and_named(robbed: World, table: str, where: str, finding: str) -> None:
    where, finding = _filled(robbed, where, finding)
    thief = Thief(robbed, table)
    try:
        thief.run(f'DELETE FROM "{table}" WHERE {where}')
        found = robbed.findings()
    finally:
        thief.put_back()
    assert any(re.match(finding, each) for each in found), found


# what lets any change pass for a moment, and what ends that
UNCHECKED = {
    "sqlite": ("PRAGMA ignore_check_constraints = ON", "PRAGMA ignore_check_constraints = OFF"),
    "postgresql": ("ALTER TABLE status_requests DROP CONSTRAINT ck_status_requests_two_people", "SELECT 1"),
}
# which request, what is changed, and what the finding says
REQUESTS = [
    (1, "wanted = 'cabut', reason_class = 'keluar'", "is called done, but no entry says so"),
    (1, "asked_by_id = DEWI", "first_by_id is not"),
    (2, "reason_class = 'keluar'", "is called done, but no entry says so"),
    (2, "wanted = 'pulihkan'", "is called done, but no entry says so"),
    (2, "credential_id = 1", "is called done, but no entry says so"),
    (2, "decided_by_id = ANI", "is called done, but not by two people"),
    (2, "first_by_id = NULL, first_at = NULL", "is called done, but not by two people"),
    (2, "asked_by_id = DEWI, first_by_id = DEWI, decided_by_id = ANI", "who asked it then"),
    (2, "decided_by_id = JOKO", "own owner"),
    (2, "outcome = NULL", "outcome and decided_at do not agree"),
    (3, "outcome = 'disetujui', decided_by_id = ANI, decided_at = asked_at", "is called done, but no entry says so"),
    (3, "outcome = 'didahului', decided_at = asked_at", "is called overtaken, but no entry says by what"),
    (3, "outcome = 'ditolak', decided_by_id = ANI, decided_at = asked_at", "who ended it then"),
    (3, "asked_as = 'kepala', first_by_id = ANI, first_at = asked_at", "who approved it then"),
    (3, "credential_id = 1", "who asked it then"),
    (3, "reason_class = 'sengketa', wanted = 'tangguhkan'", "no class for"),
]


# of a row beside what was signed: what is changed, and what the finding says
BESIDE = [
    ("credentials SET replaced_by = NULL WHERE replaced_by IS NOT NULL", "status of .*: replaced_by is not"),
    ("credentials SET replaced_by = 'SITI' WHERE person_id = JOKO", "status of .*: replaced_by is not"),
    ("documents SET level = NULL WHERE kind = 'lembar'", "document lembar .*: level is None, its seal says B-B"),
    ("documents SET level = 'B-T' WHERE kind = 'kartu'", "document kartu .*: level is B-T, its seal says None"),
    ("documents SET made_at = '2027-01-01' WHERE kind = 'lembar'", "document lembar .*: made_at is not"),
    ("documents SET made_at = '2025-01-01' WHERE kind = 'kartu'", "document kartu .*: made_at is not"),
]


def test_each_change_of_a_request_is_found_and_named(world: World) -> None:
    off, on = UNCHECKED[db.session().get_bind().dialect.name]
    assert list(requests.check(db.session())) == []
    for request_id, edit, finding in REQUESTS:
        for who in ("joko", "ani", "dewi"):
            edit = edit.replace(who.upper(), str(world.keys[who][0]))
        changed = [off, f"UPDATE status_requests SET {edit} WHERE id = {request_id}", on]
        found = _found(changed, lambda: requests.check(db.session()))
        assert any(re.match(rf"request {request_id} about .*: .*{finding}", each) for each in found), (edit, found)


def test_what_a_row_says_beside_its_file_or_its_successor_is_found(world: World) -> None:
    joko, siti = str(world.person("joko").id), world.certificate("siti").number

    def check() -> Iterator[Finding]:
        yield from statuses.check(db.session())
        yield from documents.check(db.session(), pepper=world.wired.keyring.pepper)

    assert list(check()) == []
    for edit, finding in BESIDE:
        found = _found(["UPDATE " + edit.replace("JOKO", joko).replace("SITI", siti)], check)
        assert any(re.match(finding, each) for each in found), (edit, found)


def _found(changes: Sequence[str], check: Callable[[], Iterator[Finding]]) -> list[str]:
    """Return what a part of the check finds after some changes, which are undone."""
    session = db.session()
    session.rollback()
    try:
        for change in changes:
            session.execute(text(change))
        return [str(each) for each in check()]
    finally:
        session.rollback()


def test_two_people_whose_certificates_are_exchanged_are_found(robbed: World) -> None:
    thief = Thief(robbed, "credentials")
    try:
        thief.run("UPDATE credentials SET person_id = 3 - person_id WHERE person_id IN (1, 2)")
        found = robbed.findings()
    finally:
        thief.put_back()
    assert any("different people" in each for each in found), found


@pytest.mark.parametrize(("days", "finding"), [(1, "older"), (-1, "younger")])
def test_a_certificate_that_does_not_lie_between_its_heads_is_found(robbed: World, days: int, finding: str) -> None:
    thief = Thief(robbed, "ledger_checkpoints")
    moved = [{**row, "signed_at": _moved(row["signed_at"], days=days)} for row in thief.before]
    try:
        thief.fill(moved)
        found = robbed.findings()
    finally:
        thief.put_back()
    assert any(re.match(rf"credential .*: is {finding} than checkpoint \d+", each) for each in found), found


def _moved(at: Any, *, days: int) -> Any:
    """Return a time as the driver gave it, so many days later."""
    moved = (datetime.fromisoformat(at) if isinstance(at, str) else at) + timedelta(days=days)
    return moved.isoformat(" ") if isinstance(at, str) else moved


@pytest.mark.parametrize("edit", ["kind = 'lembar'", "credential_id = 2"])
def test_a_file_served_as_another_is_found(robbed: World, edit: str) -> None:
    thief = Thief(robbed, "documents")
    try:
        thief.run(f"UPDATE documents SET {edit}")
        found = robbed.findings()
    finally:
        thief.put_back()
    assert any("is not the file that was made for it" in each for each in found), found


def test_an_absence_that_hides_nothing_is_found(robbed: World) -> None:
    thief = Thief(robbed, "ledger_absences")
    try:
        thief.run("""INSERT INTO ledger_absences ("index", cause) VALUES (9, 'replayed')""")
        found = robbed.findings()
    finally:
        thief.put_back()
    assert any(each.startswith("payload 9: is here") for each in found), found


def test_an_entry_that_nobody_made_is_found(robbed: World) -> None:
    thief = Thief(robbed, "ledger_entries")
    try:
        zeros = "zeroblob(34)" if thief.connection.dialect.name == "sqlite" else "decode(repeat('00', 34), 'hex')"
        thief.run(f'INSERT INTO ledger_entries ("index", entry) SELECT max("index") + 1, {zeros} FROM ledger_entries')
        found = robbed.findings()
    finally:
        thief.put_back()
    assert any(re.match(r"entry \d+: malformed", each) for each in found), found


def test_every_bit_of_the_evidence_counts(robbed: World) -> None:
    thief = Thief(robbed, "evidence")
    held = thief.before[0]
    try:
        for at in range(0, len(held["evidence"]), 97):
            changed = bytearray(held["evidence"])
            changed[at] ^= 1 << at % 8
            thief.run(
                "UPDATE evidence SET evidence = :new WHERE sha256 = :key",
                {"new": bytes(changed), "key": held["sha256"]},
            )
            assert any(each.startswith("evidence of ") for each in robbed.findings()), at
    finally:
        thief.put_back()


def test_a_changed_line_of_the_copy_is_found(robbed: World) -> None:
    path = robbed.wired.config.log_copy
    assert isinstance(path, Path)
    before = path.read_bytes()
    path.write_bytes(before.replace(b"\n4 01", b"\n4 02", 1))
    found = robbed.findings()
    path.write_bytes(before)
    assert found == ["copy salinan.txt: entry 4 differs"]


def _filled(world: World, where: str, finding: str) -> tuple[str, str]:
    row = world.certificate("siti")
    assert row.id == 1
    return where.replace("PERSON", str(row.person_id)), finding.replace("SITI", number.spoken(row.number))


def _edit(thief: Thief, column: str, where: str) -> None:
    query = f'SELECT "{column}" FROM "{thief.table}" WHERE {where}'
    value = thief.connection.execute(text(query)).scalars().first()
    new = _other(thief, column, value)
    assert new != value
    thief.run(f'UPDATE "{thief.table}" SET "{column}" = :new WHERE {where}', {"new": new})


OTHERS = {
    "edition_code": "SELECT max(code) FROM editions WHERE code <> :old",
    "person_id": "SELECT max(id) FROM people WHERE id <> :old",
    "key_id": "SELECT max(id) FROM person_keys WHERE id <> :old",
    "unit_id": "SELECT max(id) FROM units WHERE id <> :old",
}
WORDS = {"slip": "further", "passkey": "device", "device": "passkey"}


def _other(thief: Thief, column: str, value: Any) -> Any:
    """Return another value that the column can hold."""
    if column in OTHERS:
        return thief.connection.execute(text(OTHERS[column]), {"old": value}).scalar()
    if column == "kiosk":
        return not value
    if column == "kinds":
        return str(value).replace(":", ":1")  # ten and more of each kind
    if column in ("status", "method") and isinstance(value, int):
        return 2 if value != 2 else 1
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, bytes):
        return bytes((*value[:-1], value[-1] ^ 1))
    if isinstance(value, date):
        return value + timedelta(days=1)
    return _other_text(value if isinstance(value, str) else json.dumps(value))


def _other_text(value: str) -> str:
    if value in WORDS:
        return WORDS[value]
    if re.match(r"\d{4}-\d\d-\d\d", value):
        return f"{int(value[:4]) + 1}{value[4:]}"
    if value.startswith("{"):
        return re.sub(r'("x": ?")(.)', lambda found: found[1] + ("B" if found[2] == "A" else "A"), value)
    return "[]" if value.startswith("[") else ("B" if value[:1] != "B" else "C") + value[1:]
