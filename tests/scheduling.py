"""In what order tests run, and how several processes share them: xdist's own groups are lost on pytest 9.2."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import slices
from tests.databases import DATABASES

LONGEST = (
    "test_shell.py",
    "test_every_page.py",
    "test_verification.py",
    "test_signing.py",
)  # journeys, a minute each


class TogetherOnADatabase(LoadScopeScheduling):
    """Give a file's tests on one database to one process: they share what is set up for them."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, name = nodeid.partition("::")
        return file + next((f" {each}" for each in DATABASES if each in name), "")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Mark what drives a browser, and run it last: its event loop stays on, and sealing wants its own.

    A file's tests run in one process, so it has journeys only or none.  Marks are set before `-m` chooses by them;
    the order after pytest has put tests of one parameter side by side.
    """
    left = {id(item) for item in _left_to_drills(items)}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in left])
    items[:] = [item for item in items if id(item) not in left]
    files: dict[Path, bool] = {}
    for item in items:
        journey = _is_journey(item)
        if files.setdefault(item.path, journey) != journey:
            raise pytest.UsageError(f"{item.path} has journeys and other tests: part them")
        if journey:
            item.add_marker(pytest.mark.journey)
    yield
    items.sort(
        key=lambda item: (files[item.path], item.path.name not in LONGEST)
    )  # the longest is not waited for alone


def _is_journey(item: pytest.Item) -> bool:
    return "playwright" in getattr(item, "fixturenames", ()) or item.path.parent.name == "journeys"


def _left_to_drills(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield what `make test` leaves out on PostgreSQL: of a file five tests in six, of journeys nineteen in twenty.

    Everything runs on SQLite, and in a drill on both.  A file whose subject is what a database does (locks, races,
    kills, sums in SQL, migrations) says WHOLE_ON_POSTGRESQL: there every second test that SQLite has, too, is left,
    and every one that it has not (decision 0078).
    """
    on_sqlite = {item.nodeid for item in items if "sqlite" in item.name}
    groups: dict[tuple[Path | None, int], list[pytest.Item]] = {}
    for item in items:
        if "postgresql" in item.name:
            group = _group(item, twin=item.nodeid.replace("postgresql", "sqlite") in on_sqlite)
            groups.setdefault(group, []).append(item)
    for (_, of), group_items in groups.items():
        kept = {id(item) for item in slices.some(group_items, 0, of=of)}
        yield from (item for item in group_items if id(item) not in kept)


def _group(item: pytest.Item, *, twin: bool) -> tuple[Path | None, int]:
    """Return among which tests on PostgreSQL one is chosen, and out of how many."""
    if getattr(getattr(item, "module", None), "WHOLE_ON_POSTGRESQL", False):
        return item.path, 2 if twin else 1
    return (None, 20) if _is_journey(item) else (item.path, 6)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Share the tests out among the processes of a run."""
    return TogetherOnADatabase(config, log)
