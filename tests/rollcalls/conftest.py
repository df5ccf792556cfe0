"""The hall of a roll call for every test of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from pakta.web import clock
from tests.rollcalls.hall import Hall


@pytest.fixture
def hall(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Hall:
    """Give the city at 07.00 on the day after siti signed; forms need no token here."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    found = Hall(app)
    found.build("ani", "budi", "rini", "wati", "joko", signed=["siti"])
    found.at = monkeypatch
    found.day = clock.now().astimezone(clock.WIB).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
        days=1
    )
    found.be(7, 0)
    return found
