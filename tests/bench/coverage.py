"""Measure the views of coverage in a country and write docs/measurements-coverage.md: `make bench-coverage`.

python -m tests.bench.coverage [--people N] [--units N] [--database sqlite|postgresql|both] [--print]

A quarter of an hour; progress is on stderr.  8 GB of disk under TMPDIR for a while.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from pakta.accounts import sessions
from pakta.accounts.models import Account, RoleGrant
from pakta.config import ROOT
from pakta.coverage import publishing
from pakta.coverage.models import PublicPicture
from pakta.custody import counting
from pakta.database import db, transaction
from pakta.editions.models import Edition
from pakta.objections import counting as objecting
from pakta.roles import Role
from pakta.roster import units
from pakta.web import clock
from tests import databases, make
from tests.bench import country
from tests.bench.__main__ import machine
from tests.bench.country import Size
from tests.bench.ledger import NAMES, place
from tests.bench.scale import both_times, settle, told

TARGET = ROOT / "docs" / "measurements-coverage.md"
PEOPLE, UNITS = 5_000_000, 60_000
SMALLER = 10  # times: the cost must not grow with people
TIMES, FEW = 30, 5
VIEW, ROWS = 50.0, 1000.0  # milliseconds: the marks of a view, and of 10,000 rows
CODE = "ASN-2026"
TOP, OFFICE, LEAF = "negara", "opd-1", "unit-1"


@dataclass(frozen=True, slots=True)
class View:
    """One page that is measured; `mark` in milliseconds."""

    words: str
    address: str
    mark: float = VIEW
    times: int = TIMES


def views(day: str) -> list[View]:
    """Return what is asked for."""
    return [
        View("a unit of 84 people", f"/cakupan/{LEAF}"),
        View("an office of 10,000 people in 124 units", f"/cakupan/{OFFICE}"),
        View("page 100 of those who have not signed in the whole country", f"/cakupan/{TOP}?halaman=100"),
        View("the whole country, 60 regions beside each other", f"/cakupan/{TOP}"),
        View("an office, civil servants of one kind", f"/cakupan/{OFFICE}?jenis=pppk"),
        View("an office on a past day", f"/cakupan/{OFFICE}?hari={day}"),
        View("the whole country on a past day", f"/cakupan/{TOP}?hari={day}"),
        View("figures of the moment, an office", f"/cakupan/{OFFICE}/kini.json"),
        View("figures of the moment, the country", f"/cakupan/{TOP}/kini.json"),
        View("the supervisor's counts", "/pengawas"),
        View("slips of the country by state", "/slip"),
        View("slips of an office, 10,000 people", f"/slip/unit/{OFFICE}"),
        View("slips of a unit of 84 people", f"/slip/unit/{LEAF}"),
        View("who holds which role", "/peran"),
        View("who holds which role in an office of 124 units", f"/peran?unit={OFFICE}"),
        View("the public's shares", "/cakupan-umum"),
        View("the public's shares day by day", f"/cakupan-umum/{TOP}"),
        View("an office searched by name, 10,000 rows", f"/cakupan/{OFFICE}?cari=orang+12", ROWS, FEW),
        View("an office's list for paper, 2,000 rows", f"/cakupan/{OFFICE}/daftar", ROWS, FEW),
        View("an office as CSV, 10,000 rows", f"/cakupan/{OFFICE}.csv", ROWS, FEW),
        View("an office as XLSX, 10,000 rows", f"/cakupan/{OFFICE}.xlsx", ROWS, FEW),
    ]


@dataclass(slots=True)
class Outcome:
    """Milliseconds of each view (median, and of the processor), by how many people there are."""

    name: str
    load: str
    times: dict[int, dict[str, tuple[float, float]]]


def main(words: Sequence[str]) -> None:
    """Measure on the databases that are wanted, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.coverage")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--units", type=int, default=UNITS)
    parser.add_argument("--database", choices=[*NAMES, "both"], default="both")
    parser.add_argument("--print", action="store_true", help="print only, write nothing")
    wanted = parser.parse_args(words)
    sizes = [Size(wanted.people // SMALLER, wanted.units), Size(wanted.people, wanted.units)]
    outcomes = []
    for name in NAMES if wanted.database == "both" else [wanted.database]:
        outcomes.append(measure(name, sizes))
        told("\n" + "\n".join(table(outcomes[-1])))
    lines = [*head(sizes[-1]), *(line for each in outcomes for line in table(each))]
    print("\n".join(lines))
    if not wanted.print:
        TARGET.write_text("\n".join(lines) + "\n")


def measure(name: str, sizes: Sequence[Size]) -> Outcome:
    """Build a country of each size in a database of its own, and measure every view."""
    begun, times = os.getloadavg()[0], {}
    for size in sizes:
        with place(name) as found:
            app = make.app(make.config(found.url, found.folder / "keys"))
            databases.make_tables(app)
            told(f"{NAMES[name]}: building {size.people:,} people in {size.units:,} units")
            with app.app_context():
                _build(size)
            times[size.people] = dict(_measured(app))
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
    return Outcome(name, f"{begun:.1f} to {os.getloadavg()[1]:.1f}", times)


def _build(size: Size) -> None:
    today, now = clock.today(), clock.now()
    with transaction() as session:
        opens = today - timedelta(days=country.DAYS)
        session.add(
            Edition(
                code=CODE, title="Pakta", audience=["pns", "pppk"], opens_on=opens,
                closes_on=today + timedelta(days=30), text=b"{}", text_sha256="0" * 64, ledger_index=0,
                published_at=now - timedelta(days=country.DAYS),
            )
        )  # fmt: skip
    with transaction() as session:
        country.build(session.connection(), size=size, edition=CODE, today=today)
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
    settle()
    with transaction() as session:
        counting.keep(session, counting.count_all(session, now=now), now=now)
        objecting.keep(session, objecting.count_all(session, now=now), now=now)
        publishing.take(session, now=now)
        picture = session.query(PublicPicture).one()
        for day in range(1, country.DAYS):
            taken_on = today - timedelta(days=day)
            session.add(
                PublicPicture(taken_on=taken_on, editions=picture.editions, institutions=picture.institutions)
            )
    settle()


def _measured(app: Flask) -> Iterator[tuple[str, tuple[float, float]]]:
    heads, supervisor = visitor(app, Role.ADMINISTRATOR, 1), visitor(app, Role.SUPERVISOR, 2)
    day = (clock.today() - timedelta(days=10)).isoformat()
    for view in views(day):
        client = supervisor if view.address == "/pengawas" else heads
        took = [_asked(client, view.address) for _ in range(view.times + 1)][1:]  # the first one compiles
        middle, busy = (statistics.median(each) for each in zip(*took, strict=True))
        told(f"{middle:8.1f} ms, {busy:.1f} of our processor  {view.words}")
        yield view.words, (middle, busy)


def _asked(client: FlaskClient, address: str) -> tuple[float, float]:
    replies = []
    took = both_times(lambda: replies.append(client.get(address)))
    assert replies[0].status_code == 200, (address, replies[0].status_code)
    return took


def visitor(app: Flask, role: Role, person_id: int) -> FlaskClient:
    """Return a client signed in with a role over the whole country."""
    client, now = app.test_client(), clock.now()
    with app.app_context(), transaction() as session:
        unit = units.by_code(session, code=TOP)
        assert unit is not None
        account = Account(person_id=person_id, user_handle=secrets.token_bytes(32), created_at=now)
        session.add(account)
        session.flush()
        session.add(RoleGrant(account_id=account.id, role=role.value, unit_id=unit.id, granted_at=now))
        token = sessions.open(session, account=account, now=now).get_id()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return client


def head(size: Size) -> Iterator[str]:
    """Say what was measured, and how to measure again."""
    yield "# Measurements of coverage"
    yield ""
    yield "Written by `make bench-coverage`. A country made in SQL: one institution,"
    yield f"{country.REGIONS} regions, {country.OFFICES} offices, the other units below them; {country.SHARE} % have"
    yield f"signed over {country.DAYS} days, one in {country.EXCUSED} is excused, one in {country.OBJECT} objects."
    yield "Whole requests in one process, from the route to the bytes of the page, with the line in the access log;"
    yield f"beside them the processor's time of this process. The marks: {VIEW:.0f} ms a view, {ROWS:.0f} ms where"
    yield f"thousands of rows are read, at {size.people:,} people in {size.units:,} units."
    yield ""
    yield machine()
    yield ""


def table(outcome: Outcome) -> Iterator[str]:
    """Return one database's table."""
    yield f"## {NAMES[outcome.name]}"
    yield ""
    yield f"Load of the machine: {outcome.load}."
    yield ""
    counts = list(outcome.times)
    yield "| view | " + " | ".join(f"{count:,} people: median, processor (ms)" for count in counts) + " | mark |"
    yield "|---|" + "---|" * (len(counts) + 1)
    for view in views(""):
        found = [outcome.times[count][view.words] for count in counts]
        missed = "" if found[-1][0] <= view.mark else " **missed**"
        cells = " | ".join(f"{middle:.1f}, {busy:.1f}" for middle, busy in found)
        yield f"| {view.words} | {cells} | {view.mark:.0f}{missed} |"
    yield ""


if __name__ == "__main__":
    main(sys.argv[1:])
