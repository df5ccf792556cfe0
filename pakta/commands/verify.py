"""Checking an address or a file."""

from __future__ import annotations

import sys

import click

from pakta import config as configuration
from pakta.verification import command as verification
from pakta.web import clock


@click.command()
@click.argument("target")
@click.option("--dari", "source", help="Take key set, status list and ledger from this origin instead.")
def verify(target: str, source: str | None) -> None:
    """Check an ADDRESS or a FILE (PDF, PNG, JPEG, text); exit 0 for the two SAH verdicts only."""
    outcome = verification.verify(target, source=source, config=configuration.from_environment(), now=clock.now())
    for line in outcome.lines:
        click.echo(line)
    sys.exit(0 if outcome.good else 1)
