"""What a verdict needs is the same for everybody, and any cache and any site may hold it."""

from __future__ import annotations

import re

import pytest

from tests.api.conftest import Program
from tests.bench import verify
from tests.bench.rates import Pair
from tests.people import City

OWN_PAGES = {"/v"}  # shown by our own origin alone
FULL = {"/log/tile/0/000"}  # a tile that the small city has not filled


@pytest.mark.parametrize("path", sorted(set(verify.ROUTES) - FULL))
def test_what_is_measured_may_be_kept_by_any_cache(city: City, program: Program, path: str) -> None:
    city.activate("joko")
    first = program.client.get(path)
    assert first.status_code == 200
    caching = first.headers["Cache-Control"]
    assert "no-store" not in caching and "private" not in caching
    assert "Set-Cookie" not in first.headers and "Cookie" not in first.headers.get("Vary", "")
    assert path in OWN_PAGES or first.headers["Access-Control-Allow-Origin"] == "*"
    assert city.visitor("joko").get(path).data == first.data
    again = program.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_tile_is_kept_for_good(city: City, program: Program) -> None:
    head = program.client.get("/log/checkpoint").text.split("\n")[1]
    tile = program.client.get(f"/log/tile/0/000.p/{head}")
    assert tile.status_code == 200 and "immutable" in tile.headers["Cache-Control"]
    assert tile.headers["Access-Control-Allow-Origin"] == "*" and "Set-Cookie" not in tile.headers


def test_the_benchmark_names_what_misses_its_mark() -> None:
    pairs = [Pair(path, "SQLite", 8, 70.0, 100.0, 0.5) for path in verify.ROUTES]
    assert verify.missed(pairs) == []
    pairs[1] = Pair(pairs[1].what, "SQLite", 8, 69.0, 100.0, 0.5)
    assert verify.missed(pairs) == ["", "**Missed**: `/log/tile/0/000`."]
    rows = [line for line in verify.table(pairs) if re.match(r"\| `/", line)]
    assert len(rows) == len(verify.ROUTES) and "**69%**" in rows[1]
