"""Erasing a person's data (UU PDP)."""

from __future__ import annotations

import glob
from pathlib import Path

import click
from flask import Flask

from pakta import startup
from pakta.certificates import service as certificates
from pakta.core.errors import Reason, Refusal
from pakta.database import db, sweep, transaction
from pakta.erasure import belongings
from pakta.erasure import service as erasure
from pakta.roster import rules as roster_rules
from pakta.roster import service as roster
from pakta.roster.models import Person
from pakta.web import clock


@click.command()
@click.argument("number", required=False)
@click.option("--yes", is_flag=True, help="Do not ask for the number a second time.")
@click.option("--sweep", "only_sweep", is_flag=True, help="Erase nobody: clean the files once more.")
def erase(number: str | None, yes: bool, only_sweep: bool) -> None:
    """Erase the person with this NUMBER from everything that is held here; it cannot be undone."""
    if (number is None) is not only_sweep:
        raise click.UsageError("Tulis satu nomor, atau --sweep saja.")
    app = startup.open_app()
    with app.app_context():
        if number is not None:
            try:
                _erase(app, number, yes=yes)
            except Refusal as refusal:
                raise startup.stop(refusal) from refusal
        _sweep()


def _erase(app: Flask, number: str, *, yes: bool) -> None:
    pepper = startup.wired_of(app).keyring.pepper
    _confirm(_person(number, pepper), yes=yes)
    with transaction() as session:
        done = erasure.erase(session, person=_person(number, pepper), now=clock.now(), pepper=pepper)
    click.echo(f"Datanya sudah dihapus: {done.certificates} sertifikat, isi dari {done.entries} catatan.")
    click.echo("Cadangan yang dibuat sebelum ini masih memuat datanya; hapus cadangan itu menurut jadwal Anda.")
    for path in _set_aside():
        click.echo(f"Basis data lama dari sebuah pemulihan dapat memuatnya; hapus bila tidak perlu: {path}")


def _person(number: str, pepper: roster_rules.Pepper) -> Person:
    person = roster.person_by_number(db.session(), number=number, pepper=pepper)
    if person is None:
        raise Refusal(Reason.NOTHING_TO_ERASE)
    return person


def _confirm(person: Person, *, yes: bool) -> None:
    held = len(certificates.of_person(db.session(), person_id=person.id))
    click.echo(f"{person.name}, {person.unit.name}: {held} sertifikat.")
    click.echo("Semua datanya akan dihapus untuk selamanya. Sertifikat yang sudah dibagikan tetap dapat diperiksa.")
    if yes:
        return
    again = click.prompt("Ketik nomornya sekali lagi", hide_input=True)
    if roster_rules.plain(again) != person.number:
        raise click.ClickException("Nomornya tidak sama. Tidak ada yang dihapus.")


def _set_aside() -> list[Path]:
    """Return the SQLite databases that a restore has set aside beside ours."""
    url = db.engine.url
    if url.get_backend_name() != "sqlite" or not url.database:
        return []
    path = Path(url.database)
    return sorted(path.parent.glob(f"{glob.escape(path.name)}.sebelum-*"))


def _sweep() -> None:
    if not sweep(belongings.SWEPT):
        raise click.ClickException(
            "Sisa data yang dihapus masih ada di berkas basis data, karena basis data sedang dibaca. "
            "Jalankan `python -m pakta erase --sweep` pada saat sepi."
        )
    click.echo("Berkas basis data sudah dibersihkan dari sisa data yang dihapus.")
