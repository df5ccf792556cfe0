"""Let tools that no one here wrote follow our ledger: `make interop`, two minutes.

Each tool is first given what is good, then the same with one thing wrong; it must accept the first and refuse the
second, as our own code must.  A table says what was run; a tool that is missing or disagrees is a failure.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pakta.core.errors import Refusal
from tests.interop import letters, lies, logs, tools
from tests.interop.cases import Case
from tests.interop.given import everything
from tests.interop.logs import Served
from tests.interop.tools import Missing, Tool

LEAST = 50  # changed things that each tool must have refused of each kind
WHAT = {
    "note": "checkpoints (signed notes)",
    "cosigned": "cosigned checkpoints",
    "place": "inclusion under a signed head",
    "inclusion": "inclusion under a root",
    "consistency": "consistency of two trees",
}


@dataclass
class Report:
    """What was run, line by line, and what went wrong."""

    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def row(self, tool: str, version: str, what: str, good: int, bad: int) -> None:
        """Add a line to the table."""
        self.lines.append(f"| {tool} | {version} | {what} | {good} | {bad} |")

    def show(self) -> None:
        """Print everything."""
        print("\n| tool | version | what | good, accepted | bad, refused |\n|---|---|---|---|---|")
        print("\n".join(self.lines))
        for each in self.wrong[:40]:
            print(f"WRONG: {each}")
        print(f"\n{len(self.wrong)} disagreements" if self.wrong else "\nAll agree.")


def main() -> int:
    """Run everything; return 0 only where every tool was there and agrees."""
    report = Report()
    with tempfile.TemporaryDirectory(prefix="pakta-interop-") as name:
        found = list(_brought(Path(name), report))
        with ExitStack() as stack:
            print("Making logs of awkward sizes, and serving a demonstration city …", flush=True)
            made = logs.Made(max(logs.LARGE))
            sizes = (*logs.SMALL, *logs.LARGE)
            address = stack.enter_context(logs.serve({str(size): made.files(size) for size in sizes}))
            small = [Served(f"{address}/{size}", logs.VKEY).at_head() for size in logs.SMALL]
            large = [Served(f"{address}/{size}", logs.VKEY).at_head() for size in logs.LARGE]
            real = list(stack.enter_context(logs.real()))
            print(f"The city's ledger has {real[0].head().size} entries, then {real[1].head().size}.", flush=True)
            _judge(found, everything(small, large, real), report)
            _follow(found, small, large, real, report)
        _lies(found, report)
        _letters(found, report)
    report.show()
    return 1 if report.wrong else 0


def _brought(folder: Path, report: Report) -> Iterator[Tool]:
    for bring in tools.ALL:
        place = folder / bring.__name__
        place.mkdir()
        try:
            tool = bring(place)
        except Missing as missing:
            report.wrong.append(f"{bring.__name__} is missing; this brings it:\n  {missing}")
            continue
        print(f"{tool.name} {tool.version}", flush=True)
        yield tool


def _judge(found: Sequence[Tool], cases: Sequence[Case], report: Report) -> None:
    """Give each tool what it can judge; our own code is asked about everything."""
    for op, what in WHAT.items():
        asked = [each for each in cases if each.op == op]
        _agree("pakta.core", [each.ours() for each in asked], asked, report)
        _count("pakta.core", "ours", what, asked, report)
        for tool in found:
            if op in tool.knows:
                answers = tool.judge([each.plain() for each in asked])
                _agree(tool.name, [str(each["refused"]) for each in answers], asked, report)
                _count(tool.name, tool.version, what, asked, report)


def _count(name: str, version: str, what: str, asked: Sequence[Case], report: Report) -> None:
    good = sum(each.good for each in asked)
    report.row(name, version, what, good, len(asked) - good)
    if not good or len(asked) - good < LEAST:
        report.wrong.append(f"{name}: too few cases of {what}")


def _agree(name: str, refused: Sequence[str], asked: Sequence[Case], report: Report) -> None:
    for why, case in zip(refused, asked, strict=True):
        if case.good and why:
            report.wrong.append(f"{name} refuses {case.op}, {case.name}: {why}")
        elif not case.good and not why:
            report.wrong.append(f"{name} accepts {case.op}, {case.name}")


def _follow(
    found: Sequence[Tool], small: Sequence[Served], large: Sequence[Served], real: Sequence[Served], report: Report
) -> None:
    """Let each tool that can read tiles follow the logs from their addresses alone."""
    samples = sorted({*range(0, logs.LARGE[1], 331), 0, 255, 256, 65_279, 65_280, 65_535, 65_536, logs.LARGE[1] - 1})
    for what, heads, indexes in (
        (f"every entry and pair of logs of {', '.join(map(str, logs.SMALL))}", small, None),
        (f"samples of logs of {', '.join(map(str, logs.LARGE))}", large, samples),
        ("every entry of the city's ledger, before and after", real, None),
    ):
        checked = logs.follow(heads, indexes)
        report.row("pakta.core", "ours", f"follows {what}", checked, 0)
        for tool in (each for each in found if "follow" in each.knows):
            (answer,) = tool.judge([_followed(heads, indexes)])
            report.row(tool.name, tool.version, f"follows {what}", answer["checked"], 0)
            if answer["refused"] or answer["checked"] != checked:
                report.wrong.append(f"{tool.name} follows {what}: {answer}, we {checked}")


def _followed(heads: Sequence[Served], indexes: Sequence[int] | None) -> dict[str, Any]:
    given = [Case("", "", True, {"prefix": each.prefix, "note": each.note}).plain() for each in heads]
    return {"op": "follow", "vkey": heads[0].vkey, "heads": given, "indexes": indexes}


def _lies(found: Sequence[Tool], report: Report) -> None:
    """Serve a log with one lie in it, once for each lie; whoever follows must find it."""
    told = lies.told()
    with logs.serve({name: files for lie in told.values() for name, files in lie.items()}) as address:
        followed = {
            what: [Served(f"{address}/{name}", logs.VKEY) for name in lie] for what, lie in told.items()
        }  # fmt: skip
        judges: list[tuple[str, str, Callable[[Sequence[Served]], str]]] = [("pakta.core", "ours", _ours)]
        for tool in (each for each in found if "follow" in each.knows):
            judges.append((tool.name, tool.version, _asking(tool)))
        for name, version, judge in judges:
            answers = {what: judge(heads) for what, heads in followed.items()}
            report.row(name, version, "follows logs that lie, and one that does not", 1, len(told) - 1)
            for what, refused in answers.items():
                if bool(refused) is (what == lies.TRUTH):
                    report.wrong.append(f"{name} follows a log with {what}: {refused or 'accepted'}")


def _asking(tool: Tool) -> Callable[[Sequence[Served]], str]:
    return lambda heads: str(tool.judge([_followed(heads, lies.LOOKED_AT)])[0]["refused"])


def _ours(heads: Sequence[Served]) -> str:
    try:
        logs.follow(heads, lies.LOOKED_AT)
    except Refusal as refusal:
        return refusal.reason.value
    return ""


def _letters(found: Sequence[Tool], report: Report) -> None:
    """Ask about forms, where tools may be looser or stricter than the texts: each difference is a known one."""
    cases = letters.every()
    _agree("pakta.core", [each.case.ours() for each in cases], [each.case for each in cases], report)
    report.row("pakta.core", "ours", "the letters of the texts", *_halves([each.case for each in cases]))
    for tool in found:
        asked = [each for each in cases if each.case.op in tool.knows]
        answers = tool.judge([each.case.plain() for each in asked])
        other = 0
        for each, answer in zip(asked, answers, strict=True):
            differs = bool(answer["refused"]) is each.case.good
            other += differs
            if differs is not (tool.name in each.others):
                said = answer["refused"] or "accepted"
                report.wrong.append(f"{tool.name}, {each.case.name}: {said}; known to differ: {each.others}")
        same = f"the letters of the texts ({other} where it is known to differ)"
        report.row(tool.name, tool.version, same, *_halves([each.case for each in asked]))


def _halves(cases: Sequence[Case]) -> tuple[int, int]:
    good = sum(each.good for each in cases)
    return good, len(cases) - good


if __name__ == "__main__":
    sys.exit(main())
