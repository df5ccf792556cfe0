"""What was run, and who disagreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.interop.cases import Case
from tests.interop.tools import Tool

LEAST = 50  # changed things that each tool must have refused of each kind


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


def refusals(tool: Tool, asked: Sequence[Case]) -> list[str]:
    """Return why a tool refuses each case; nothing where it accepts."""
    return [str(each["refused"]) for each in tool.judge([each.plain() for each in asked])]


def compare(
    name: str, version: str, what: str, refused: Sequence[str], asked: Sequence[Case], report: Report
) -> None:
    """Count what was accepted of the good and refused of the bad, and say what was not as it should be."""
    good = bad = 0
    for why, case in zip(refused, asked, strict=True):
        if bool(why) is case.good:
            report.wrong.append(f"{name}, {case.op}, {case.name}: {why or 'accepted'}")
        good, bad = good + (case.good and not why), bad + (not case.good and bool(why))
    report.row(name, version, what, good, bad)
    if not good or bad < LEAST:
        report.wrong.append(f"{name}: too little of {what}")
