"""Filling the demonstration city."""

from __future__ import annotations

import click

from pakta import startup
from pakta.core.errors import Refusal


@click.command()
@click.option("--people", default=3500, show_default=True, help="How many invented people.")
@click.option("--signed", default=2400, show_default=True, help="How many of them have signed.")
@click.option("--seed", default=1, show_default=True)
def demo(people: int, signed: int, seed: int) -> None:
    """Fill the demonstration city, and print its accounts, addresses and certificate numbers."""
    from pakta.demonstration import city

    app = startup.open_app(demo=True)
    wired = startup.wired_of(app)
    with app.app_context():
        try:
            summary = city.fill(
                people=people,
                signed=signed,
                seed=seed,
                keyring=wired.keyring,
                config=wired.config,
                say=click.echo,
            )
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
        startup.settle(app)
        city.keep_summary(summary, config=wired.config)
    click.echo(summary)
