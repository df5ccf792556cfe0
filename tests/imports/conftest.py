"""The office that imports people."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.imports.office import Office


@pytest.fixture
def office(app: Flask) -> Office:
    """Give the city with two administrators; siti has signed."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    found = Office(app)
    found.build("ani", "dewi", signed=["siti"])
    return found
