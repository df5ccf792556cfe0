"""Measure the lembar of a whole city as a job and write docs/measurements-bulk.md: `make bench-bulk`.

python -m tests.bench.bulk [--documents N] [--few N] [--database sqlite|postgresql|both] [--print]

A quarter of an hour a database, on a machine that does nothing else; progress is on stderr.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from sqlalchemy import func, select

from pakta.bundles.rules import LIST
from pakta.config import ROOT
from pakta.database import db
from pakta.ledger.models import Checkpoint, Payload
from tests import databases
from tests.bench.__main__ import machine
from tests.bench.site import Bench, bench
from tests.bundles import running

TARGET = ROOT / "docs" / "measurements-bulk.md"
DOCUMENTS, FEW = 3_500, 500
MORE = 1.35  # people in the city for each that signs the pact of civil servants
SIGNINGS = 150  # of which latencies are taken, without and with a job
KILLS = 2
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
FLAT, HEAD, HURT = 1.05, 2.0, 2.0  # the marks: times the memory, seconds to a head, times the latency

SHARED = """\
Where others want the cores (a load above their number), the job
takes so much longer: then only memory, wholeness and the comparison within one table count."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it went, made by one worker that nobody disturbed."""

    documents: int
    seconds: float
    peak: float

    @property
    def rate(self) -> float:
        """Return the documents made a second."""
        return self.documents / self.seconds


@dataclass(frozen=True, slots=True)
class Zip:
    """One download: bytes, files, seconds, and the most memory that a process of the server held."""

    size: int
    files: int
    seconds: float
    peak: float
    tested: str


@dataclass(frozen=True, slots=True)
class Signings:
    """How long people waited for the answer to a signing, in milliseconds, and a head for what was entered."""

    median: float
    slow: float
    head: float


@dataclass(slots=True)
class Outcome:
    """What was measured on one database."""

    name: str
    jobs: list[Job] = field(default_factory=list)
    zips: list[Zip] = field(default_factory=list)
    signings: list[Signings] = field(default_factory=list)
    killed: list[int] = field(default_factory=list)  # documents that were stored at each kill
    sealed_anew: int = 0
    whole: bool = False
    took: float = 0.0


