"""The office in which roles are given and ended."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.appointments.office import Office


@pytest.fixture
def office(app: Flask) -> Office:
    """Give the city with its head, a delegate, two administrators and a supervisor; siti and joko have accounts."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    found = Office(app)
    found.build("ani", "dewi", "budi", "rini", "wati", "siti", "joko")
    return found
