"""The office in which certificates are revoked."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.revocation.office import Office


@pytest.fixture
def office(app: Flask) -> Office:
    """Give the city with all its offices; siti, joko and ani have signed."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    found = Office(app)
    found.build("ani", "dewi", "budi", "rini", "wati", signed=["siti", "joko", "ani"])
    return found
