"""A ledger with a full tile of a higher level: what is compared there, and what the monitor keeps of it all."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from pakta.core import note
from pakta.monitor import tree
from pakta.monitor.findings import Lie, Word
from pakta.monitor.site import Site
from pakta.monitor.tree import Edge
from tests.monitor.lies import flip
from tests.monitor.town import Town

SIZE = 65_536 + 700


@pytest.fixture(scope="module")
def large() -> Iterator[Town]:
    """Serve a town with more entries than one tile of the second level covers."""
    town = Town()
    town.pad(SIZE)
    yield town.publish()
    town.close()


def walk(town: Town) -> Edge:
    """Walk over the whole tree."""
    head = note.parse_checkpoint(note.verify(town.checkpoint(), verifier_key=town.vkey))
    edge, site = Edge(), Site(town.origin)
    tree.walk(site, head=head, edge=edge, first=0, take=lambda _index, _entry: None)
    site.close()
    return edge


def test_a_changed_full_tile_of_a_higher_level_is_named(large: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert walk(large).size == SIZE // 256 * 256
    flip(large, "/log/tile/1/000", 7000)
    with pytest.raises(Lie) as lie:
        walk(large)
    assert (lie.value.finding.word, lie.value.finding.where) == (Word.TILE_CHANGED, "1/000")
    # the planted twin: without "tree.compare_full" nothing is seen
    monkeypatch.setattr("pakta.monitor.tree.compare_full", lambda *_, **__: None)
    walk(large)
    flip(large, "/log/tile/1/000", 7000)


def test_memory_does_not_grow_with_the_ledger(large: Town) -> None:
    def peak(size: int) -> int:
        head = note.parse_checkpoint(note.verify(large.files_of(size), verifier_key=large.vkey))
        site, edge = Site(large.origin), Edge()
        tracemalloc.start()
        tree.walk(site, head=head, edge=edge, first=0, take=lambda _index, _entry: None)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        site.close()
        return found

    few = peak(2_560)
    many = peak(65_536)
    assert many < few + 200_000, (few, many)
