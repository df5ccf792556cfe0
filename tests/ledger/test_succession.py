"""A ledger that has lost its newest entries for good goes on under a new name, and everybody can see it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pakta.core import merkle, note
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.ledger import check, heads, sequencer, service, storedtiles, succession
from pakta.ledger.models import Checkpoint
from pakta.monitor import succession as monitored
from tests.ledger.conftest import NOW, Log

SECOND = "localhost:5000/log/2"


def lose(log: Log, *, size: int) -> bytes:
    """Grow, sign, and lose what lies beyond `size` with every head above it; return the head that a witness holds."""
    log.grow_to(size)
    log.sign()
    log.grow_to(size + 40)
    head = log.sign()
    assert head is not None
    held = head.note
    for table, column in (("ledger_entries", "index"), ("ledger_payloads", "index")):
        log.as_a_thief(f'DELETE FROM {table} WHERE "{column}" >= {size}')
    log.as_a_thief(f"DELETE FROM ledger_checkpoints WHERE size > {size}")
    log.as_a_thief("DELETE FROM ledger_tiles")
    with transaction() as session:
        storedtiles.grow(session, old=0, size=size)
    return held


def succeed(log: Log, held: bytes, *, number: int = 2) -> int:
    """Go on under the name with this number."""
    config = replace(log.wired.config, log=number)
    with transaction() as session:
        return succession.succeed(session, held=held, now=NOW, keyring=log.wired.keyring, config=config)


def sign(log: Log, *, number: int = 2) -> Checkpoint:
    """Let the sequencer sign under the name with this number."""
    config = replace(log.wired.config, log=number)
    with transaction() as session:
        head = sequencer.sequence(session, keyring=log.wired.keyring, config=config, now=NOW)
    assert head is not None
    return head


def vkey(log: Log, number: int = 2) -> str:
    """Return the verifier key under the name with this number."""
    return service.verifier_key(log.wired.keyring, replace(log.wired.config, log=number))


def test_the_tree_goes_on_and_its_first_new_entry_is_the_head_that_was_lost(log: Log) -> None:
    held = lose(log, size=300)
    before = db.session().get_one(Checkpoint, 300)
    assert succeed(log, held) == 300
    head = sign(log)
    stated = note.parse_checkpoint(note.verify(head.note, verifier_key=vkey(log)))
    assert (stated.origin, stated.size) == (SECOND, 301)
    row = service.public_payload_at(db.session(), index=300)
    assert row is not None and row.kind == EntryKind.LOG_SUCCEEDED
    said = json.loads(row.payload)
    assert (said["origin"], said["previous"].encode(), said["kept"]) == (SECOND, held, 300)
    leaves = [merkle.leaf_hash(each) for each in service.entries(db.session(), first=0, last=301)]
    merkle.verify_consistency(
        old_size=300, new_size=301, old_root=before.root, new_root=stated.root,
        path=merkle.consistency_path(leaves, 300),
    )  # fmt: skip
    assert [str(each) for each in check.check(db.session(), verifier_key=vkey(log), copy=None)] == []


def test_a_second_loss_gives_a_third_name(log: Log) -> None:
    succeed(log, lose(log, size=10))
    sign(log)
    log.grow_to(30)
    held = sign(log).note
    log.as_a_thief('DELETE FROM ledger_entries WHERE "index" >= 20')
    log.as_a_thief('DELETE FROM ledger_payloads WHERE "index" >= 20')
    log.as_a_thief("DELETE FROM ledger_checkpoints WHERE size > 20")
    log.as_a_thief("DELETE FROM ledger_tiles")
    with transaction() as session:
        storedtiles.grow(session, old=0, size=11)
    assert succeed(log, held, number=3) == 20
    assert note.parse_checkpoint(note.verify(sign(log, number=3).note, verifier_key=vkey(log, 3))).size == 21
    rows = [service.public_payload_at(db.session(), index=index) for index in (10, 20)]
    said = [(row.index, row.payload) for row in rows if row is not None]
    assert len(said) == 2  # and whoever watches takes both, but neither for another place
    assert [list(monitored.check(*each, vkey=vkey(log, 3))) for each in said] == [[], []]
    assert all(list(monitored.check(index + 1, payload, vkey=vkey(log, 3))) for index, payload in said)
    assert [str(each) for each in check.check(db.session(), verifier_key=vkey(log, 3), copy=None)] == []


def test_where_nothing_is_lost_nothing_is_renamed(log: Log) -> None:
    log.grow_to(50)
    head = log.sign()
    assert head is not None
    for held, number, reason in (
        (head.note, 2, Reason.LEDGER_NOT_BEHIND),
        (head.note, 3, Reason.OTHER_LOG),
        (head.note.replace(b"localhost:5000", b"localhost:5001"), 2, Reason.OTHER_LOG),
        (head.note.replace(b"\n50\n", b"\n90\n"), 2, Reason.NOTE_SIGNATURE),
        (b"\xff\n", 2, Reason.OTHER_LOG),
    ):
        with pytest.raises(Refusal) as refused:
            succeed(log, held, number=number)
        assert refused.value.reason is reason
    assert service.size(db.session()) == 50


def test_a_server_that_forgot_the_new_name_or_took_it_too_early_does_not_start(log: Log) -> None:
    log.grow_to(5)
    log.sign()
    with pytest.raises(Refusal) as early:
        heads.hold_origin(db.session(), origin=SECOND)
    assert (early.value.reason, early.value.detail) == (Reason.LEDGER_NOT_RENAMED, "1")
    log.as_a_thief("DELETE FROM ledger_checkpoints")
    log.as_a_thief("DELETE FROM ledger_tiles")
    succeed(log, lose(log, size=8))
    sign(log)
    heads.hold_origin(db.session(), origin=SECOND)
    with pytest.raises(Refusal) as late:
        heads.hold_origin(db.session(), origin="localhost:5000/log")
    assert (late.value.reason, late.value.detail) == (Reason.LEDGER_RENAMED, "2")
    with pytest.raises(Refusal) as elsewhere:
        heads.hold_origin(db.session(), origin="lain.go.id/log")
    assert (elsewhere.value.reason, elsewhere.value.detail) == (Reason.LEDGER_ELSEWHERE, "localhost:5000")


def test_nothing_is_signed_under_the_old_name_again_and_a_head_that_was_is_named(log: Log) -> None:
    succeed(log, lose(log, size=8))
    sign(log)
    log.grow_to(20)
    with pytest.raises(Refusal) as refused:
        log.sign()
    assert refused.value.reason is Reason.OTHER_LOG
    head = sign(log)
    key, name = log.wired.keyring.ledger, "localhost:5000/log"
    body = note.checkpoint_body(origin=name, size=20, root=head.root)
    with transaction() as session:
        session.get_one(Checkpoint, 20).note = note.sign(body, name=name, public_key=key.public_bytes, sign=key.sign)
    found = [str(each) for each in check.check(db.session(), verifier_key=vkey(log), copy=None)]
    assert found == ["checkpoint 20: is of an earlier name than a head before it"]


@pytest.mark.parametrize(
    ("name", "earlier"),
    [
        ("pakta.kota.go.id/log", []),
        ("pakta.kota.go.id/log/2", ["pakta.kota.go.id/log"]),
        ("pakta.kota.go.id/log/3", ["pakta.kota.go.id/log", "pakta.kota.go.id/log/2"]),
        ("pakta.kota.go.id/blog", []),
    ],
)
def test_names_follow_each_other(name: str, earlier: list[str]) -> None:
    assert list(heads.earlier_names(name)) == earlier
