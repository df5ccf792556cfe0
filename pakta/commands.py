"""`python -m pakta …`: every command of the house."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask
from sqlalchemy.orm import Session

from pakta import config as configuration
from pakta import keyring, serve, startup
from pakta.accounts import rules as account_rules
from pakta.accounts import service as accounts
from pakta.accounts import slipqr
from pakta.certificates import documents
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import number as numbers
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.editions import service as editions
from pakta.ledger import service as ledger_service
from pakta.ledger import worker
from pakta.roles import Role
from pakta.roster import importing
from pakta.roster import service as roster_service
from pakta.roster import units as roster_units
from pakta.roster.models import Person, Unit
from pakta.selfcheck import service as selfcheck
from pakta.verification import command as verification
from pakta.verification import release
from pakta.web import Wired, clock, display, wording


@click.group()
def main() -> None:
    """Pakta: neutrality pacts, each signed with a key that only the signer holds."""


@main.command()
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
        startup.sequence(app)
        city.keep_summary(summary, config=wired.config)
    click.echo(summary)


@main.group()
def roster() -> None:
    """Read the roster of people."""


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
def roster_import(file: Path, dry_run: bool) -> None:
    """Import people from a CSV file; any error in any row, and nothing is written."""
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
    """Load the tree of units from a CSV file: code,name,short_name,kind,parent,institution."""
    app = startup.open_app()
    codes = frozenset(marked) or roster_units.MARKED
    with app.app_context():
        try:
            with transaction() as session:
                rows = roster_units.read(file.read_bytes())
                differing = roster_units.load_units(session, rows=rows, now=clock.now(), town=town, marked=codes)
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
    click.echo(f"{len(rows)} unit dibaca, {differing} baru atau berubah.")


@main.command()
@click.argument("number")
def slip(number: str) -> None:
    """Print an activation slip for the person with this NUMBER; the code is shown once, and cancels the old one."""
    app = startup.open_app()
    wired = startup.wired_of(app)
    with app.app_context():
        try:
            with transaction() as session:
                person = _person(session, number, wired)
                code = accounts.print_slip(session, person=person, now=clock.now(), pepper=wired.keyring.pepper)
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
        click.echo(f"{person.name}, {person.unit.name}")
        click.echo(f"Kode   {account_rules.grouped_code(code)}   (berlaku 14 hari, satu kali)")
        click.echo(f"Buka   {wired.config.origin}/aktivasi#{code}")
        click.echo(slipqr.drawn(f"{wired.config.origin}/aktivasi#{code}"))


@main.command()
@click.argument("number")
@click.argument("role", type=click.Choice([each.value for each in Role if each is not Role.SIGNER]))
@click.argument("unit_code")
@click.option("--end", is_flag=True, help="End the role instead of giving it.")
def appoint(number: str, role: str, unit_code: str, end: bool) -> None:
    """Give the activated person with this NUMBER a ROLE over a unit and all below it, or end it."""
    app = startup.open_app()
    wired = startup.wired_of(app)
    with app.app_context():
        try:
            with transaction() as session:
                person = _person(session, number, wired)
                unit = roster_units.by_code(session, code=unit_code)
                if unit is None:
                    raise Refusal(Reason.UNIT_UNKNOWN, unit_code)
                _change_role(session, person, Role(role), unit, end=end)
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
    click.echo(f"{person.name}: {role} {'berakhir' if end else 'diberikan'} untuk {unit.name}.")


def _person(session: Session, number: str, wired: Wired) -> Person:
    person = roster_service.person_by_number(session, number=number, pepper=wired.keyring.pepper)
    if person is None:
        raise Refusal(Reason.PERSON_UNKNOWN)
    return person


def _change_role(session: Session, person: Person, role: Role, unit: Unit, *, end: bool) -> None:
    if not end:
        accounts.grant_role(session, person=person, role=role, unit=unit, now=clock.now())
        return
    for grant in accounts.grants_of(session, account=accounts.account_of(session, person=person)):
        if grant.role == role and grant.unit_id == unit.id:
            accounts.end_role(session, grant=grant, now=clock.now())


@main.group()
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
        startup.sequence(app)
    click.echo(f"{said}.")


@main.command()
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
    status = Status.REVOKED if revoke else Status.SUSPENDED if suspend else Status.VALID
    wired = startup.wired_of(app)
    with transaction() as session:
        certificates.change_status(
            session,
            row=certificates.require(session, text=number),
            status=status,
            reason=ReasonClass(revoke) if revoke else ReasonClass.ADMINISTRATIVE,
            now=clock.now(),
            keyring=wired.keyring,
            config=wired.config,
        )
    startup.sequence(app)


def _show_certificate(app: Flask, number: str, files: dict[str, Path | None]) -> None:
    wired = startup.wired_of(app)
    row = certificates.require(db.session(), text=number)
    words = {Status.VALID: "berlaku", Status.REVOKED: "dicabut", Status.SUSPENDED: "ditangguhkan"}
    click.echo(f"Sertifikat {numbers.spoken(row.number)}: {words[Status(row.status)]}")
    click.echo(f"Alamat QR   {certificates.address(row, config=wired.config)}")
    for kind, path in files.items():
        if path is None:
            continue
        with transaction() as session:
            document = documents.get_or_make(
                session,
                row=certificates.require(session, text=number),
                kind=kind,
                evidence=certificates.evidence_of(session, row=row),
                display=display.moment,
                now=clock.now(),
                keyring=wired.keyring,
                config=wired.config,
            )
        path.write_bytes(document.content)
        click.echo(f"Ditulis     {path}")


@main.command()
@click.argument("target")
@click.option("--dari", "source", help="Take key set, status list and ledger from this origin instead.")
def verify(target: str, source: str | None) -> None:
    """Check an ADDRESS or a FILE (PDF, PNG, JPEG, text); exit 0 for the two SAH verdicts only."""
    outcome = verification.verify(target, source=source, config=configuration.from_environment(), now=clock.now())
    for line in outcome.lines:
        click.echo(line)
    sys.exit(0 if outcome.good else 1)


@main.group()
def ledger() -> None:
    """Look after the ledger."""


@ledger.command("check")
def ledger_check() -> None:
    """Compare rows, evidence, credentials, tiles and checkpoint; exit 0 only if all agrees."""
    app = startup.open_app()
    wired = startup.wired_of(app)
    with app.app_context():
        findings = selfcheck.check(db.session(), keyring=wired.keyring, config=wired.config)
        click.echo("\n".join(map(str, findings)) or "Semua cocok: " + selfcheck.summary(db.session()))
    sys.exit(1 if findings else 0)


@ledger.command("replay")
def ledger_replay() -> None:
    """After an old backup was restored, put the entries that it lacks back from PAKTA_LOG_COPY."""
    app = startup.open_app()
    path = startup.wired_of(app).config.log_copy
    if path is None or not path.exists():
        raise click.ClickException("PAKTA_LOG_COPY tidak menunjuk ke salinan buku catatan.")
    try:
        with app.app_context(), transaction() as session:
            back = ledger_service.replay(session, path=path)
    except Refusal as refusal:
        raise startup.stop(refusal) from refusal
    click.echo(f"{back} catatan dikembalikan dari salinan; isinya (payload) tidak ikut.")


@main.group()
def keys() -> None:
    """Make and list the server's keys."""


