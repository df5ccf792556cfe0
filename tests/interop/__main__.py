"""Let tools that no one here wrote follow our ledger: `make interop`, two minutes.

Each tool is first given what is good, then the same with one thing wrong; it must accept the first and refuse the
second, as our own code must.  A table says what was run; a tool that is missing or disagrees is a failure.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pakta.core.errors import Refusal
from tests.interop import letters, lies, logs, tools
from tests.interop.cases import Case
from tests.interop.given import everything
from tests.interop.logs import Served
from tests.interop.report import Report, compare, refusals
from tests.interop.tools import Missing, Tool

WHAT = {
    "note": "checkpoints (signed notes)",
    "cosigned": "cosigned checkpoints",
    "place": "inclusion under a signed head",
    "inclusion": "inclusion under a root",
    "consistency": "consistency of two trees",
}


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
        compare("pakta.core", "ours", what, [each.ours() for each in asked], asked, report)
        for tool in found:
            if op in tool.knows:
                compare(tool.name, tool.version, what, refusals(tool, asked), asked, report)


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
    """Ask about forms, where tools may be looser than the texts: each difference is a known one."""
    every = letters.every()
    asked = [each.case for each in every]
    answered = [("pakta.core", "ours", [each.ours() for each in asked])]
    answered += [(tool.name, tool.version, refusals(tool, asked)) for tool in found]
    for name, version, refused in answered:
        other = 0
        for each, why in zip(every, refused, strict=True):
            differs = bool(why) is each.case.good
            other += differs
            if differs is not (name in each.others):
                report.wrong.append(f"{name}, {each.case.name}: {why or 'accepted'}; known to differ: {each.others}")
        good = sum(each.good for each in asked)
        what = "the letters of the texts" + (f" (accepts {other} more, each known)" if other else "")
        report.row(name, version, what, good, len(asked) - good - other)


if __name__ == "__main__":
    sys.exit(main())
