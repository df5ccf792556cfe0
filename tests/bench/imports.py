"""Measure imports of people and write docs/measurements-import.md: `make bench-import`.

python -m tests.bench.imports [--rows N] [--load N] [--database sqlite|postgresql|both] [--print]

Each import stands beside a bare insert of the same rows in one transaction, so that a machine that others use tells
something too.  Seconds are of the clock, and in brackets of this process's own processor time.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import delete, insert, select

from pakta import keyring
from pakta.config import ROOT
from pakta.database import db, transaction
from pakta.roster import counters, importing, loading, units
from pakta.roster.models import Person, Unit
from pakta.web import clock
from tests import databases, make
from tests.bench.__main__ import machine
from tests.imports.office import Office
from tests.people import HEADER

TARGET = ROOT / "docs" / "measurements-import.md"
ROWS, LOAD, MARK = 100_000, 500_000, 60.0
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
Line = tuple[str, ...]


def invented(codes: Sequence[str], position: str = "Analis") -> Iterator[Line]:
    """Yield people without end, spread over the units; none is anybody's."""
    for at in range(10_000_000):
        day, month, year = at % 28 + 1, at // 28 % 12 + 1, 1961 + at // 336 % 44
        start, serial = year + 18 + at // 14784 % 3, at // 44352 + 700
        number = f"{year}{month:02}{day:02}{start}{month:02}{1 + serial // 1000 % 2}{serial % 999 + 1:03}"
        yield (number, "pns", f"Orang Ke {at}", "Penata, III/c", position, codes[at % len(codes)], "aktif", "", "")


def as_csv(lines: Iterator[Line]) -> bytes:
    """Return a file of these lines."""
    out = io.StringIO()
    csv.writer(out).writerows([HEADER, *lines])
    return out.getvalue().encode()


def took(work: Callable[[], object]) -> tuple[float, str]:
    """Do some work; return its seconds, and them in words."""
    begun, spent = time.monotonic(), time.process_time()
    work()
    seconds = time.monotonic() - begun
    return seconds, f"{seconds:.1f} s ({time.process_time() - spent:.1f} s)"


def codes_of(app: Flask) -> list[str]:
    """Return the units of the city's own institution."""
    with app.app_context():
        return list(db.session().scalars(select(Unit.code).where(Unit.path.like("/1/%"))))


def bare(app: Flask, rows: int) -> None:
    """Insert as many rows into people, and take them away again."""
    values: list[dict[str, Any]] = [
        {
            "unit_id": 2 + at % 50, "kind": "pns", "signs_as": "pns", "number": f"x{at}", "number_lookup": b"%d" % at,
            "name": f"Orang Ke {at}", "demo": True, "changed_at": clock.now(),
        }
        for at in range(rows)
    ]  # fmt: skip
    with app.app_context(), transaction() as session:
        session.execute(insert(Person), values)


def measured(app: Flask, rows: int) -> list[tuple[str, str, str]]:
    """Return name, time and ratio of each way, on an empty database of `app`."""
    office, codes, found = Office(app).build("ani", "dewi"), codes_of(app), []
    app.config["WTF_CSRF_ENABLED"] = False
    plain, told = took(lambda: bare(app, rows))
    found.append((f"bare insert of {rows:,}", told, "1"))
    with app.app_context(), transaction() as session:
        session.execute(delete(Person).where(Person.number.like("x%")))
    new, changed = (as_csv(islice(invented(codes, position), rows)) for position in ("Analis", "Penyuluh"))

    def command(content: bytes) -> None:
        with app.app_context(), transaction() as session:
            done = importing.import_roster(
                session,
                content=content,
                now=clock.now(),
                pepper=office.wired.keyring.pepper,
                dry_run=False,
                demo=True,
            )
        assert not done.errors, done.errors[:3]
        assert done.new == rows or done.changed == rows, (done.new, done.changed)

    def web() -> None:
        lines = [list(line) for line in islice(invented(codes, "Perencana"), rows)]
        import_id = office.bring(lines)
        office.send(import_id, "terapkan")
        assert office.state(import_id) == ("diterapkan", 0, rows, 0, 0)

    for name, work in (
        ("command, all new", lambda: command(new)), ("command, all changed", lambda: command(changed)),
        ("web: upload, check, check again and write, all changed", web),
    ):  # fmt: skip
        seconds, told = took(work)
        found.append((f"{name}, {rows:,}", told, f"{seconds / plain:.1f}"))
        print(found[-1], flush=True)
    with app.app_context():
        assert counters.check(db.session()) == []
    return found


def loaded(app: Flask, rows: int) -> tuple[str, str, str]:
    """Load the roster of a database of its own that holds the city's units alone, after a bare insert."""
    with app.app_context(), transaction() as session:
        units.load_own(session, now=clock.now())
    few = min(rows, ROWS)
    plain, _ = took(lambda: bare(app, few))
    with app.app_context(), transaction() as session:
        session.execute(delete(Person))
    codes, pepper = codes_of(app), app.extensions["pakta"].keyring.pepper
    lines = (",".join(f'"{cell}"' for cell in line) + "\n" for line in (HEADER, *islice(invented(codes), rows)))
    with app.app_context():

        def load() -> None:
            with transaction() as session:
                loading.load(session, lines=lines, now=clock.now(), pepper=pepper, demo=True)

        seconds, told = took(load)
        assert counters.check(db.session()) == []
    found = (
        f"first load of {rows:,}",
        f"{told}, {rows / seconds:,.0f} a second",
        f"{seconds / rows / (plain / few):.1f}",
    )
    print(found, flush=True)
    return found


def report(tables: dict[str, list[tuple[str, str, str]]]) -> str:
    """Return what is written."""
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    said = f"By `make bench-import`: {machine()}; load averages at its end {busy}."
    mark = f"The mark is {MARK:.0f} s for {ROWS:,} rows on a machine that does nothing else."
    ratio = (
        "In brackets: processor time of the process that works, without the database's. Ratio: times the bare insert"
        " of as many rows on the same database just before."
    )
    lines = ["# Imports of people, measured", "", said, mark, "", ratio]
    for database, rows in tables.items():
        lines += ["", f"## {NAMES[database]}", "", "| what | time | ratio |", "|---|---|---|"]
        lines += [f"| {name} | {told} | {ratio} |" for name, told, ratio in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--load", type=int, default=LOAD)
    parser.add_argument("--database", choices=[*NAMES, "both"], default="both")
    parser.add_argument("--print", action="store_true")
    asked = parser.parse_args()
    tables = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pakta-bench-")))
        keyring.create(folder / "private", host="localhost:5000", city="Kota Mojokerto")
        keys = keyring.load(folder / "private")
        for database in NAMES if asked.database == "both" else (asked.database,):
            urls = [f"sqlite:///{folder / name}" for name in ("impor", "muat")]
            if database == "postgresql":
                cluster = stack.enter_context(databases.cluster(durable=True))
                urls = [cluster.create(name) for name in ("impor", "muat")]
            apps = [make.app(make.config(url, folder / "private"), keys=keys) for url in urls]
            for app in apps:
                databases.make_tables(app)
            tables[database] = [*measured(apps[0], asked.rows), loaded(apps[1], asked.load)]
            for app in apps:
                databases.leave(app)
    text = report(tables)
    if not asked.print:
        TARGET.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
