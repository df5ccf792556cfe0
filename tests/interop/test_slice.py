"""What `make interop` gives to others is first judged by our own code: good is accepted, changed is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pakta.core import note
from pakta.core.errors import Refusal
from tests.interop import cases, letters, lies, logs, tools
from tests.interop.cases import Case
from tests.interop.given import everything
from tests.interop.logs import Served
from tests.interop.report import Report, compare, refusals
from tests.interop.tools import Tool

SIZES = (1, 2, 257)


@pytest.fixture(scope="module")
def served() -> Iterator[Sequence[Served]]:
    """Serve small logs from memory."""
    made = logs.Made(max(SIZES))
    with logs.serve({str(size): made.files(size) for size in SIZES}) as address:
        yield [Served(f"{address}/{size}", logs.VKEY).at_head() for size in SIZES]


@pytest.fixture(scope="module")
def given(served: Sequence[Served]) -> list[Case]:
    """Make what is good and what is not."""
    return everything(served, [], served[:1])


def test_what_is_good_is_accepted_and_each_change_of_it_refused(given: list[Case]) -> None:
    assert [each.name for each in given if bool(each.ours()) is each.good] == []
    for op in cases.OURS:
        kinds = [each.good for each in given if each.op == op]
        assert kinds.count(True) >= 2 and kinds.count(False) >= 50, op


def test_no_change_is_given_twice_and_none_leaves_all_as_it_was(given: list[Case]) -> None:
    for good in (each for each in given if each.good):
        asked = [each.given for each in cases.changed(good)]
        assert good.given not in asked
        assert all(each not in asked[:at] for at, each in enumerate(asked))
        if len(asked) > 60:
            break


def test_a_log_is_followed_from_its_address_alone(served: Sequence[Served]) -> None:
    assert logs.follow(served, None) == sum(SIZES) + 3


def test_every_lie_is_found_and_the_truth_is_not() -> None:
    told = lies.told()
    assert len(told) > 30
    with logs.serve({name: files for lie in told.values() for name, files in lie.items()}) as address:
        for what, lie in told.items():
            heads = [Served(f"{address}/{name}", logs.VKEY) for name in lie]
            if what == lies.TRUTH:
                logs.follow(heads, lies.LOOKED_AT)
            else:
                with pytest.raises(Refusal):
                    logs.follow(heads, lies.LOOKED_AT)


@pytest.mark.parametrize("each", letters.every(), ids=lambda each: each.case.name)
def test_every_letter_of_the_texts_is_read_as_they_demand(each: letters.Letter) -> None:
    assert bool(each.case.ours()) is not each.case.good


def test_every_letter_is_signed_so_that_its_form_alone_can_be_refused() -> None:
    assert note.verify(letters.GOOD, verifier_key=logs.VKEY) == letters.BODY
    assert len({each.case.given["note"] for each in letters.every()}) == len(letters.every())


def judging(folder: Path, code: str) -> Tool:
    """Make a tool out of a line of Python that sees `cases`."""
    program = f"import json, sys; cases = json.load(sys.stdin); json.dump({code}, sys.stdout)"
    return Tool("a tool", "1", frozenset(cases.OURS), [sys.executable, "-c", program], folder)


@pytest.mark.parametrize(("answer", "blamed"), [("", False), ("refused", True)])
def test_a_tool_that_says_always_the_same_is_found(
    given: list[Case], tmp_path: Path, answer: str, blamed: bool
) -> None:
    tool, report = judging(tmp_path, f"[{{'refused': {answer!r}}} for _ in cases]"), Report()
    asked = [each for each in given if each.op == "note"]
    compare("a tool", "1", "notes", refusals(tool, asked), asked, report)
    wrong = [case.name for case in asked if case.good is blamed]
    assert len(report.wrong) == len(wrong) + 1 and all(name in "".join(report.wrong) for name in wrong)


def test_a_tool_that_agrees_is_not_blamed(given: list[Case]) -> None:
    asked, report = [each for each in given if each.op == "note"], Report()
    compare("ours", "1", "notes", [each.ours() for each in asked], asked, report)
    assert report.wrong == []


def test_a_tool_that_answers_too_little_or_breaks_is_found(given: list[Case], tmp_path: Path) -> None:
    for code in ("[]", "1 / 0"):
        with pytest.raises(RuntimeError):
            refusals(judging(tmp_path, code), given[:3])


def test_a_tool_that_is_missing_is_named_with_the_line_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for bring, line in ((tools.go, "apt-get install -y golang-go"), (tools.sigstore, "nodejs npm")):
        with pytest.raises(tools.Missing, match=line):
            bring(tmp_path)
