"""Passphrases are hashed cheaply in tests: at its true cost it took a tenth of the time of those who sign in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from pakta.accounts import passphrases

TRUE = passphrases._hasher
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, hash_len=32, salt_len=16)
passphrases._hasher = CHEAP


@pytest.fixture
def true_hashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash passphrases at the cost at which they are hashed outside of tests."""
    monkeypatch.setattr(passphrases, "_hasher", TRUE)
    passphrases._nobody.cache_clear()
    yield
    passphrases._nobody.cache_clear()
