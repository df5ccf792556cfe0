"""Nothing outgrows the sizes of the house.  The list of exceptions may only shrink."""

from __future__ import annotations

import statistics

from pakta.config import ROOT
from tests.architecture import source

FUNCTION, VIEW, MODULE, CORE, CONFTEST = 60, 25, 400, 300, 120
TYPICAL = 12  # the median function

# What may be larger than the house allows, why, and how many lines at most.
LARGER: dict[str, int] = {
    # every table at once, written by Alembic, never changed again
    "pakta/migrations/versions/0001_first_release.py": 500,
}


def limit_of(name: str) -> int:
    """Return how many lines a file may have."""
    if name in LARGER:
        return LARGER[name]
    if name.endswith("conftest.py"):
        return CONFTEST
    if name == "pakta/core/errors.py":  # a line for each reason of every feature: a list, not logic
        return MODULE
    return CORE if name.startswith("pakta/core/") else MODULE


def test_no_file_is_longer_than_its_limit() -> None:
    lengths = {
        source.name_of(path): len(path.read_text().splitlines()) for path in source.python_files("pakta", "tests")
    }
    assert len(lengths) > 100
    assert [f"{name}: {lines}" for name, lines in lengths.items() if lines > limit_of(name)] == []


def test_every_exception_is_still_needed() -> None:
    assert [name for name in LARGER if len((ROOT / name).read_text().splitlines()) <= MODULE] == []


def test_no_function_is_longer_than_its_limit() -> None:
    long = [
        f"{source.name_of(path)}:{node.lineno} {node.name}: {source.length(node)}"
        for path in source.python_files("pakta", "tests")
        for node in source.functions(path)
        if source.length(node) > (VIEW if source.is_view(node) else LARGER.get(source.name_of(path), FUNCTION))
    ]
    assert long == []


def test_the_typical_function_is_short() -> None:
    lengths = [source.length(node) for path in source.python_files("pakta") for node in source.functions(path)]
    assert statistics.median(lengths) <= TYPICAL
