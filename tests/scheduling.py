"""How a run in several processes shares its tests out: xdist's own groups are lost on pytest 9.2."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.databases import DATABASES


class TogetherOnADatabase(LoadScopeScheduling):
    """Give a file's tests on one database to one process: they share what is set up for them."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, name = nodeid.partition("::")
        return file + next((f" {each}" for each in DATABASES if each in name), "")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Share the tests out among the processes of a run."""
    return TogetherOnADatabase(config, log)
