"""What is read from the database at most twice a second, and never stale after one's own commit."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from pakta.database import db, transaction
from pakta.web import recent


@pytest.fixture
def reads(app: Flask) -> list[int]:
    """Give a list that grows with each read."""
    return []


def test_a_second_reader_does_not_ask_the_database(app: Flask, reads: list[int]) -> None:
    with app.app_context():
        assert [_ask(reads) for _ in range(3)] == [b"1", b"1", b"1"]


def test_what_this_process_commits_is_seen_at_once(app: Flask, reads: list[int]) -> None:
    with app.app_context():
        assert _ask(reads) == b"1"
        with transaction() as session:
            session.execute(text("SELECT 1"))
        assert _ask(reads) == b"2"


def test_a_commit_that_only_counts_forgets_nothing_and_the_next_one_does(app: Flask, reads: list[int]) -> None:
    with app.app_context():
        assert _ask(reads) == b"1"
        with transaction() as session:
            recent.unseen(session)
            session.execute(text("SELECT 1"))
        assert _ask(reads) == b"1"
        with pytest.raises(ZeroDivisionError), transaction() as session:
            recent.unseen(session)
            raise ZeroDivisionError
        with transaction() as session:
            session.execute(text("SELECT 1"))
        assert _ask(reads) == b"2"


def test_what_another_process_commits_is_seen_after_half_a_second(
    app: Flask, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(recent.time, "monotonic", lambda: now)
    with app.app_context():
        assert _ask(reads) == b"1"
        now += 0.4
        assert _ask(reads) == b"1"
        now += 0.2
        assert _ask(reads) == b"2"


def test_each_app_and_each_name_is_remembered_for_itself(app: Flask, reads: list[int]) -> None:
    with app.app_context():
        assert recent.remember("satu", lambda: b"a") == b"a"
        assert recent.remember("dua", lambda: None) is None
        db.session.rollback()
        assert recent.remember("satu", lambda: b"b") == b"a"


def _ask(reads: list[int]) -> bytes | None:
    def read() -> bytes:
        reads.append(1)
        return b"%d" % len(reads)

    return recent.remember("uji", read)
