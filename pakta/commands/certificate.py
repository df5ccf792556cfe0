"""A certificate: showing it, its files, its status."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask

from pakta import startup
from pakta.accounts import service as accounts
from pakta.certificates import filing
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import number as numbers
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.disputes import service as disputes
from pakta.web import clock, display


@click.command()
@click.argument("number")
@click.option("--pdf", type=click.Path(dir_okay=False, path_type=Path), help="Write the sealed lembar here.")
@click.option("--png", type=click.Path(dir_okay=False, path_type=Path), help="Write the card here.")
@click.option("--revoke", type=click.Choice([item.value for item in ReasonClass]), help="Class of reason.")
@click.option("--suspend", is_flag=True)
@click.option("--reinstate", is_flag=True)
def certificate(
    number: str, pdf: Path | None, png: Path | None, revoke: str | None, suspend: bool, reinstate: bool
) -> None:
    """Show a certificate, write its files, or change its status."""
    if sum((bool(revoke), suspend, reinstate)) > 1:
        raise click.UsageError("Pilih satu saja: --revoke, --suspend atau --reinstate.")
    app = startup.open_app()
    with app.app_context():
        try:
            _change_certificate(app, number, revoke=revoke, suspend=suspend, reinstate=reinstate)
            _show_certificate(app, number, {"lembar": pdf, "kartu": png})
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal


def _change_certificate(app: Flask, number: str, *, revoke: str | None, suspend: bool, reinstate: bool) -> None:
    if not (revoke or suspend or reinstate):
        return
    wired = startup.wired_of(app)
    now, keyring, config = clock.now(), wired.keyring, wired.config
    with transaction() as session:
        row = certificates.require(session, text=number)
        if reinstate:
            disputes.reinstate(session, row=row, now=now, keyring=keyring, config=config)
        else:
            status = Status.REVOKED if revoke else Status.SUSPENDED
            reason = ReasonClass(revoke) if revoke else ReasonClass.ADMINISTRATIVE
            certificates.change_status(
                session, row=row, status=status, reason=reason, now=now, keyring=keyring, config=config
            )
        accounts.record(
            session,
            account_id=None,  # who has the machine's shell; which of them, its own log says
            action="perintah-status",
            person_id=row.person_id,
            unit_id=row.person.unit_id,
            detail=f"{Status(row.status).name.lower()}, {row.status_class}",
            now=now,
        )
    startup.settle(app)


def _show_certificate(app: Flask, number: str, files: dict[str, Path | None]) -> None:
    wired = startup.wired_of(app)
    row = certificates.require(db.session(), text=number)
    words = {Status.VALID: "berlaku", Status.REVOKED: "dicabut", Status.SUSPENDED: "ditangguhkan"}
    told = words[Status(row.status)]
    if row.status != Status.VALID and row.status_at:
        told += f" sejak {display.moment(row.status_at)}, alasan: {display.reason_class(row.status_class)}"
    click.echo(f"Sertifikat {numbers.spoken(row.number)}: {told}")
    who = "1 anggota" if row.unit.institution.marked else row.person.name
    click.echo(f"Pemilik     {who}, {row.unit.name}")
    click.echo(f"Alamat QR   {certificates.address(row, config=wired.config)}")
    for kind, path in files.items():
        if path is None:
            continue
        content = filing.file_of(
            row, kind=kind, display=display.moment, now=clock.now(), keyring=wired.keyring, config=wired.config
        )
        try:
            path.write_bytes(content)
        except OSError as error:
            raise click.ClickException(
                f"{path} tidak dapat ditulis ({error.strerror}). Pilih tempat lain."
            ) from error
        click.echo(f"Ditulis     {path}")
