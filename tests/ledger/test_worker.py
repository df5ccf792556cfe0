"""The worker: one head a second, whatever fails in between."""

from __future__ import annotations

import logging
import threading

import pytest

from pakta.core.errors import Reason, Refusal
from pakta.database import db
from pakta.ledger import heads, worker
from tests.ledger.conftest import Log


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "TICK", 0.001)


def test_each_tick_signs_what_has_been_recorded_since(log: Log) -> None:
    stop, sizes = threading.Event(), []

    def tick() -> None:
        log.append(b"satu lagi")
        log.sign()
        head = heads.newest(db.session())
        assert head is not None
        sizes.append(head.size)
        if len(sizes) == 3:
            stop.set()

    worker.run(log.app, each_tick=tick, stop=stop)
    assert sizes == [1, 2, 3]


def test_a_failing_tick_is_logged_once_and_tried_again(log: Log, caplog: pytest.LogCaptureFixture) -> None:
    stop, ticks = threading.Event(), []

    def tick() -> None:
        ticks.append(len(ticks))
        if len(ticks) <= 4:
            raise Refusal(Reason.LEDGER_CHANGED, "300")
        stop.set()

    with caplog.at_level(logging.WARNING, "pakta.worker"):
        worker.run(log.app, each_tick=tick, stop=stop)
    said = [record.getMessage() for record in caplog.records]
    assert len(ticks) == 5
    assert len(said) == 2 and "LEDGER_CHANGED: 300" in said[0] and said[1] == "tick works again"


def test_what_a_database_says_about_a_row_is_not_logged(log: Log, caplog: pytest.LogCaptureFixture) -> None:
    stop = threading.Event()

    def tick() -> None:
        stop.set()
        raise ValueError("row 198609262015051901")

    worker.run(log.app, each_tick=tick, stop=stop)
    assert "ValueError" in caplog.text and "198609262015051901" not in caplog.text
