"""The sequencer: heads over committed rows, tiles that lead to them, and no head over a changed past."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pakta import keyring
from pakta.core import merkle, note, proof, tiles
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.ledger import heads, proofs, sequencer, service
from pakta.ledger.models import Checkpoint, Tile
from tests import make
from tests.ledger.conftest import NOW, Log

WHOLE_ON_POSTGRESQL = True

SIZES = (1, 2, 3, 255, 256, 257, 511, 513, 65_536, 65_537, 66_100)


def test_each_head_has_the_root_of_the_plain_tree_and_goes_on_from_the_one_before(log: Log) -> None:
    for size in SIZES:
        log.grow_to(size)
        head = log.sign()
        assert head is not None and head.size == size
        assert head.root == merkle.root(log.leaves(size))
        stated = note.parse_checkpoint(note.verify(head.note, verifier_key=log.vkey))
        assert (stated.origin, stated.size, stated.root) == ("localhost:5000/log", size, head.root)
    _assert_consistent()


def test_every_entry_can_be_proved_under_every_head_that_covers_it(log: Log) -> None:
    for size in (1, 7, 256, 300, 700):
        log.grow_to(size)
        log.sign()
    for head in db.session.execute(select(Checkpoint)).scalars():
        for index in {0, head.size // 2, head.size - 1, min(255, head.size - 1)}:
            text = proofs.tlog_proof(db.session(), index=index, checkpoint=head)
            entry = service.entry_at(db.session(), index=index)
            assert entry is not None
            found = proof.parse(text)
            proof.verify(found, entry=entry, verifier_key=log.vkey, origin="localhost:5000/log")
            with pytest.raises(Refusal):
                proof.verify(found, entry=entry[:-1] + b"?", verifier_key=log.vkey, origin="localhost:5000/log")
        with pytest.raises(Refusal) as refused:
            proofs.inclusion(db.session(), index=head.size, checkpoint=head)
        assert refused.value.reason == Reason.INDEX_OUTSIDE


def test_nothing_is_signed_where_nothing_is_new(log: Log) -> None:
    assert log.sign() is None
    log.append(b"satu")
    assert log.sign() is not None
    assert log.sign() is None


def test_a_head_covers_committed_rows_only(log: Log) -> None:
    log.append(b"satu")
    with pytest.raises(ZeroDivisionError), transaction() as session:
        service.append(session, kind=service.EntryKind.KEY_SET, payload=b"dua", now=NOW)
        raise ZeroDivisionError
    head = log.sign()
    assert head is not None and head.size == 1


def test_the_first_head_that_covers_an_entry_is_its_latest_time(log: Log) -> None:
    log.append(b"satu", b"dua")
    assert heads.covering(db.session(), index=1) is None
    log.sign()
    log.append(b"tiga")
    log.sign()
    assert [heads.covering(db.session(), index=at).size for at in range(3)] == [2, 2, 3]  # type: ignore[union-attr]


def test_only_one_row_a_tile_is_kept_however_many_heads_are_signed(log: Log) -> None:
    for size in range(1, 40):
        log.grow_to(size)
        log.sign()
    stored = select(Tile.level, Tile.index).order_by(Tile.level, Tile.index)
    assert [tuple(row) for row in db.session.execute(stored)] == [(-1, 0), (0, 0)]


TAMPERING: dict[str, tuple[str, Reason]] = {
    "an entry in the open tile": (
        'UPDATE ledger_entries SET entry = :bytes WHERE "index" = 299', Reason.LEDGER_CHANGED,
    ),
    "an entry missing": ('DELETE FROM ledger_entries WHERE "index" = 270', Reason.LEDGER_CHANGED),
    "a full tile of the edge": (
        "UPDATE ledger_tiles SET data = :tile WHERE level = 1", Reason.LEDGER_CHANGED,
    ),
    "a tile missing": ("DELETE FROM ledger_tiles WHERE level = 1", Reason.TILE_MISSING),
    "the head's root": ("UPDATE ledger_checkpoints SET root = :root WHERE size = 300", Reason.LEDGER_CHANGED),
    "the head's text": ("UPDATE ledger_checkpoints SET note = :bytes WHERE size = 300", Reason.OTHER_LOG),
    "the newest entries": ('DELETE FROM ledger_entries WHERE "index" >= 290', Reason.LEDGER_REWOUND),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "reason"), TAMPERING.values(), ids=TAMPERING.keys())
def test_nothing_is_signed_over_a_changed_past(log: Log, edit: str, reason: Reason) -> None:
    log.grow_to(300)
    log.sign()
    if reason is not Reason.LEDGER_REWOUND:
        log.grow_to(310)
    log.as_a_thief(edit, {k: v for k, v in _values().items() if f":{k}" in edit})
    with pytest.raises(Refusal) as refused:
        log.sign()
    assert refused.value.reason == reason
    newest = heads.newest(db.session())
    assert newest is not None and newest.size == 300


def test_an_untouched_past_is_signed_on(log: Log) -> None:
    log.grow_to(300)
    log.sign()
    log.grow_to(310)
    head = log.sign()
    assert head is not None and head.size == 310


def test_a_sequencer_that_does_not_compare_would_sign_a_fork_and_a_follower_would_see_it(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: the comparison with the last root is skipped."""
    log.grow_to(300)
    log.sign()
    log.grow_to(310)
    log.as_a_thief('UPDATE ledger_entries SET entry = :bytes WHERE "index" = 299', {"bytes": _values()["bytes"]})
    honest, seen = tiles.root_from_tiles, heads.newest(db.session())
    assert seen is not None
    monkeypatch.setattr(
        sequencer.tiles, "root_from_tiles", lambda size, read: seen.root if size == 300 else honest(size, read)
    )
    assert log.sign() is not None
    monkeypatch.undo()
    with pytest.raises(Refusal):
        _assert_consistent()


