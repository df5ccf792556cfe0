"""Hand every hostile file in, on a machine that does nothing else, and measure: `make hostile`.

Each must be refused for a reason of its own within 2 seconds, its child's peak within 300 MB.  The figures go to
docs/measurements-files.md.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pakta import keyring
from pakta.config import ROOT
from pakta.core.errors import Refusal
from pakta.verification import confined, contents, reader
from tests.bench.__main__ import machine
from tests.hostile import table
from tests.hostile.case import Case
from tests.hostile.table import Desk
from tests.verification import paper

SECONDS, MEMORY = 2.0, 300_000_000
PAGE = ROOT / "docs" / "measurements-files.md"
WORST = 8  # of each, in the table
TIMES = 5  # the quickest counts of a file that takes over a second: other work is not its fault


@dataclass(frozen=True)
class Taken:
    """What a file cost: seconds until it was refused, bytes of the child's peak, bytes of the file."""

    case: Case
    reason: str
    seconds: float
    peak: int
    size: int
    wrong: bool

    def line(self) -> str:
        """Return a row of the table."""
        size = f"{self.size / 1000:,.0f}"
        return f"| {self.case.name} | {size} | `{self.reason}` | {self.seconds:.2f} | {self.peak / 1e6:.0f} |"


def main() -> int:
    """Measure all; return 0 only where each was refused in time and room."""
    with tempfile.TemporaryDirectory() as folder:
        keyring.create(Path(folder) / "private", host=paper.HOST, city="Kota Mojokerto")
        desk = Desk(keyring.load(Path(folder) / "private"))
    desk.say(b"\x89PNG\r\n\x1a\n")  # the process is loaded before the first file, as on a running server
    taken = [measure(desk, case) for case in table.ALL]
    missed = [each for each in taken if each.wrong or each.seconds > SECONDS or each.peak > MEMORY]
    PAGE.write_text("\n".join(report(taken)) + "\n", encoding="utf-8")
    for each in missed:
        print(f"MISSED {each.line()}")
    slowest, largest = max(each.seconds for each in taken), max(each.peak for each in taken)
    print(f"{len(taken)} files; the slowest took {slowest:.2f} s, the largest child {largest / 1e6:.0f} MB")
    return 1 if missed else 0


def measure(desk: Desk, case: Case) -> Taken:
    """Hand a file in to be judged, as on the page, up to TIMES where it takes long; and once for its child's peak."""
    content = case.make()
    seconds = SECONDS * 9
    for _ in range(TIMES):
        begun = time.perf_counter()
        reasons, _ = desk.say(content)
        seconds = min(seconds, time.perf_counter() - begun)
        if seconds < SECONDS / 2:
            break
    try:
        contents.kind_of(content)
        peak = confined.ask(content)[1].peak
    except Refusal:
        peak = 0  # it is never handed to a child
    wrong = None in reasons or not reasons <= set(case.reasons)
    return Taken(case, ", ".join(str(each) for each in reasons), seconds, peak, len(content), wrong)


def report(taken: list[Taken]) -> list[str]:
    """Return the page."""
    head = ["| file | kB | refused as | seconds | child's peak, MB |", "|---|---|---|---|---|"]
    slowest = sorted(taken, key=lambda each: -each.seconds)[:WORST]
    largest = sorted(taken, key=lambda each: -each.peak)[:WORST]
    quick = sorted(each.seconds for each in taken)
    return [
        "# Hostile files, measured",
        "",
        f"`make hostile` hands in {len(taken)} files, which `tests/hostile` makes, and measures each from its bytes",
        "to the refusal. Other work on the machine lengthens that, so of a file that takes over"
        f" {SECONDS / 2:.0f} s the quickest of {TIMES} counts.",
        "",
        machine(),
        "",
        f"All must be refused within {SECONDS:.0f} s and {MEMORY / 1e6:.0f} MB:"
        f" {sum(each.wrong or each.seconds > SECONDS or each.peak > MEMORY for each in taken)} were not."
        f" Half took at most {quick[len(quick) // 2] * 1000:.0f} ms.",
        f"A child has {reader.PROCESSOR} s of processor time, {reader.SECONDS:.0f} s in all, and"
        f" {reader.MEMORY / 1e6:.0f} MB beyond what the process has loaded; what is ended by that is",
        "`IMAGE_TOO_SLOW` or `FILE_TOO_HEAVY`. A peak of 0: the file is refused before a child sees it.",
        "",
        "The slowest:", "", *head, *(each.line() for each in slowest),
        "",
        "Those that took most memory:", "", *head, *(each.line() for each in largest),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
