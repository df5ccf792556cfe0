"""Measure everything and write docs/measurements.md: `make bench`, 20 minutes on a machine that does nothing else.

python -m tests.bench [rates] [pages] [demo] [newcomer]     only some of it, printed and not written
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pakta.config import ROOT
from pakta.web import clock
from tests import databases
from tests.bench import newcomer, pages, rates
from tests.journeys.site import free_port

TARGET = ROOT / "docs" / "measurements.md"
PEOPLE, SIGNED = 3500, 2400
TIMES = 3  # the machine is not equally fast at all hours
MARK = 0.5  # of the bare route's rate
WHY = """\
Signings stand in a row: the ledger has one writer, whose lock is held until the commit is on the disk, so that
no index is given twice and no tile shows what a crash could undo. Those who wait in one process share a commit
(docs/decisions/0012). The rest is work: a signing checks evidence, key and text, and writes nine tables, 27 pages
of an SQLite file, where the bare route writes one row; on a machine with a fast disk both wait for the processor."""


def main(wanted: list[str]) -> None:
    """Measure what is wanted, or everything."""
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "rates": of_rates,
        "pages": of_pages,
        "demo": of_demo,
        "newcomer": of_newcomer,
    }
    lines = list(head())
    for name in wanted or parts:
        for line in parts[name]():
            print(line, flush=True)
            lines.append(line)
    if not wanted:
        TARGET.write_text("\n".join(lines) + "\n")


def head() -> Iterator[str]:
    """Say what machine this was, and how to measure again."""
    yield "# Measurements"
    yield ""
    yield "Written by `make bench`; a part by `python -m tests.bench rates|pages|demo|newcomer`. Ratios count, other"
    yield "machines differ. Both routes of a pair run in turns in the same app: same process, session, CSRF, disk."
    yield ""
    yield machine()


def machine() -> str:
    """Return in a line the day, the commit and the machine."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return (
        f"{clock.today()} · commit {commit.stdout.strip()} · {os.cpu_count()} cores, {processor()} · "
        f"Python {platform.python_version()} · {platform.system()}"
    )


def processor() -> str:
    """Return the processor's name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def of_rates() -> Iterator[str]:
    """Write the table of rates."""
    yield ""
    yield "## Rates"
    yield ""
    yield "Accepting a signature must reach 50 % of inserting and committing one row, public data 70 % of an"
    yield "empty route. The generator runs on the same cores; its share is what it used of one."
    yield ""
    yield "| what | database | clients | a second | bare route | ratio | generator |"
    yield "|---|---|---|---|---|---|---|"
    missed = []
    for each in rates.everything():
        if each.what == rates.SIGNING and each.ratio < MARK:
            missed.append(f"{each.database} with {each.clients}")
        yield (
            f"| {each.what} | {each.database} | {each.clients} | {each.rate:.0f} | {each.bare:.0f} | "
            f"**{each.ratio:.0%}** | {each.generator:.0%} |"
        )
    yield ""
    if missed:
        yield f"**Missed**, number of clients: {', '.join(missed)}. Runs differ by some hundredths."
    yield WHY


def of_pages() -> Iterator[str]:
    """Write the weights of pages and the time to a verdict."""
    yield ""
    yield "## Pages"
    yield ""
    yield "Everything that a first visit loads, as gzip (the proxy compresses). Scripts may weigh 25 kB."
    yield ""
    yield "| page | as | kB | of these scripts | allowed |"
    yield "|---|---|---|---|---|"
    for each in pages.everything():
        if isinstance(each, pages.Weight):
            who = each.who or "anybody"
            yield f"| `{each.path}` | {who} | {each.whole:.1f} | {each.scripts:.1f} | {each.budget} |"
        else:
            yield ""
            yield (
                f"From navigation to verdict in Chromium: {each.first:.0f} ms on the first visit; opened before "
                f"**{each.again:.0f} ms** (median of {pages.OPENINGS}, slowest {each.slowest:.0f}), on a line that "
                f"never answers **{each.dead:.0f} ms**; 300 are allowed. "
                f"The check itself: {each.check:.1f} ms; 20 are allowed."
            )


def of_demo() -> Iterator[str]:
    """Write how long the demonstration city takes."""
    yield ""
    yield "## The demonstration city"
    yield ""
    yield f"`python -m pakta demo --people {PEOPLE} --signed {SIGNED} --seed 1`, every signature"
    yield "with a key of its own; 60 s are allowed."
    yield ""
    yield f"- SQLite: {each_of([demo(None) for _ in range(TIMES)])}"
    with databases.cluster(durable=True) as cluster:
        yield f"- PostgreSQL: {each_of([demo(cluster.create(f'demo{i}')) for i in range(TIMES)])}"


def each_of(seconds: list[float]) -> str:
    """Write the median first, then all runs."""
    return f"**{statistics.median(seconds):.0f} s** (runs: {', '.join(f'{one:.0f}' for one in seconds)})"


def of_newcomer() -> Iterator[str]:
    """Write how long a newcomer waits."""
    yield ""
    yield "## A newcomer"
    yield ""
    yield "In a fresh clone of what is committed; packages come from PyPI, pip's cache is off."
    yield ""
    port = free_port()
    with newcomer.clone() as folder:
        seconds, ending = newcomer.running(folder, port=port)
        yield f"- `make run` until the first page answers: **{seconds:.0f} s** (installing, filling); 180 allowed."
        yield f"- Ctrl-C until all has ended: **{ending:.1f} s**."
        seconds, _ending = newcomer.running(folder, port=port)
        yield f"- `make run` the second time: **{seconds:.1f} s**; 10 allowed."
        yield f"- `make test`: **{newcomer.tested(folder):.0f} s**; 600 allowed."


def demo(url: str | None) -> float:
    """Fill an empty database; return the seconds."""
    with tempfile.TemporaryDirectory(prefix="pakta-demo-") as folder:
        environment = os.environ | {
            "DATABASE_URL": (url or f"sqlite:///{folder}/pakta.sqlite").replace("postgresql+psycopg:", "postgresql:"),
            "PAKTA_KEYS": f"{folder}/keys", "PAKTA_INSTANCE": folder, "PAKTA_DEMO": "1",
        }  # fmt: skip
        words = ["-m", "pakta", "demo", "--people", str(PEOPLE), "--signed", str(SIGNED), "--seed", "1"]
        began = time.monotonic()
        subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, check=True, capture_output=True)
        return time.monotonic() - began


if __name__ == "__main__":
    main(sys.argv[1:])
