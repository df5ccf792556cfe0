"""Measure the ledger at five million entries and write docs/measurements-ledger.md: `make bench-ledger`.

python -m tests.bench.ledger [--entries N] [--database sqlite|postgresql|both] [--print]

Half an hour on a machine that does nothing else; progress is on stderr.  6 GB of disk under TMPDIR for a while.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pakta import keyring
from pakta.config import ROOT
from pakta.database import db
from pakta.ledger.copyfile import LogCopy
from tests import databases
from tests.bench import ledgerchild
from tests.bench.__main__ import machine
from tests.bench.ledgerchild import Done
from tests.bench.scale import GROUP, SECOND, WRITERS, Appends, Proofs, Scale, settle, told

TARGET = ROOT / "docs" / "measurements-ledger.md"
ENTRIES = 5_000_000
SIZES = (10_000, 100_000, 1_000_000)  # and the whole
COPIED = 1_000_000  # entries of the ledger whose copy is replayed
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
FLAT, PROOF, CHECK, MEMORY, GROUPED = 1.3, 5.0, 60.0, 1.2, 1.25  # the marks: times, ms, seconds, times, times


@dataclass(frozen=True, slots=True)
class Place:
    """Where one database lies, and what makes another beside it."""

    name: str
    folder: Path
    url: str
    empty: str  # an empty database to replay into

    @property
    def copy(self) -> Path:
        """Return the file of the ledger's copy."""
        return self.folder / "salinan.txt"


@dataclass(slots=True)
class Outcome:
    """What was measured on one database."""

    name: str
    load: str
    filling: float
    appends: list[Appends]
    acts: list[tuple[str, int, Done]]  # what was done, to how many entries, how it went
    proofs: Proofs
    writers: dict[tuple[int, bool], float]
    command: str


def main(words: Sequence[str]) -> None:
    """Measure on the databases that are wanted, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ledger")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--database", choices=[*NAMES, "both"], default="both")
    parser.add_argument("--print", action="store_true", help="print only, write nothing")
    wanted = parser.parse_args(words)
    outcomes = []
    for name in NAMES if wanted.database == "both" else [wanted.database]:
        with place(name) as found:
            outcomes.append(measure(found, entries=wanted.entries))
        told("\n" + "\n".join(tables([outcomes[-1]])))
    lines = [*head(wanted.entries), *tables(outcomes), *missed(outcomes)]
    print("\n".join(lines))
    if not wanted.print:
        TARGET.write_text("\n".join(lines) + "\n")


@contextmanager
def place(name: str) -> Iterator[Place]:
    """Make keys and a place for the databases; nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="pakta-scale-") as temporary:
        folder = Path(temporary)
        keyring.create(folder / "keys", host="localhost:5000", city="Kota Mojokerto")
        if name == "sqlite":
            yield Place(name, folder, f"sqlite:///{folder / 'pakta.sqlite'}", f"sqlite:///{folder / 'empty.sqlite'}")
        else:
            with databases.cluster(durable=True) as cluster:
                yield Place(name, folder, cluster.create("pakta"), cluster.create("empty"))


