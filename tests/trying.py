"""When attempts are counted together, in every test."""

from __future__ import annotations

import pytest

from pakta.accounts import rules
from pakta.web import clock


@pytest.fixture(autouse=True)
def a_quarter_of_an_hour_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attempts be counted from the test's beginning: else a quarter of an hour ends in a test that counts them.

    Where a test has a clock of its own they are counted by that one's quarters.
    """
    begin, by_the_clock = clock.now().replace(microsecond=0), rules.window_of
    now_is = (begin, begin + rules.WINDOW)
    monkeypatch.setattr(rules, "window_of", lambda now: begin if now_is[0] <= now < now_is[1] else by_the_clock(now))
