"""Each lie is named by its own word; a monitor without the one check that names it misses exactly that lie."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from pakta.core.ledgerentry import EntryKind
from pakta.monitor import ordered, told
from pakta.monitor.findings import Unread, Word
from pakta.web import headers
from tests.monitor.lies import BROKEN, LIES, Lie, lose_a_key, pad
from tests.monitor.page_lies import PAGE_LIES
from tests.monitor.town import PAGE_WITH_STYLE, Town
from tests.monitor.watching import watch, words

MODULES = ("head", "tree", "published", "served", "ordered", "totals", "institution", "marks", "succession")
# What a planted bug puts in a check's place, where saying nothing is not enough.
BLIND: dict[str, Callable[..., object]] = {
    "head.signed_body": lambda text, _vkey: text.rpartition(b"\n\n")[0] + b"\n",
    "published.kind_of": lambda _entry: EntryKind.KEY_ENROLLED,
}


def told_of(town: Town, path: Path, lie: Lie) -> set[str]:
    """Let the town live, tell the lie, and return what the monitor names."""
    town.live()
    if lie.kept:
        assert watch(town, path).good
    lie.tell(town)
    return words(watch(town, path, **lie.wishes(town)))


@pytest.mark.parametrize("lie", [*LIES, *PAGE_LIES, *BROKEN], ids=lambda lie: lie.name)
def test_a_lie_is_named_by_its_word(town: Town, tmp_path: Path, lie: Lie) -> None:
    assert told_of(town, tmp_path / "state.json", lie) == {lie.word} | lie.also


@pytest.mark.parametrize("lie", [*LIES, *PAGE_LIES], ids=lambda lie: lie.name)
def test_a_monitor_that_skips_the_check_misses_the_lie(
    town: Town, tmp_path: Path, lie: Lie, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lie.check == "published.kind_of":
        monkeypatch.setattr("pakta.monitor.published.kind_of", blind_to_forms)
    else:
        monkeypatch.setattr(f"pakta.monitor.{lie.check}", BLIND.get(lie.check, lambda *_, **__: iter(())))
    assert told_of(town, tmp_path / "state.json", lie) == set(lie.left)


def blind_to_forms(entry: bytes) -> EntryKind:
    """Take any 34 bytes for an entry."""
    return EntryKind(entry[1])


def test_no_check_is_without_a_lie_that_it_alone_names() -> None:
    checks = {
        f"{module}.{name}"
        for module in MODULES
        for name, each in inspect.getmembers(importlib.import_module(f"pakta.monitor.{module}"), inspect.isfunction)
        if name.startswith(("check_", "compare_", "take_")) and each.__module__ == f"pakta.monitor.{module}"
    }
    tried = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
    assert len(checks) > 25
    assert sorted(each for each in checks if f'"{each}"' not in tried) == []


def test_every_word_has_a_sentence_and_is_provoked_by_a_test() -> None:
    tried = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
    assert set(told.SENTENCES) == set(Word)
    assert sorted(word for word in Word if f'"{word}"' not in tried) == []


def test_the_policy_that_a_page_must_have_is_the_one_that_is_sent() -> None:
    assert ordered.directives(ordered.DEMANDED) == ordered.directives(headers.POLICY) != {}


def test_an_honest_town_agrees(town: Town, tmp_path: Path) -> None:
    report = watch(town.live(), tmp_path / "state.json")
    assert words(report) == set()
    assert (report.kinds[1], report.kinds[2], report.kinds[10]) == (3, 3, 1)


def test_an_honest_town_agrees_that_released_its_page_in_two_forms(town: Town, tmp_path: Path) -> None:
    town.live().release_page()
    assert words(watch(town, tmp_path / "state.json")) == set()
    town.files["/v"] = PAGE_WITH_STYLE + b"<p>ribbon</p>"
    assert words(watch(town, tmp_path / "state.json")) == set()


def test_an_honest_town_agrees_when_a_key_was_lost_and_its_head_is_true(town: Town, tmp_path: Path) -> None:
    town.live()
    lose_a_key(town)
    assert words(watch(town, tmp_path / "state.json")) == set()


def test_an_honest_town_agrees_however_its_certificates_change(town: Town, tmp_path: Path) -> None:
    town.live()
    for kind, place, value in (
        (EntryKind.SUSPENDED, 2, 2), (EntryKind.REINSTATED, 2, 0), (EntryKind.REVOKED, 1, 1),
        (EntryKind.SUSPENDED, 2, 2), (EntryKind.REVOKED, 2, 1),
    ):  # fmt: skip
        town.enter(kind, b"%d" % len(town.entries))
        town.marks[place] = value
        if (kind, place) != (EntryKind.SUSPENDED, 2):  # lists that came after two changes
            town.list_statuses()
    town.publish()
    assert words(watch(town, tmp_path / "state.json")) == set()


def test_an_honest_town_agrees_after_its_ledger_went_on_under_a_new_name_twice(town: Town, tmp_path: Path) -> None:
    town.live().succeed()
    report = watch(town, tmp_path / "state.json")
    assert (words(report), report.kinds[12], report.vkey) == (set(), 1, town.vkey)
    town.succeed()
    assert words(watch(town, tmp_path / "other.json")) == set()
    with pytest.raises(Unread):  # nor is a name that nobody was told of taken for the one that was kept
        watch(town, tmp_path / "state.json", vkey=town.vkey)


def test_an_honest_town_of_several_bundles_agrees_in_one_run_and_in_steps(town: Town, tmp_path: Path) -> None:
    pad(town.live())
    assert watch(town, tmp_path / "state.json").good
    for count in (1, 200, 256, 300):
        town.pad(count)
        town.list_statuses()
        town.publish()
        town.asked.clear()
        before = len(town.entries) - count - 1
        report = watch(town, tmp_path / "state.json")
        assert (words(report), report.first) == (set(), before)
        bundles = {int(path.split("/")[4][:3]) for path in town.asked if path.startswith("/log/tile/entries/")}
        assert min(bundles) == before // 256
    assert watch(town, tmp_path / "other.json").kinds == report.kinds
