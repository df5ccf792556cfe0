"""Fixtures of the tests of accounts: the clock, the small city, a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pakta.web import clock
from tests.accounts.city import City, Client, Clock


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the one clock of the web."""
    found = Clock()
    monkeypatch.setattr(clock, "now", found.now)
    return found


@pytest.fixture
def city(app: Flask, time: Clock) -> Iterator[City]:
    """Build the small city."""
    app.config["WTF_CSRF_ENABLED"] = False  # the journeys and the access tests hold the tokens
    app.test_client_class = Client
    with app.app_context():
        yield City(app, time)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser that nobody has signed in with."""
    return app.test_client()
