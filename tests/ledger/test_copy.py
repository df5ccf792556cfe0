"""The copy of acknowledged entries on another disk."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from pakta import keyring
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.ledger import check, copy, service
from pakta.ledger.copyfile import Line, LogCopy
from tests import databases, make
from tests.ledger.conftest import NOW, Log

WHOLE_ON_POSTGRESQL = True


@pytest.fixture
def config(config: Config, tmp_path: Path) -> Config:
    """Give a configuration that keeps a copy."""
    return replace(config, log_copy=tmp_path / "salinan.txt")


@pytest.fixture
def file(config: Config) -> LogCopy:
    """Give the copy, as whoever restores from it reads it."""
    assert config.log_copy is not None
    return LogCopy(config.log_copy)


def test_every_acknowledged_entry_is_in_the_copy_in_a_group_a_transaction(log: Log, file: LogCopy) -> None:
    log.append(b"satu", b"dua")
    log.append(b"tiga")
    entries = service.entries(db.session(), first=0, last=3)
    assert list(file.groups()) == [[Line(0, entries[0]), Line(1, entries[1])], [Line(2, entries[2])]]
    assert _findings(log, file) == []


def test_the_copy_holds_nothing_personal(log: Log, file: LogCopy) -> None:
    log.append(b"198609262015051901", kind=service.EntryKind.KEY_ENROLLED)
    assert b"198609262015051901" not in file.path.read_bytes()
    assert file.path.read_bytes().splitlines()[0].startswith(b"0 0102")


def test_a_change_of_status_is_in_the_copy_with_its_payload_and_comes_back_with_it(log: Log, file: LogCopy) -> None:
    log.append(b"satu")
    log.append(b"dicabut", kind=service.EntryKind.REVOKED)
    log.append(b"dua")
    (line,) = list(file.groups())[1]
    assert (line.payload, line.recorded_at) == (b"dicabut", int(NOW.timestamp()))
    log.as_a_thief('DELETE FROM ledger_entries WHERE "index" >= 1')
    log.as_a_thief('DELETE FROM ledger_payloads WHERE "index" >= 1')
    with transaction() as session:
        assert service.replay(session, path=file.path) == 2
    back = service.payload_at(db.session(), index=1)
    assert back is not None
    assert (back.payload, back.kind, back.recorded_at) == (b"dicabut", 10, NOW.replace(microsecond=0))
    assert service.payload_at(db.session(), index=2) is None
    assert _findings(log, file) == []


@pytest.mark.parametrize("line", ["0", "0 01 2", "0 01 2 03 4", "x 01", "0 0g"])
def test_a_file_with_other_lines_is_no_copy(file: LogCopy, line: str) -> None:
    file.path.write_text(f"{line}\n\n")
    with pytest.raises(ValueError):
        list(file.groups())


def test_a_new_copy_in_place_of_an_old_one_says_which_keys_were_revoked(
    database_url: str, config: Config, file: LogCopy, keys: keyring.Keyring
) -> None:
    """What docs/operations.md advises for a copy that an older version began."""

    def started_again(payload: bytes, kind: service.EntryKind) -> list[bytes | None]:
        app: Flask = make.app(config, keys=keys)
        with app.app_context():
            Log(app).append(payload, kind=kind)
            db.session.remove()
            db.engine.dispose()
        return [line.payload for group in file.groups() for line in group]

    assert started_again(b"kunci", service.EntryKind.KEY_REVOKED) == [b"kunci"]
    file.path.write_text(file.path.read_text().rsplit(" ", 2)[0] + "\n\n")
    assert started_again(b"satu", service.EntryKind.CREDENTIAL) == [None, None]
    file.path.unlink()
    file.note_path.unlink()
    assert started_again(b"dua", service.EntryKind.CREDENTIAL) == [b"kunci", None, None]


def test_only_these_kinds_are_copied_with_their_payload(log: Log, file: LogCopy) -> None:
    for kind in service.EntryKind:
        log.append(b"isi", kind=kind)
    copied = {line.entry[1] for group in file.groups() for line in group if line.payload == b"isi"}
    assert copied == {3, 9, 10, 11}


def test_a_rolled_back_entry_is_not_in_the_copy(log: Log, file: LogCopy) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as session:
        service.append(session, kind=service.EntryKind.KEY_SET, payload=b"satu", now=NOW)
        raise ZeroDivisionError
    assert not file.path.exists()
    log.append(b"dua")
    assert file.reach()[1] == 1


def test_an_entry_that_a_savepoint_took_back_leaves_nothing_in_the_copy(log: Log, file: LogCopy) -> None:
    log.append(b"satu")
    before = file.path.read_bytes()
    with transaction() as session, suppress(ZeroDivisionError), session.begin_nested():
        service.append(session, kind=service.EntryKind.KEY_SET, payload=b"dua", now=NOW)
        raise ZeroDivisionError
    assert file.path.read_bytes() == before
    assert log.append(b"tiga") == [1]
    assert file.reach() == (1, 2)


def test_the_copy_is_synced_before_the_database_commits(
    log: Log, file: LogCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("sync"), sync(handle))[1])
    commit = db.engine.dialect.do_commit
    monkeypatch.setattr(
        db.engine.dialect, "do_commit", lambda connection: (order.append("commit"), commit(connection))[1]
    )
    log.append(b"satu")
    assert order[0] == "sync" and order[-1] == "commit"


def test_where_the_copy_cannot_be_written_nothing_is_acknowledged(log: Log, file: LogCopy) -> None:
    log.append(b"satu")
    kept = file.path.read_bytes()
    file.path.unlink()
    file.path.mkdir()
    with pytest.raises(Refusal) as refused:
        log.append(b"dua")
    assert refused.value.reason == Reason.COPY_UNREADABLE
    assert service.size(db.session()) == 1
    file.path.rmdir()
    file.path.write_bytes(kept)
    assert log.append(b"tiga") == [1]


def test_what_a_broken_off_commit_left_in_the_copy_is_put_into_the_database(log: Log, file: LogCopy) -> None:
    log.append(b"satu")
    _broken_off(log, b"dua", b"tiga")
    assert service.size(db.session()) == 1 and file.reach()[1] == 3
    assert log.append(b"empat") == [3]
    lines = [(line.index, line.entry) for group in file.groups() for line in group]
    assert lines == list(enumerate(service.entries(db.session(), first=0, last=9)))
    assert _findings(log, file) == []  # entries without payload, and the ledger says why


def test_however_often_a_commit_breaks_off_the_next_writer_goes_on(log: Log, file: LogCopy) -> None:
    log.append(b"satu")
    for at in range(3):
        _broken_off(log, b"putus %d" % at)
        assert file.acknowledged() == 1 and file.reach() == (1, 2 + at)
    assert log.append(b"lanjut") == [4]
    assert [len(group) for group in file.groups()] == [1, 4]
    assert file.acknowledged() == 5
    assert _findings(log, file) == []


def test_what_a_failed_commit_or_sync_has_written_is_taken_back(
    log: Log, file: LogCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(b"satu")
    before = file.path.read_bytes()

    def fail(_handle: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        for _ in range(2):
            with pytest.raises((OSError, Refusal)):
                log.append(b"dua")
            assert file.path.read_bytes() == before
    if db.engine.dialect.name == "sqlite":  # on PostgreSQL nobody knows how a commit ended whose answer was lost
        with monkeypatch.context() as patched:
            patched.setattr(db.engine.dialect, "do_commit", fail)
            for _ in range(2):
                with pytest.raises((OSError, Refusal)):
                    log.append(b"dua")
                assert file.path.read_bytes() == before
    assert log.append(b"tiga") == [1]
    assert _findings(log, file) == []


def test_a_group_larger_than_any_buffer_is_read_whole(log: Log, file: LogCopy) -> None:
    log.append(b"satu")
    log.append(*(b"%d" % at for at in range(300)))
    assert len(file.last_group()) == 300 and LogCopy(file.path).reach() == (1, 301)
    log.append(b"lagi")
    assert file.reach() == LogCopy(file.path).reach() == (301, 302)


def test_a_group_that_a_crash_tore_was_never_acknowledged(log: Log, file: LogCopy) -> None:
    log.append(b"satu")
    whole = file.path.read_bytes()
    log.append(b"dua", b"tiga")
    for end in range(len(whole) + 1, len(file.path.read_bytes())):
        torn = LogCopy(file.path.with_name("sobek.txt"))
        torn.path.write_bytes(file.path.read_bytes()[:end])
        assert torn.reach()[1] == 1
        assert [line.index for group in torn.groups() for line in group] == [0]
    torn.write([Line(1, b"?" * 34)])
    assert [line.index for group in torn.groups() for line in group] == [0, 1]


def test_after_an_old_backup_nothing_is_written_until_the_copy_was_replayed(
    log: Log, file: LogCopy, config: Config
) -> None:
    log.append(b"satu")
    log.append(b"dua")
    log.append(b"tiga")
    before = service.entries(db.session(), first=0, last=3)
    log.as_a_thief('DELETE FROM ledger_entries WHERE "index" >= 1')  # what restoring an old backup does
    log.as_a_thief('DELETE FROM ledger_payloads WHERE "index" >= 1')
    for write in (lambda: log.append(b"empat"), log.sign):
        with pytest.raises(Refusal) as refused:
            write()
        assert refused.value.reason == Reason.LEDGER_BEHIND_COPY
    assert service.size(db.session()) == 1 and file.reach()[1] == 3
    with transaction() as session:
        assert service.replay(session, path=file.path) == 2
    assert service.entries(db.session(), first=0, last=9) == before
    assert log.append(b"empat") == [3]
    assert _findings(log, file) == []


def test_a_copy_of_another_history_is_not_replayed(log: Log, file: LogCopy) -> None:
    log.append(b"satu")
    log.append(b"dua")
    text = file.path.read_text()
    file.path.write_text(text.replace("0 0107", "0 0106", 1))
    with pytest.raises(Refusal) as refused, transaction() as session:
        copy.replay(session.connection(), file.path, head=2)
    assert (refused.value.reason, refused.value.detail) == (Reason.LEDGER_CHANGED, "0")
    assert any("entry 0 differs" in each for each in _findings(log, file))
    file.path.write_text(text)
    with transaction() as session:
        assert copy.replay(session.connection(), file.path, head=2) == 2


def test_a_copy_that_is_begun_late_begins_with_all_that_there_is(
    database_url: str, config: Config, file: LogCopy, keys: keyring.Keyring
) -> None:
    for kept in (None, config.log_copy):
        app: Flask = make.app(replace(config, log_copy=kept), keys=keys)
        with app.app_context():
            Log(app).append(b"satu", b"dua")
            db.session.remove()
            db.engine.dispose()
    assert [[line.index for line in group] for group in file.groups()] == [[0, 1], [2, 3]]


def test_a_server_that_skips_the_sync_or_the_copy_is_found_out(
    log: Log, file: LogCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: an entry is acknowledged and never reaches the copy."""
    log.append(b"satu")
    monkeypatch.setattr(copy, "remember", lambda connection, first: None)
    log.append(b"dua")
    assert _findings(log, file) == ["copy salinan.txt: holds 1 entries, 2 are stored"]
    monkeypatch.undo()
    log.append(b"tiga")
    assert _findings(log, file) == []


