"""The one way in which these tests say that something is refused, and how they flip bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pakta.core.errors import Reason, Refusal


@contextmanager
def refused(*reasons: Reason) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """Demand a Refusal with one of these reasons, and give it."""
    with pytest.raises(Refusal) as caught:
        yield caught
    assert caught.value.reason in reasons, caught.value.reason


def flipped(data: bytes, bit: int) -> bytes:
    """Return `data` with one bit turned over; `bit` counts from the first byte's lowest."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def each_flip(data: bytes) -> Iterator[bytes]:
    """Yield `data` with each of its bits turned over, one at a time."""
    return (flipped(data, bit) for bit in range(8 * len(data)))
