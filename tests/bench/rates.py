"""Rates with real gunicorn on the loopback: a signing against the insert of one row, public data against nothing.

Runs of both routes alternate, so that a slow second of the machine falls on both.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests import databases
from tests.bench import load
from tests.bench.site import Bench, bench
from tests.people import City

CLIENTS = {1: 120, 8: 240}  # how many requests a run has
RUNS = 5
WARM = 80  # of each kind before the first run: every thread of every worker has done all of it
SIGNING = "accept a signature"
PUBLIC = ("/log/checkpoint", "/log/tile/0/000", "/.well-known/pakta-keys.json", "/s/0")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two routes in one run on the same machine: requests a second, and the generator's share of the processor."""

    what: str
    database: str
    clients: int
    rate: float
    bare: float
    generator: float

    @property
    def ratio(self) -> float:
        """Return the share of the bare route's rate that is reached."""
        return self.rate / self.bare


def everything() -> Iterator[Pair]:
    """Measure on SQLite, then on a PostgreSQL that waits for the disk."""
    people = RUNS * sum(CLIENTS.values()) + WARM + 40
    with bench(None, people=people) as found:
        yield from measured(found, "SQLite")
    with databases.cluster(durable=True) as cluster, bench(cluster.create("bench"), people=people) as found:
        yield from measured(found, "PostgreSQL")


def measured(found: Bench, database: str) -> Iterator[Pair]:
    """Yield the pairs of one database."""
    signed = {clients: found.signings(RUNS * count) for clients, count in CLIENTS.items()}
    warming = found.signings(WARM)
    City(found.app).settle()
    with found.served():
        for route in zip(*warming, strict=True):
            load.send(found.port, route, clients=8)
        load.send(found.port, [found.get("/arti")] * 200, clients=8)
        for clients, count in CLIENTS.items():
            runs = [signed[clients][at : at + count] for at in range(0, RUNS * count, count)]
            routes = ([[each[0] for each in run] for run in runs], [[each[1] for each in run] for run in runs])
            yield alternating(found, SIGNING, database, clients, routes)
        for path in PUBLIC if database == "SQLite" else ():
            same = [[found.get(path)] * 1000] * 9
            empty = [[found.get("/bench/kosong")] * 1000] * 9
            yield alternating(found, f"`{path}`", database, 8, (same, empty))


def alternating(
    found: Bench, what: str, database: str, clients: int, routes: tuple[Sequence[list[bytes]], Sequence[list[bytes]]]
) -> Pair:
    """Let two routes take turns; return the medians of their rates."""
    done: tuple[list[load.Run], list[load.Run]] = ([], [])
    for pair in zip(*routes, strict=True):
        for route, requests in enumerate(pair):
            done[route].append(load.send(found.port, requests, clients=clients))
    rate, bare = (statistics.median(run.rate for run in runs) for runs in done)
    own = statistics.median(run.own / run.seconds for run in done[0])
    return Pair(what, database, clients, rate, bare, own)
