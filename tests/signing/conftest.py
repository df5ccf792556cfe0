"""Fixtures of signing: a small city, and what a browser would send."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.people import City


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city; siti and joko hold a key."""
    return City(app).build("siti", "joko")