def test_a_head_under_another_name_is_not_gone_on_from(log: Log) -> None:
    log.append(b"satu")
    log.sign()
    log.append(b"dua")
    other = make.config(log.wired.config.database_url, log.wired.config.keys_dir, origin="http://localhost:5001")
    with pytest.raises(Refusal), transaction() as session:
        sequencer.sequence(session, keyring=log.wired.keyring, config=other, now=NOW)
    assert log.sign() is not None


def test_sqlite_and_postgresql_give_the_same_tiles_to_the_byte(
    tmp_path: Path, sqlite_template: Path, postgresql_url: str, cluster: Any, keys_dir: Path, keys: keyring.Keyring
) -> None:
    cluster.empty("pakta")
    shutil.copyfile(sqlite_template, tmp_path / "pakta.sqlite")
    both = []
    for url in (f"sqlite:///{tmp_path / 'pakta.sqlite'}", postgresql_url):
        app = make.app(make.config(url, keys_dir), keys=keys)
        with app.app_context():
            log = Log(app)
            for size in (3, 256, 700, 1030):
                log.grow_to(size)
                log.sign()
            tiles_ = {(row.level, row.index): row.data for row in db.session.execute(select(Tile)).scalars()}
            notes = [row.note for row in db.session.execute(select(Checkpoint).order_by("size")).scalars()]
            both.append((tiles_, notes))
            db.session.remove()
            db.engine.dispose()
    assert both[0] == both[1]
    assert set(both[0][0]) >= {(-1, 4), (0, 4), (1, 0)}


def _values() -> dict[str, bytes]:
    return {"bytes": b"\x01\x07" + b"?" * 32, "root": b"?" * 32, "tile": b"?" * 32}


def _assert_consistent() -> None:
    rows = db.session.execute(select(Checkpoint).order_by(Checkpoint.size)).scalars().all()
    for old in rows:
        for new in rows[rows.index(old) :]:
            path = proofs.consistency(db.session(), old=old, new=new)
            merkle.verify_consistency(
                old_size=old.size, new_size=new.size, old_root=old.root, new_root=new.root, path=path
            )


def test_a_ledger_goes_on_only_under_the_address_where_it_was_begun(log: Log) -> None:
    heads.hold_origin(db.session(), origin="elsewhere.example/log")  # nothing is signed yet: any address will do
    log.append(b"satu")
    log.sign()
    heads.hold_origin(db.session(), origin="localhost:5000/log")
    with pytest.raises(Refusal) as refused:
        heads.hold_origin(db.session(), origin="localhost:5001/log")
    assert (refused.value.reason, refused.value.detail) == (Reason.LEDGER_ELSEWHERE, "localhost:5000")
