"""Pact texts."""

from __future__ import annotations

from pathlib import Path

import click

from pakta import startup
from pakta.core.errors import Refusal
from pakta.database import transaction
from pakta.editions import service as editions
from pakta.web import clock


@click.group()
def edition() -> None:
    """Publish pact texts."""


@edition.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def edition_publish(file: Path) -> None:
    """Publish the pact text in a TOML file; once published it never changes."""
    app = startup.open_app()
    with app.app_context():
        try:
            with transaction() as session:
                row = editions.publish_file(session, content=file.read_bytes(), now=clock.now())
                said = f"Naskah {row.code} terbit, sidik {row.text_sha256}, urutan {row.ledger_index} di buku catatan"
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
        startup.settle(app)
    click.echo(f"{said}.")
