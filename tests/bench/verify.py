"""Measure what a verdict needs against an empty route and write docs/measurements-verify.md: `make bench-verify`.

python -m tests.bench.verify [--requests N] [--runs N] [--people N] [--print]

Five minutes on a machine that does nothing else.  The two routes of a pair take turns in one run of one server.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from tests.bench import load, qrpage, section
from tests.bench.rates import Pair, alternating
from tests.bench.site import Bench, bench
from tests.people import City

EMPTY = "/bench/kosong"
MARK = 0.7  # of the empty route's rate
REQUESTS, RUNS, CLIENTS = 2000, 9, 8
PEOPLE = 300  # who sign first: two entries each, so that the first tile of hashes is full
ROUTES = {
    "/log/checkpoint": "the ledger's head",
    "/log/tile/0/000": "a tile of 256 hashes",
    "/.well-known/pakta-keys.json": "the key set",
    "/s/0": "the status list",
    "/s/0/alasan": "day and class of all that was revoked",
    "/v": "the shell of the QR's page",
    "/api/v1/coverage": "the public's shares",
}
NEEDED = 4  # the first of these are what a verdict needs; the others are told beside them


def main(words: Sequence[str]) -> int:
    """Measure, print, and write the table unless told otherwise; 1 where the mark is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.verify")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--print", action="store_true", help="print only, write nothing")
    wanted = parser.parse_args(words)
    begun = os.getloadavg()[1]
    with bench(None, people=wanted.people * 2) as found:
        City(found.app).settle()
        pairs = list(measured(found, people=wanted.people, requests=wanted.requests, runs=wanted.runs))
    lines = [*head(wanted, begun), *table(pairs), *missed(pairs)]
    print("\n".join(lines))
    if not wanted.print:
        section.TARGET.write_text("\n".join(lines) + "\n" + section.kept(qrpage.HEADING))
    return int(bool(missed(pairs)))


def measured(found: Bench, *, people: int, requests: int, runs: int) -> Iterator[Pair]:
    """Let people sign, then yield each route beside the empty one."""
    signings = [signing for signing, _bare in found.signings(people)]
    with found.served():
        load.send(found.port, signings, clients=CLIENTS)
        City(found.app).settle()
        for path in (EMPTY, *ROUTES):
            load.send(found.port, [found.get(path)] * (CLIENTS * 10), clients=CLIENTS)
        for path in ROUTES:
            routes = [[found.get(path)] * requests] * runs, [[found.get(EMPTY)] * requests] * runs
            yield alternating(found, path, "SQLite", CLIENTS, routes)


def head(wanted: argparse.Namespace, begun: float) -> Iterator[str]:
    """Say what was measured and on what machine."""
    yield "# Measurements of verification"
    yield ""
    yield "Written by `make bench-verify`. Ratios count, other machines differ: each route and the empty one take"
    yield f"turns in one server (gunicorn as `serve` starts it, SQLite, {CLIENTS} clients), {wanted.runs} runs of"
    yield f"{wanted.requests} requests each, medians. {wanted.people} people have signed. The generator runs on the"
    yield "same cores; its share is what it used of one."
    yield "No proxy stands before it: with one that caches, what is asked for again does not reach Pakta at all."
    yield ""
    yield from section.measured_on(begun)


def table(pairs: Sequence[Pair]) -> Iterator[str]:
    """Write a line a route."""
    yield f"What a verdict needs must reach {MARK:.0%} of an empty route; the others are told beside it."
    yield ""
    yield "| route | what | a second | empty route | ratio | generator |"
    yield "|---|---|---|---|---|---|"
    for each in pairs:
        yield (
            f"| `{each.what}` | {ROUTES[each.what]} | {each.rate:.0f} | {each.bare:.0f} | **{each.ratio:.0%}** | "
            f"{each.generator:.0%} |"
        )


def missed(pairs: Sequence[Pair]) -> list[str]:
    """Name what verdicts need and what does not reach the mark."""
    wrong = [f"`{each.what}`" for each in pairs[:NEEDED] if each.ratio < MARK]
    return ["", f"**Missed**: {', '.join(wrong)}."] if wrong else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
