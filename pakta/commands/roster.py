"""The roster: people and units."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import select

from pakta import startup
from pakta.accounts import grants
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roster import importing, loading, planning, reordering, unitfiles
from pakta.roster import units as roster_units
from pakta.roster.models import Person, Unit
from pakta.structure import service as structure
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


@roster.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def roster_load(file: Path) -> None:
    """Load an empty roster from a CSV file of any length (commas, UTF-8); on PostgreSQL by COPY."""
    app = startup.open_app()
    pepper = startup.wired_of(app).keyring.pepper
    try:
        with app.app_context(), transaction() as session, file.open(encoding="utf-8-sig", newline="") as lines:
            people = loading.load(session, lines=lines, now=clock.now(), pepper=pepper)
    except loading.WrongError as wrong:
        for line in importing.error_lines(wrong.errors, wording.sentence):
            click.echo(line)
        sys.exit(1)
    except UnicodeDecodeError as error:
        raise startup.stop(Refusal(Reason.ROSTER_ENCODING)) from error
    except ValueError as error:
        raise click.ClickException("Roster sudah berisi. Pakai roster import.") from error
    click.echo(f"{people} orang dimuat.")


@roster.command("units")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--town", default=roster_units.TOWN, show_default=True, help="The place that statements name.")
@click.option("--marked", multiple=True, help="Code of an institution that carries no names (TNI, Polri).")
def roster_load_units(file: Path, town: str, marked: tuple[str, ...]) -> None:
    """Load the tree of units from a file, CSV or Excel.

    Columns: code,name,short_name,kind,parent,institution and, where wanted, valid_from,valid_until.
    """
    app = startup.open_app()
    codes = frozenset(marked) or roster_units.MARKED
    with app.app_context():
        try:
            with transaction() as session:
                planning.lock(session)  # no role is given meanwhile
                rows = unitfiles.read(file.read_bytes())
                differing = roster_units.load_units(session, rows=rows, now=clock.now(), town=town, marked=codes)
            with transaction() as session:  # no counter is held any more: people come before counters
                planning.lock(session)
                grants.set_all_signing(session, now=clock.now())
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
        left = roster_units.left_behind(db.session(), on=clock.today())
    click.echo(f"{len(rows)} unit dibaca, {differing} baru atau berubah.")
    if left:
        where = ", ".join(f"{code} ({count})" for code, count in left.items())
        click.echo(f"Masih ada pegawai di unit yang tidak berlaku hari ini: {where}.")
        click.echo("Gabungkan atau pecah unit itu dengan roster merge atau roster split.")


@roster.command("merge")
@click.argument("codes", nargs=-1, required=True)
@click.option("--into", required=True, help="Code of the unit that takes their people and the units below them.")
def roster_merge(codes: tuple[str, ...], into: str) -> None:
    """Merge units: their people move with a history and sign again, and the old units end."""
    with startup.open_app().app_context():
        try:
            with transaction() as session:
                old, target = [_unit(code) for code in codes], _unit(into)
                done = reordering.merge(session, old=old, into=target, now=clock.now())
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
    _say(done)


@roster.command("split")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def roster_split(code: str, file: Path) -> None:
    """Split a unit: FILE gives each of its people a unit (columns number,unit_code), and the old one ends."""
    with startup.open_app().app_context():
        try:
            with transaction() as session:
                old, now = _unit(code), clock.now()
                places = structure.places(session, unit=old, file=file.read_bytes(), now=now)
                people = session.execute(select(Person.id, Person.number).where(Person.id.in_(places))).all()
                into = {number: places[key] for key, number in people}
                done = reordering.split(session, old=old, into=into, now=now)
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
    _say(done)


def _unit(code: str) -> Unit:
    found = roster_units.by_code(db.session(), code=code)
    if found is None:
        raise Refusal(Reason.UNIT_UNKNOWN, code[:40])
    return found


def _say(done: reordering.Reordered) -> None:
    click.echo(f"{done.people} orang berpindah. {done.signed} di antaranya sudah menandatangani dan diminta lagi.")
    click.echo("Sertifikat yang sudah terbit tidak berubah. Peran atas unit lama tidak ikut pindah.")
