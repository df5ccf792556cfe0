"""Tests that serve a city with the keys that all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pakta.backup import beginning


@pytest.fixture
def unbegun(keys_dir: Path) -> Iterator[None]:
    """Let the shared keys forget the ledger that a test has served with them."""
    yield
    (keys_dir / beginning.BEGUN).unlink(missing_ok=True)
