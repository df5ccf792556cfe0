"""A witness that runs, and logs that only grow; each test has a log of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.verification.paper import City
from tests.witness.growing import grown
from tests.witness.running import Witness, run_witness

counter = itertools.count()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    """Run a witness."""
    with run_witness(tmp_path_factory.mktemp("witness") / "saksi") as witness:
        yield witness


@pytest.fixture
def city() -> City:
    """Give a log of twenty entries."""
    return grown(20, origin=f"http://log-{next(counter)}.example")


@pytest.fixture
def witness(running: Witness, city: City) -> Witness:
    """Give the running witness, which trusts the log and has seen nothing of it."""
    running.trust(city.ledger_vkey)
    return running
