"""The office of these tests, and its mail server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from pakta.reminders import posting
from pakta.web import clock
from tests.reminders.office import Hours, Mailbox, Office, mail_server


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Give the city with a head, a delegate and an administrator; siti has signed; forms need no token here."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    hours = Hours()
    found = Office(app, hours)
    found.build("ani", "budi", "rini", signed=["siti"])
    monkeypatch.setattr(clock, "now", hours.now)
    monkeypatch.setattr(posting, "QUIET", 0.0)
    monkeypatch.setattr(posting, "REST", 0.0)
    monkeypatch.setattr(posting, "BACK_OFF", 0.0)
    return found


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """Give a mail server that takes everything."""
    with mail_server() as running:
        yield running
