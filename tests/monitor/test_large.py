"""A ledger with a full tile of a higher level: what is compared there, and what the monitor keeps of it all."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pakta.commands.monitor import monitor
from pakta.core import ledgerentry, merkle, note, tiles
from pakta.core.ledgerentry import EntryKind
from pakta.monitor import tree
from pakta.monitor.findings import Lie, Word
from pakta.monitor.site import Site
from pakta.monitor.tree import Edge
from tests.monitor.lies import flip
from tests.monitor.town import Answer, Town

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


class Endless(dict[str, Answer]):
    """Answers for every tile and bundle of a tree in which all entries are the same."""

    def __init__(self, town: Town) -> None:
        super().__init__(town.files)
        self.entry = ledgerentry.entry(EntryKind.KEY_ENROLLED, b"x")
        self.hashes = [merkle.leaf_hash(self.entry)]
        for _ in range(6):
            self.hashes.append(merkle.root([self.hashes[-1]] * 256))

    def tile(self, level: int, _index: int, width: int) -> bytes:
        """Return a tile or a bundle."""
        return tiles.entry_bundle([self.entry] * width) if level == tiles.ENTRIES else self.hashes[level] * width

    def get(self, path: str, default: Answer = None) -> Answer:  # type: ignore[override]
        """Return what is served at a path."""
        if path.startswith("/log/tile/"):
            return self.tile(*tiles.parse_tile_path(path.removeprefix("/log/tile/")))
        return super().get(path, default)


@pytest.mark.parametrize(("of_its_tiles", "word"), [(False, "ROOT_DIFFERS"), (True, "RUN_TOO_LONG")])
def test_a_head_without_end_does_not_hold_the_monitor_whatever_is_read_at_most(
    town: Town, tmp_path: Path, of_its_tiles: bool, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size, served = 10**14, Endless(town.live())
    root = tiles.root_from_tiles(size, served.tile) if of_its_tiles else bytes(32)
    served["/log/checkpoint"] = town.signed(note.checkpoint_body(origin=f"{town.host}/log", size=size, root=root))
    town.files = served
    typed = [town.origin, "--state", str(tmp_path / "s.json"), "--limit", "0.7", "--json"]
    assert json.loads(CliRunner().invoke(monitor, typed).stdout)["unread"]["word"] == "LOG_TOO_LONG"
    typed += ["--most", str(size)]
    said = json.loads(CliRunner().invoke(monitor, typed).stdout)
    assert (said["unread"] if "unread" in said else said["findings"][0])["word"] == word
    monkeypatch.setattr("pakta.monitor.tree.check_root", lambda *_, **__: None)  # "tree.check_root"
    assert json.loads(CliRunner().invoke(monitor, typed).stdout)["unread"]["word"] == "RUN_TOO_LONG"
