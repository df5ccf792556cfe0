"""The roster: people and units."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pakta import startup
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.roster import importing
from pakta.roster import units as roster_units
from pakta.web import clock, wording


@click.group()
def roster() -> None:
    """Read the roster of people."""


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
def roster_import(file: Path, dry_run: bool) -> None:
    """Import people from a CSV or Excel file; any error in any row, and nothing is written."""
    app = startup.open_app()
    with app.app_context(), transaction() as session:
        report = importing.import_roster(
            session,
            content=file.read_bytes(),
            now=clock.now(),
            pepper=startup.wired_of(app).keyring.pepper,
            dry_run=dry_run,
        )
    for line in report.lines(wording.sentence):
        click.echo(line)
    sys.exit(1 if report.errors else 0)


@roster.command("units")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--town", default=roster_units.TOWN, show_default=True, help="The place that statements name.")
@click.option("--marked", multiple=True, help="Code of an institution that carries no names (TNI, Polri).")
def roster_load_units(file: Path, town: str, marked: tuple[str, ...]) -> None:
    """Load the tree of units from a CSV file.

    Columns: code,name,short_name,kind,parent,institution and, where wanted, valid_from,valid_until.
    """
    app = startup.open_app()
    codes = frozenset(marked) or roster_units.MARKED
    with app.app_context():
        try:
            with transaction() as session:
                rows = roster_units.read(file.read_bytes())
                differing = roster_units.load_units(session, rows=rows, now=clock.now(), town=town, marked=codes)
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
        left = roster_units.left_behind(db.session(), on=clock.today())
    click.echo(f"{len(rows)} unit dibaca, {differing} baru atau berubah.")
    if left:
        where = ", ".join(f"{code} ({count})" for code, count in left.items())
        click.echo(f"Masih ada pegawai di unit yang tidak berlaku hari ini: {where}. Pindahkan dengan roster import.")
