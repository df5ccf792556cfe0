"""Days that pass, each with the public's picture that the worker takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from pakta.coverage import publishing
from pakta.database import transaction
from pakta.web import clock


def next_day(city: Flask, monkeypatch: pytest.MonkeyPatch, *, days: int = 1) -> bool:
    """Let days pass, and take the public's picture as the worker does; say whether there was anybody to count."""
    later = clock.now() + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: later)
    with city.app_context(), transaction() as session:
        return publishing.take(session, now=later)
