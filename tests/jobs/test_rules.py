"""How fast a job is said to go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pakta.jobs import rules

BEGUN = datetime(2026, 11, 23, 1, tzinfo=UTC)


def test_the_pace_is_what_was_made_a_second_and_the_rest_at_that_pace() -> None:
    now = BEGUN + timedelta(seconds=10)
    found = rules.pace(made=100, failed=0, costly=400, started_at=BEGUN, now=now)
    assert found == rules.Pace(rate=10.0, left=30.0)


def test_what_failed_is_not_waited_for_and_nothing_is_left_below_nothing() -> None:
    now = BEGUN + timedelta(seconds=10)
    assert rules.pace(made=100, failed=100, costly=400, started_at=BEGUN, now=now) == rules.Pace(10.0, 20.0)
    assert rules.pace(made=100, failed=0, costly=50, started_at=BEGUN, now=now) == rules.Pace(10.0, 0.0)


def test_before_a_few_units_and_seconds_no_pace_is_told() -> None:
    now = BEGUN + timedelta(seconds=10)
    assert rules.pace(made=2, failed=0, costly=400, started_at=BEGUN, now=now) is None
    assert rules.pace(made=9, failed=0, costly=400, started_at=BEGUN, now=BEGUN + timedelta(seconds=1)) is None
    assert rules.pace(made=9, failed=0, costly=400, started_at=None, now=now) is None
