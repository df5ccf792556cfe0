"""Fixtures that other folders share: a real authority, and a client that remembers no failure of another test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pakta.timestamps import authority as client
from tests.timestamping.authority import Authority, serving


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """Run a real authority for the tests of one file."""
    with serving(Authority(tmp_path_factory.mktemp("authority"))) as made:
        yield made


@pytest.fixture
def authority(running: Authority) -> Iterator[Authority]:
    """Give the authority, well-behaved, and whatever it is made to do forgotten afterwards."""
    client.forget()
    running.answer, running.asked = running.good, 0
    yield running
    client.forget()
