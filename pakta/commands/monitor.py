"""Holding a city to its ledger, from outside: runs where only the core's libraries and click are installed."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from pakta.core import policy as policies
from pakta.core.errors import Refusal
from pakta.core.policy import Policy
from pakta.monitor import service, told, tree
from pakta.monitor.findings import Unread, Word
from pakta.monitor.service import Report, Wishes
from pakta.monitor.site import LIMIT, PATIENCE, Site

GOOD, LIED, UNREAD = 0, 1, 2  # exit codes
PAUSE = 2.0  # seconds
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("url")
@click.option("--once", is_flag=True, help="One run; so it is without --every, too.")
@click.option("--every", type=click.FloatRange(min=1), help="Run again after so many seconds.")
@click.option("--state", "state_path", type=FILE, help="Where the last good run is kept (pakta-monitor-HOST.json).")
@click.option("--vkey", help="The log's verifier key; else the one of the first run is kept.")
@click.option("--policy", "policy_path", type=FILE, help="C2SP tlog-policy: which witnesses must have cosigned.")
@click.option("--full", is_flag=True, help="Read the whole ledger again.")
@click.option("--most", type=click.IntRange(min=1), default=tree.MOST, help="Entries that a run reads at most.")
@click.option("--enrolments", type=FILE, help="Export of `ledger enrolments`; reads the whole ledger.")
@click.option("--roster", type=FILE, help="CSV of the institution's people; with --enrolments.")
@click.option("--receipts", type=FILE, help="CSV of slips handed over against a receipt; with --enrolments.")
@click.option("--erased", type=FILE, help="Indexes of erasures that the institution knows of; with --enrolments.")
@click.option("--known", "known_path", type=FILE, help="Findings that you know of, `WORD WHERE` a line: shown only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a run.")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=PATIENCE, help="Seconds a file.")
@click.option("--limit", type=click.FloatRange(min=0.1), default=LIMIT, help="Seconds a run (3600).")
def monitor(
    url: str,
    once: bool,
    every: float | None,
    state_path: Path | None,
    vkey: str | None,
    policy_path: Path | None,
    full: bool,
    most: int,
    enrolments: Path | None,
    roster: Path | None,
    receipts: Path | None,
    erased: Path | None,
    known_path: Path | None,
    as_json: bool,
    timeout: float,
    limit: float,
) -> None:
    """Follow the ledger at URL; exit 0 if all agrees, 1 with findings, 2 if nothing could be concluded."""
    if once and every:
        raise click.UsageError("Pilih --once atau --every.")
    if enrolments is None and (roster or receipts or erased):
        raise click.UsageError("--roster, --receipts dan --erased memerlukan --enrolments.")
    while True:
        try:
            wishes = Wishes(
                vkey=vkey,
                rules=_policy(policy_path),
                full=full,
                most=most,
                known=service.known(known_path) if known_path else frozenset(),
                lists=service.lists(export=enrolments, roster=roster, receipts=receipts, erased=erased)
                if enrolments
                else None,
            )
            code = _run(Site(url, patience=timeout, limit=limit), wishes, state_path, as_json=as_json)
        except Unread as unread:
            code = _unread(unread, as_json=as_json)
        if every is None or code == LIED:
            sys.exit(code)
        time.sleep(every)


def _run(site: Site, wishes: Wishes, path: Path | None, *, as_json: bool) -> int:
    path = path or Path(f"pakta-monitor-{site.host.replace(':', '-')}.json")
    try:
        report = service.once(site, path=path, wishes=wishes, now=datetime.now(UTC), pause=lambda: time.sleep(PAUSE))
    finally:
        site.close()
    _show(report, as_json=as_json)
    return GOOD if report.good else LIED


def _show(report: Report, *, as_json: bool) -> None:
    for line in [told.as_json(report)] if as_json else told.lines(report):
        click.echo(line)


def _unread(unread: Unread, *, as_json: bool) -> int:
    if as_json:
        click.echo(told.unread_as_json(unread.finding))
    else:
        click.echo(told.sentence(unread.finding), err=True)
        click.echo("Tidak ada yang disimpulkan; keadaan tidak berubah.", err=True)
    return UNREAD


def _policy(path: Path | None) -> Policy | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return policies.parse(file.read(policies.LONGEST + 1))
    except OSError as error:
        raise Unread(Word.FILE_UNREADABLE, str(path), error.strerror or "") from error
    except Refusal as refusal:
        raise Unread(Word.FILE_UNREADABLE, str(path), refusal.detail) from refusal
