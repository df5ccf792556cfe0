"""A city that keeps a copy of its ledger, and its app as a server: fixtures to be imported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pakta.config import Config
from tests.people import City


@pytest.fixture
def config(config: Config, tmp_path: Path) -> Config:
    """Keep a copy of the ledger."""
    return replace(config, log_copy=tmp_path / "salinan.txt")


@pytest.fixture
def patient(city: City) -> City:
    """Give the city as a server, where what fails is answered, not raised; ani and dewi administer it."""
    city.activate("ani", "dewi").settle()
    city.app.testing = False
    city.app.config["WTF_CSRF_ENABLED"] = False
    return city