def main(words: Sequence[str]) -> None:
    """Measure on the databases that are wanted, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bulk")
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--database", choices=[*NAMES, "both"], default="sqlite")
    parser.add_argument("--print", action="store_true", help="print only, write nothing")
    wanted = parser.parse_args(words)
    outcomes = []
    begun = os.getloadavg()[1]
    for name in NAMES if wanted.database == "both" else [wanted.database]:
        with ExitStack() as held:
            url = held.enter_context(databases.cluster(durable=True)).create("bulk") if name != "sqlite" else None
            people = int(wanted.documents * MORE) + 3 * SIGNINGS
            found = held.enter_context(bench(url, people=people))
            outcomes.append(measure(found, Outcome(name), few=wanted.few, documents=wanted.documents))
    load = f"Load of the machine: {begun:.1f} before, {os.getloadavg()[1]:.1f} at the end. {SHARED}"
    lines = [*head(wanted.documents), load, *tables(outcomes), *missed(outcomes)]
    print("\n".join(lines))
    if not wanted.print:
        TARGET.write_text("\n".join(lines) + "\n")


def measure(found: Bench, outcome: Outcome, *, few: int, documents: int) -> Outcome:
    """Let few people sign, then the rest; run the job over each, then the whole again with kills."""
    running.sign(found, few)
    outcome.jobs.append(undisturbed(found))
    outcome.zips.append(downloaded(found, few))
    told("the others sign")
    running.sign(found, documents - few)
    running.forget(found.app)
    outcome.jobs.append(undisturbed(found))
    outcome.zips.append(downloaded(found, documents))
    running.forget(found.app)
    disturbed(found, outcome, documents)
    running.forget(found.app)
    signings(found, outcome)
    return outcome


def undisturbed(found: Bench) -> Job:
    """Run the job with one worker from its beginning to its end."""
    cover(found)
    job_id = running.ask(found.app)
    with running.worker(found) as process:
        running.wait(found.app, job_id, lambda job: job.started_at is not None, patience=60)
        job = running.wait(found.app, job_id, lambda job: not job.is_open, patience=3600)
        memory = running.peak(process.pid)
    assert job.started_at is not None and job.finished_at is not None
    seconds = (job.finished_at - job.started_at).total_seconds()
    told(f"{job.made} made in {seconds:.0f} s, {memory:.0f} MiB at the peak")
    return Job(job.made, seconds, memory)


def cover(found: Bench) -> None:
    """Let a worker sign a head over what was entered."""
    with running.worker(found):
        until = time.monotonic() + 60
        while time.monotonic() < until and uncovered(found):
            time.sleep(0.2)


def uncovered(found: Bench) -> int:
    """Return how many entries no head covers yet."""
    with found.app.app_context():
        db.session().rollback()
        entries = db.session().execute(select(func.max(Payload.index))).scalar_one() + 1
        covered = db.session().execute(select(func.max(Checkpoint.size))).scalar_one() or 0
        return int(entries - covered)


def downloaded(found: Bench, documents: int) -> Zip:
    """Download the zip of the last job from a served Pakta, as a browser does, and let others test it."""
    job_id, cookie = running.last_job(found.app), running.entitled(found.app)
    with found.served(workers=1), tempfile.NamedTemporaryFile(suffix=".zip") as file:
        begun = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", found.port, timeout=600)
        line.request("GET", f"/pekerjaan/{job_id}/lembar.zip", headers={"Host": found.config.host, "Cookie": cookie})
        answer = line.getresponse()
        assert answer.status == 200, answer.status
        while chunk := answer.read(1 << 20):
            file.write(chunk)
        seconds = time.monotonic() - begun
        memory = max(running.peak(each) for each in running.below(os.getpid()))
        file.flush()
        tested = subprocess.run(["unzip", "-tqq", file.name], capture_output=True, text=True)
        with zipfile.ZipFile(file.name) as opened:
            names = opened.namelist()
            listed = opened.read(LIST).decode("utf-8-sig")
        assert len(names) == documents + 1 and listed.count(".pdf") == documents, (len(names), documents)
        told(f"a zip of {file.tell() / 1e6:.0f} MB in {seconds:.1f} s, {memory:.0f} MiB at the peak")
        return Zip(file.tell(), len(names), seconds, memory, "good" if tested.returncode == 0 else tested.stdout)


def disturbed(found: Bench, outcome: Outcome, documents: int) -> None:
    """Run the job with a worker that is killed twice at a random moment, and compare what was stored."""
    dice, before = random.Random(), {}
    job_id, begun = running.ask(found.app), time.monotonic()
    for turn in range(KILLS):
        least = (turn + dice.random()) * documents / (KILLS + 1)
        with running.worker(found) as process:
            running.wait(found.app, job_id, lambda job, least=least: job.done > least, patience=3600)  # type: ignore[misc]
            process.kill()
            process.wait()
        now = running.stored(found.app)
        outcome.sealed_anew += sum(now[each] != content for each, content in before.items())
        before = now
        outcome.killed.append(len(now))
        told(f"killed at {len(now)}")
    with running.worker(found):
        job = running.wait(found.app, job_id, lambda job: not job.is_open, patience=3600)
    now = running.stored(found.app)
    outcome.sealed_anew += sum(now[each] != content for each, content in before.items())
    outcome.whole = (job.state, job.done, job.made, job.failed, len(now)) == ("done", *[documents] * 2, 0, documents)
    outcome.took = time.monotonic() - begun


def signings(found: Bench, outcome: Outcome) -> None:
    """Take latencies of signings while the worker has nothing to do, and while it works on the job."""
    warming, *runs = (found.signings(count) for count in (20, SIGNINGS, SIGNINGS))
    cover(found)
    with found.served(), running.worker(found):
        answered(found, [each[0] for each in warming])
        for turn, run in enumerate(runs):
            if turn:
                job_id = running.ask(found.app)
                running.wait(found.app, job_id, lambda job: job.made > 0, patience=60)
            first = entries(found)
            times = answered(found, [each[0] for each in run])
            time.sleep(3)
            slow = statistics.quantiles(times, n=20)[-1]
            outcome.signings.append(Signings(statistics.median(times), slow, slowest_head(found, first)))
            told(f"signing: {outcome.signings[-1]}")
        with found.app.app_context():
            assert running.wait(found.app, job_id, lambda job: True, patience=1).is_open, "the job was over too soon"


def answered(found: Bench, requests: Sequence[bytes]) -> list[float]:
    """Send signings one after the other; return the milliseconds of each."""
    return [running.send(found.port, request) for request in requests]


def entries(found: Bench) -> int:
    """Return the size of the ledger."""
    with found.app.app_context():
        db.session().rollback()
        return int(db.session().execute(select(func.max(Payload.index))).scalar_one()) + 1


def slowest_head(found: Bench, first: int) -> float:
    """Return the longest time, in seconds, from an entry of index `first` or later to the head over it."""
    with found.app.app_context():
        db.session().rollback()
        rows = db.session().execute(select(Payload.index, Payload.recorded_at).where(Payload.index >= first)).all()
        heads = db.session().execute(select(Checkpoint.size, Checkpoint.signed_at).order_by(Checkpoint.size)).all()
    waits = [next(at for size, at in heads if size > index) - recorded for index, recorded in rows]
    return max(waits).total_seconds()


def head(documents: int) -> Iterator[str]:
    """Say what this is, and what machine it was."""
    yield f"# {documents:,} lembar as one job"
    yield ""
    yield "Written by `make bench-bulk`. The demonstration's units and invented people, each with a signature of"
    yield "their own; `python -m pakta worker` sets, seals and stores their lembar in a thread beside its ticks, each"
    yield "with a commit that is synced. Documents a second depend on the machine; flat memory and marks do not."
    yield ""
    yield machine()


def tables(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Write what was measured."""
    yield from ("", "## The job", "")
    yield "| database | documents | seconds | documents a second | MiB at the peak, worker |"
    yield "|---|---|---|---|---|"
    for outcome in outcomes:
        for job in outcome.jobs:
            figures = f"{job.documents:,} | {job.seconds:.0f} | **{job.rate:.1f}** | {job.peak:.0f}"
            yield f"| {NAMES[outcome.name]} | {figures} |"
    yield from ("", "## The download", "")
    yield "Streamed by gunicorn with one process, read on the loopback; tested by `unzip -t` and Python's zipfile."
    yield ""
    yield "| database | files | MB | seconds | MiB at the peak, server | `unzip -t` |"
    yield "|---|---|---|---|---|---|"
    for outcome in outcomes:
        for each in outcome.zips:
            figures = f"{each.files:,} | {each.size / 1e6:.0f} | {each.seconds:.1f} | {each.peak:.0f} | {each.tested}"
            yield f"| {NAMES[outcome.name]} | {figures} |"
    yield from killed(outcomes)
    yield from signed(outcomes)