def test_what_was_committed_is_noted_and_a_database_that_lacks_the_last_of_it_is_refused(
    log: Log, file: LogCopy
) -> None:
    log.append(b"satu")
    log.append(b"dua")
    assert file.reach() == (1, 2) and file.acknowledged() == 2
    _lose_last(log)
    for write in (lambda: log.append(b"tiga"), log.sign):
        with pytest.raises(Refusal) as refused:
            write()
        assert refused.value.reason == Reason.LEDGER_BEHIND_COPY
    assert _findings(log, file) == ["copy salinan.txt: holds 2 entries, only 1 are stored"]


def test_what_was_broken_off_is_not_noted_and_a_note_is_never_lowered(log: Log, file: LogCopy) -> None:
    log.append(b"satu")
    _broken_off(log, b"dua")
    assert file.reach() == (1, 2) and file.acknowledged() == 1
    log.append(b"tiga")
    LogCopy(file.path).note(1)
    assert file.acknowledged() == 3


@pytest.mark.parametrize("text", [None, b"", b"rusak\n"])
def test_without_a_note_that_can_be_read_everything_counts_as_committed(
    log: Log, file: LogCopy, text: bytes | None
) -> None:
    log.append(b"satu")
    _broken_off(log, b"dua")
    if text is None:
        file.note_path.unlink()
    else:
        file.note_path.write_bytes(text)
    with pytest.raises(Refusal) as refused:
        log.append(b"tiga")
    assert refused.value.reason == Reason.LEDGER_BEHIND_COPY


