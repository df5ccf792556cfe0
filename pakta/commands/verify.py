"""Checking an address or a file."""

from __future__ import annotations

import sys

import click

from pakta import config as configuration
from pakta.verification import command as verification
from pakta.verification import telling
from pakta.web import clock


@click.command()
@click.argument("target")
@click.option("--dari", "source", help="Take key set, status list and ledger from this origin instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(target: str, source: str | None, as_json: bool) -> None:
    """Check an ADDRESS or a FILE (PDF, PNG, JPEG, text); exit 0 for the two SAH verdicts only."""
    outcome = verification.verify(target, source=source, config=configuration.from_environment(), now=clock.now())
    click.echo(telling.as_json(outcome, target) if as_json else "\n".join(outcome.lines))
    sys.exit(0 if outcome.good else 1)