def killed(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Write how the job went whose worker was killed."""
    yield from ("", "## kill -9", "")
    yield "The worker is killed twice at a random moment, and another goes on once the lease of the dead one is over"
    yield "(20 s). Whole: every document is stored, none failed, and the job counts each once."
    yield ""
    yield "| database | stored at the kills | seconds in all | whole | stored ones that changed |"
    yield "|---|---|---|---|---|"
    for outcome in outcomes:
        at = ", ".join(f"{each:,}" for each in outcome.killed)
        whole = "yes" if outcome.whole else "**no**"
        yield f"| {NAMES[outcome.name]} | {at} | {outcome.took:.0f} | {whole} | {outcome.sealed_anew} |"


def signed(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Write what signing felt of it."""
    yield from ("", "## Signing meanwhile", "")
    yield f"{SIGNINGS} signings one after the other, each from request to answer; the longest time from an entry to a"
    yield f"signed head over it ({HEAD:.0f} s are allowed)."
    yield ""
    yield "| database | worker | median, ms | 1 in 20, ms | longest to a head, s |"
    yield "|---|---|---|---|---|"
    for outcome in outcomes:
        for what, each in zip(("idle", "on a job"), outcome.signings, strict=True):
            yield f"| {NAMES[outcome.name]} | {what} | {each.median:.1f} | {each.slow:.1f} | {each.head:.1f} |"


def missed(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Name every mark that was missed."""
    yield from ("", "## Marks", "")
    yield f"Memory of worker and server at most {FLAT} times at the larger size; a head within {HEAD:.0f} s; a"
    yield f"signing's median at most {HURT:.0f} times as long; whole after kills, nothing sealed anew."
    yield ""
    found = [f"{NAMES[outcome.name]}: {line}" for outcome in outcomes for line in misses(outcome)]
    yield from [f"- **Missed**, {line}" for line in found] or ["All are reached."]


def misses(outcome: Outcome) -> Iterator[str]:
    """Say what missed its mark."""
    for what, (few, many) in (("worker", outcome.jobs), ("server", outcome.zips)):  # type: ignore[misc]
        if many.peak > FLAT * few.peak:
            yield f"memory of the {what}: {few.peak:.0f} MiB, then {many.peak:.0f}"
    idle, busy = outcome.signings
    if max(idle.head, busy.head) > HEAD:
        yield f"a head took {max(idle.head, busy.head):.1f} s"
    if busy.median > HURT * idle.median:
        yield f"signings took {busy.median / idle.median:.1f} times as long"
    if not outcome.whole or outcome.sealed_anew:
        yield "the killed job is not whole, or sealed something anew"
    if any(each.tested != "good" for each in outcome.zips):
        yield "unzip complains"


def told(line: str) -> None:
    """Say how far we are."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