def test_a_note_that_cannot_be_written_stops_nobody_and_the_next_writer_makes_up_for_it(
    log: Log, file: LogCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(LogCopy, "note", lambda _copy, _count: None)  # as one who is killed after the commit
        log.append(b"satu")
        log.append(b"dua")
    file.note_path.write_bytes(b"%020d\n" % 0)
    assert file.acknowledged() == 1
    with transaction() as session:
        service.lock(session)
    assert file.acknowledged() == 2


def test_a_payload_in_the_copy_that_is_not_its_entrys_is_not_put_back(log: Log, file: LogCopy) -> None:
    log.append(b"satu")
    log.append(b"dicabut", kind=service.EntryKind.REVOKED)
    _lose_last(log)
    text = file.path.read_text()
    file.path.write_text(text.replace(b"dicabut".hex(), b"dicabuT".hex()))
    with pytest.raises(Refusal) as refused, transaction() as session:
        service.replay(session, path=file.path)
    assert (refused.value.reason, refused.value.detail) == (Reason.LEDGER_CHANGED, "1")
    file.path.write_text(text)
    with transaction() as session:
        assert service.replay(session, path=file.path) == 1


def _lose_last(log: Log) -> None:
    """Take the last entry away, as an old backup does."""
    last = service.size(db.session()) - 1
    log.as_a_thief('DELETE FROM ledger_entries WHERE "index" = :last', {"last": last})
    log.as_a_thief('DELETE FROM ledger_payloads WHERE "index" = :last', {"last": last})


def _broken_off(log: Log, *payloads: bytes) -> None:
    with databases.broken_off():
        log.append(*payloads)


def _findings(log: Log, file: LogCopy) -> list[str]:
    db.session.rollback()
    return [str(each) for each in check.check(db.session(), verifier_key=log.vkey, copy=file.path)]