@keys.command("new")
def keys_new() -> None:
    """Make issuer, ledger and seal keys, the pepper and the cookie secret; never overwrites."""
    config = configuration.from_environment()
    if keyring.exists(config.keys_dir):
        raise click.ClickException(f"{config.keys_dir} sudah berisi kunci; tidak ada yang diubah.")
    keyring.create(config.keys_dir, host=config.host, city=config.city)
    click.echo(f"Kunci baru di {config.keys_dir}. Simpan salinannya di tempat lain yang terkunci.")


@keys.command("list")
def keys_list() -> None:
    """List the public halves."""
    config = configuration.from_environment()
    try:
        ring = keyring.load(config.keys_dir)
    except keyring.KeysMissing as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"penerbit      kid {ring.issuer.kid.hex()}")
    click.echo(f"buku catatan  {ledger_service.verifier_key(ring, config)}")
    click.echo(f"segel         {ring.seal.subject}")


@main.command("serve")
@click.option("--port", default=5000, show_default=True, envvar="PORT")
@click.option(
    "--demo", "with_demo", is_flag=True, help="Fill the demonstration city first where the database is empty."
)
@click.pass_context
def serve_command(context: click.Context, port: int, with_demo: bool) -> None:
    """Serve with gunicorn and the worker; Ctrl-C ends both."""
    try:
        serve.check_port(port)
    except serve.PortTaken as error:
        raise click.ClickException(str(error)) from error
    app = startup.open_app(demo=with_demo)
    configuration.keep_origin(startup.wired_of(app).config)
    with app.app_context():
        with transaction() as session:
            release.publish(session, now=clock.now())
        startup.sequence(app)
    if with_demo:
        from pakta.demonstration import city

        with app.app_context():
            empty = city.is_empty(db.session())
            kept = "" if empty else city.kept_summary(db.session(), wired=startup.wired_of(app))
        if empty:
            context.invoke(demo)
        click.echo(kept)
    sys.exit(serve.run(port=port, origin=startup.wired_of(app).config.origin))


@main.command("worker")
def worker_command() -> None:
    """Sign checkpoints over committed entries, once a second, and renew the status list."""
    app = startup.open_app()
    worker.run(app, each_tick=lambda: startup.sequence(app))
