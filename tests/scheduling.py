"""In what order tests run, and how several processes share them: xdist's own groups are lost on pytest 9.2."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import slices
from tests.databases import DATABASES


class TogetherOnADatabase(LoadScopeScheduling):
    """Give a file's tests on one database to one process: they share what is set up for them."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, name = nodeid.partition("::")
        return file + next((f" {each}" for each in DATABASES if each in name), "")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Mark what drives a browser, and run it last: its event loop stays on, and sealing wants its own.

    A file's tests run in one process, so it has journeys only or none.  Of a file that says SLICED_ON_POSTGRESQL,
    whose subject is not what a database does, one test in four runs on PostgreSQL, all of them in a drill.
    Marks are set before `-m` chooses by them; the order after pytest has put tests of one parameter side by side.
    """
    sliced = [item for item in items if getattr(getattr(item, "module", None), "SLICED_ON_POSTGRESQL", False)]
    on_both = [item for item in sliced if "postgresql" in item.name]
    left = {id(item) for item in on_both} - {id(item) for item in slices.some(on_both, 0)}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in left])
    items[:] = [item for item in items if id(item) not in left]
    files: dict[Path, bool] = {}
    for item in items:
        journey = "playwright" in getattr(item, "fixturenames", ()) or item.path.parent.name == "journeys"
        if files.setdefault(item.path, journey) != journey:
            raise pytest.UsageError(f"{item.path} has journeys and other tests: part them")
        if journey:
            item.add_marker(pytest.mark.journey)
    yield
    items.sort(key=lambda item: files[item.path])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Share the tests out among the processes of a run."""
    return TogetherOnADatabase(config, log)
