"""Honest and lying logs, and what they submit."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.core import submission
from tests.verification.paper import City


def grown(count: int, *, origin: str = "http://localhost:5000", key: Ed25519PrivateKey | None = None) -> City:
    """Return a log with so many entries."""
    city = City(origin=origin, ledger_key=key or Ed25519PrivateKey.generate())
    city.pad(count)
    return city


def origin_of(city: City) -> str:
    """Return the first line of the log's checkpoints."""
    return f"{city.host}/log"


def fork(city: City, at: int) -> City:
    """Return the log's second face: the same key, the same entries before `at`, others from there on."""
    other = City(origin=city.origin, ledger_key=city.ledger_key, entries=city.entries[:at])
    other.pad(len(city.entries) - at)
    return other


def request(city: City, old_size: int, size: int, *, path: Sequence[bytes] | None = None) -> bytes:
    """Return an honest request; with `path`, one that says something else."""
    found = city.consistency(old_size, size) if path is None else path
    return submission.make(old_size=old_size, path=found, checkpoint=city.checkpoint(size))