def measure(found: Place, *, entries: int) -> Outcome:
    """Fill one database step by step and measure at each step."""
    app = ledgerchild.app_of(found.folder, found.url)
    databases.make_tables(app)
    appends, acts, filling, copied = [], [], 0.0, min(COPIED, entries)
    begun = os.getloadavg()
    with app.app_context():
        scale = Scale(app)
        for size in sorted({*(each for each in (*SIZES, copied // 10, entries // 10) if each < entries), entries}):
            filling += scale.fill(size)
            settle()
            if size in (entries // 10, entries):
                told(f"checking {size:,}")
                acts.append(("check", size, ledgerchild.run("check", found.folder, found.url)))
            if size in SIZES or size == entries:
                appends.append(scale.appends())
            if size in (copied // 10, copied):
                acts += copying(found, replays=size == copied)
        proofs = scale.proofs()
        writers = {
            (count, grouped): scale.writers(count, grouped=grouped)
            for count in (1, WRITERS)
            for grouped in (False, True)
        }
        scale.sign()
        db.session.remove()
        db.engine.dispose()
    load = f"{begun[0]:.1f} to {os.getloadavg()[1]:.1f}"
    return Outcome(found.name, load, filling, appends, acts, proofs, writers, command(found))


def copying(found: Place, *, replays: bool) -> list[tuple[str, int, Done]]:
    """Begin a copy late and check with it; or also replay a tenth of it, then the rest, into an empty database."""
    told("copying and checking with the copy")
    made = ledgerchild.run("copy", found.folder, found.url, found.copy)
    size = int(made.result[0]) + 1
    lines = [("begin a copy", size, made)]
    lines.append(("check with the copy", size, ledgerchild.run("check", found.folder, found.url, found.copy)))
    if replays:
        told("replaying")
        databases.make_tables(ledgerchild.app_of(found.folder, found.empty))
        for file in (tenth_of(found.copy), found.copy):
            done = ledgerchild.run("replay", found.folder, found.empty, file)
            lines.append(("replay", int(done.result[0]), done))
    found.copy.unlink()
    LogCopy(found.copy).forget()
    return lines


def tenth_of(copy: Path) -> Path:
    """Return a file with the first tenth of a copy."""
    tenth = copy.with_name("sepersepuluh.txt")
    with tenth.open("wb") as file:
        for group in LogCopy(copy).texts():
            file.write(b"".join(group) + b"\n")
            if file.tell() >= copy.stat().st_size // 10:
                return tenth
    return tenth


def command(found: Place) -> str:
    """Run the command that whoever runs the server runs; return its exit code and last line."""
    told("python -m pakta ledger check")
    environment = os.environ | {
        "DATABASE_URL": found.url.replace("postgresql+psycopg:", "postgresql:"),
        "PAKTA_KEYS": str(found.folder / "keys"), "PAKTA_INSTANCE": str(found.folder),
        "PAKTA_ORIGIN": "http://localhost:5000",
    }  # fmt: skip
    words, begun = [sys.executable, "-m", "pakta", "ledger", "check"], time.monotonic()
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    took = time.monotonic() - begun
    return f"exit {done.returncode} after {took:.0f} s: {(done.stdout + done.stderr).strip().splitlines()[-1]}"


def head(entries: int) -> Iterator[str]:
    """Say what this is, and what machine it was."""
    yield f"# The ledger at {entries:,} entries"
    yield ""
    yield "Written by `make bench-ledger`. Entries of 34 bytes with payloads of 320, all triggers on, every commit"
    yield "synced. Filled in groups of 1,000 with a head each 65,536. Bare inserts put the same bytes into a plain"
    yield "table of the same database, in turns with the appends. Ratios count, other machines differ. After each"
    yield "filling PostgreSQL is vacuumed and makes its checkpoint, so that this falls into no measurement."
    yield ""
    yield machine()


def tables(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Write what was measured."""
    yield from appended(outcomes)
    yield from proved(outcomes)
    yield from checked(outcomes)
    yield from written(outcomes)


def appended(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Write how long appends and sequencing take at each size."""
    yield from ("", "## Appends", "")
    yield f"Milliseconds, medians; a group is {GROUP} entries in one transaction, a head signs {SECOND} new ones."
    yield "Bare is as many rows in turns with them. A ratio shows what ours costs beside that; growth is the worst"
    yield f"ratio of a larger size against that of the first: at most {FLAT} is called flat."
    yield ""
    yield "| database | entries | one | bare | ratio | group | bare | ratio | head | bare | ratio |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for outcome in outcomes:
        for each in outcome.appends:
            figures = (f"{it.ours:.2f} | {it.bare:.2f} | {it.ratio:.2f}" for it in (each.one, each.group, each.head))
            yield f"| {NAMES[outcome.name]} | {each.size:,} | {' | '.join(figures)} |"
        growth = " | ".join(f"| | **{times:.2f}**" for times in growths(outcome).values())
        yield f"| {NAMES[outcome.name]} | growth {growth} |"


def growths(outcome: Outcome) -> dict[str, float]:
    """Return how many times its first ratio to the bare insert each act's worst later one is."""
    found = {}
    for what in ("one", "group", "head"):
        first, *later = (getattr(each, what).ratio for each in outcome.appends)
        found[what] = max(later, default=first) / first
    return found


def proved(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Write how long proofs take."""
    yield from ("", "## Proofs", "")
    yield f"Milliseconds at random places of the whole, each read anew from the tiles; {PROOF:.0f} are allowed. Busy"
    yield "is the processor's time of our own process (1 in 100): the rest is waiting, for PostgreSQL or for others."
    yield ""
    yield "| database | inclusion, median | 1 in 100 | busy | consistency, median | 1 in 100 | busy |"
    yield "|---|---|---|---|---|---|---|"
    for outcome in outcomes:
        found = outcome.proofs
        figures = " | ".join(f"{each:.2f}" for each in (*found.inclusion, *found.consistency))
        yield f"| {NAMES[outcome.name]} | {figures} |"


def checked(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Write what filling, checking, copying and replaying take."""
    yield from ("", "## Check, copy, replay", "")
    yield f"Each in a process of its own. {CHECK:.0f} s are allowed for the check, and for each act {MEMORY} times"
    yield "the memory at its peak for some ten times the entries. The memory of PostgreSQL's server is not in it."
    yield ""
    yield "| database | what | entries | seconds | MiB before | MiB at the peak | found |"
    yield "|---|---|---|---|---|---|---|"
    for outcome in outcomes:
        name = NAMES[outcome.name]
        yield f"| {name} | fill | {outcome.appends[-1].size:,} | {outcome.filling:.0f} | | | |"
        for what, size, done in sorted(outcome.acts, key=lambda act: act[0]):
            said = ("; ".join(done.result) or "nothing") if what.startswith("check") else ""
            memory = f"{done.before:.0f} | {done.peak:.0f}"
            yield f"| {name} | {what} | {size:,} | {done.seconds:.1f} | {memory} | {said} |"
    yield ""
    for outcome in outcomes:
        yield f"- `python -m pakta ledger check` at the end on {NAMES[outcome.name]}: {outcome.command}"
        yield f"- load of the machine meanwhile, {NAMES[outcome.name]}: {outcome.load}"


def written(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Write how many appends a second come from one writer and from many."""
    yield from ("", "## Writers", "")
    yield "Appends a second at the full size, threads of one process, an entry an act: each in a transaction of its"
    yield "own, or through the queue of signatures, where those who wait share a commit (decision 0012): with 8 at"
    yield f"least {GROUPED} times as fast."
    yield ""
    yield "| database | 1, alone | 1, grouped | 8, alone | 8, grouped |"
    yield "|---|---|---|---|---|"
    for outcome in outcomes:
        yield f"| {NAMES[outcome.name]} | {' | '.join(f'{rate:.0f}' for rate in outcome.writers.values())} |"


def missed(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Name every mark that was missed."""
    yield from ("", "## Marks", "")
    found = [f"{NAMES[outcome.name]}: {line}" for outcome in outcomes for line in misses(outcome)]
    yield from [f"- **Missed**, {line}" for line in found] or ["All are reached."]


def misses(outcome: Outcome) -> Iterator[str]:
    """Say what missed its mark."""
    yield from slow_ones(outcome)
    yield from large_ones(outcome)
    yield from check_misses(outcome)


def slow_ones(outcome: Outcome) -> Iterator[str]:
    """Say which appends, heads and proofs are too slow or grow, and whether grouping is worth it."""
    for what, times in growths(outcome).items():
        if times > FLAT:
            yield f"{what} grew {times:.2f} times beside the bare insert"
    for what, (_, slow, _busy) in (
        ("inclusion", outcome.proofs.inclusion),
        ("consistency", outcome.proofs.consistency),
    ):
        if slow > PROOF:
            yield f"1 in 100 proofs of {what} took {slow:.1f} ms"
    gain = outcome.writers[WRITERS, True] / outcome.writers[WRITERS, False]
    if gain < GROUPED:
        yield f"grouped appends of {WRITERS} are {gain:.2f} times as fast as each alone"


def large_ones(outcome: Outcome) -> Iterator[str]:
    """Say whose memory grows with the entries."""
    for what in sorted({act[0] for act in outcome.acts}):
        (_, few, small), *_, (_, many, large) = sorted(
            (act for act in outcome.acts if act[0] == what), key=lambda act: act[1]
        )
        if large.peak > MEMORY * small.peak:
            yield f"{what}: memory grew from {small.peak:.0f} MiB at {few:,} to {large.peak:.0f} at {many:,}"


def check_misses(outcome: Outcome) -> Iterator[str]:
    """Say where a check takes too long or finds something."""
    checks = [(size, done) for what, size, done in outcome.acts if what.startswith("check")]
    for size, done in checks:
        if done.seconds > CHECK:
            yield f"the check of {size:,} took {done.seconds:.0f} s"
        if done.result:
            yield f"the check of {size:,} found something"
    if not outcome.command.startswith("exit 0"):
        yield "the command that checks found something"


if __name__ == "__main__":
    main(sys.argv[1:])
