"""The server's keys: made, listed, replaced, and what follows when one is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from flask import Flask

from pakta import config as configuration
from pakta import keyring, startup
from pakta.certificates import compromise, issuing
from pakta.commands import seals
from pakta.core import note
from pakta.core.errors import Reason, Refusal
from pakta.core.keyset import Compromise
from pakta.database import db, transaction
from pakta.keyring import files, succession
from pakta.ledger import service as ledger_service
from pakta.web import clock, display


@click.group()
def keys() -> None:
    """Make, list and replace the server's keys."""


@keys.command("new")
@click.option("--token", "in_token", is_flag=True, help="Make issuer, ledger and seal inside the PKCS#11 token.")
def keys_new(in_token: bool) -> None:
    """Make issuer, ledger and seal keys, the pepper and the cookie secret; never overwrites."""
    config = configuration.from_environment()
    if keyring.exists(config.keys_dir):
        raise click.ClickException(f"{config.keys_dir} sudah berisi kunci; tidak ada yang diubah.")
    with _told():
        keyring.create(config.keys_dir, host=config.host, city=config.city, in_token=in_token)
    where = "Kunci rahasia ada di token; rujukan" if in_token else "Kunci baru"
    click.echo(f"{where} di {config.keys_dir}. Simpan salinannya di tempat lain yang terkunci.")


@keys.command("list")
def keys_list() -> None:
    """List the public halves."""
    config = configuration.from_environment()
    with _told():
        ring = keyring.load(config.keys_dir)
    click.echo(f"penerbit      kid {ring.issuer.kid.hex()}")
    history = ring.issuers.history
    for kid in history.keys:
        if kid != ring.issuer.kid or kid in history.compromised:
            lost = history.compromised.get(kid)
            click.echo(f"  kid {kid.hex()}  {f'bocor sejak {lost.at}' if lost else 'tidak menandatangani'}")
    vkey = ledger_service.verifier_key(ring, config)
    click.echo(f"buku catatan  {vkey}")
    click.echo(f"  sidik       {note.fingerprint(vkey)}")
    for line in seals.told(ring.seal, now=clock.now()):
        click.echo(line)


@keys.command("rotate")
@click.option("--issuer", "which", flag_value="issuer", default=True, help="Give the issuer a new key (default).")
@click.option("--seal", "which", flag_value="seal", help="Give the seal a new key and chain.")
@click.option("--ledger", "which", flag_value="ledger", help="Refused: see docs/decisions/0029.")
@click.option("--lost", is_flag=True, help="With --seal: the present seal was lost; what it sealed counts no more.")
@click.option("--yes", is_flag=True, help="With --seal: do not ask.")
@click.option("--token", "in_token", is_flag=True, help="Make the new key inside the PKCS#11 token.")
@click.option("--destroy", is_flag=True, help="Destroy every retired private key; otherwise they stay in retired/.")
def keys_rotate(which: str, in_token: bool, lost: bool, yes: bool, destroy: bool) -> None:
    """Let a new key take over; broken off at any step, typed again it goes on from there."""
    if which == "ledger":
        raise startup.stop(Refusal(Reason.LEDGER_KEY_STAYS))
    if lost and which != "seal":
        raise click.ClickException("--lost hanya bersama --seal; untuk kunci penerbit: keys compromised")
    if which == "seal":
        seals.confirm(yes=yes, lost=lost)
    app = startup.open_app()
    config = startup.wired_of(app).config
    with app.app_context(), _told(), files.exclusively(config.keys_dir):
        if which == "seal":
            seals.rotate(config, now=clock.now(), in_token=in_token, lost=lost)
        else:
            _rotate_issuer(app, in_token=in_token)
        _destroy(config.keys_dir, asked=destroy)


@keys.command("lost")
@click.argument("seal_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def keys_lost(seal_id: str, yes: bool) -> None:
    """Say that an EARLIER seal was lost, by its id in `keys list`; for the present one: rotate --seal --lost."""
    config = configuration.from_environment()
    with _told():
        root = seals.earlier(keyring.load(config.keys_dir).seal, seal_id)
        seals.confirm(yes=yes, lost=True)
        with files.exclusively(config.keys_dir):
            seals.lose(config, root)


@keys.command("stop")
def keys_stop() -> None:
    """Stop issuing at once, in every process; revoking and suspending go on."""
    app = startup.open_app()
    with app.app_context(), _told(), transaction() as session:
        held = issuing.stop(session, cause="perintah", now=clock.now())
        since = display.moment(held.stopped_at)
    click.echo(f"Penerbitan dihentikan sejak {since}. Lanjutkan dengan: python -m pakta keys resume")


@keys.command("resume")
def keys_resume() -> None:
    """Let issuing go on."""
    app = startup.open_app()
    with app.app_context(), _told(), transaction() as session:
        stopped = issuing.resume(session, now=clock.now())
    click.echo("Penerbitan berjalan lagi." if stopped else "Penerbitan tidak sedang dihentikan.")


@keys.command("compromised")
@click.option("--kid", required=True, help="The lost issuer key's id, as `keys list` shows it.")
@click.option("--at", required=True, help="Since when, with its zone: 2026-11-23T08:15:00+07:00.")
@click.option("--token", "in_token", is_flag=True, help="Make the new key inside the PKCS#11 token.")
@click.option("--destroy", is_flag=True, help="Destroy every retired private key, the lost one too.")
def keys_compromised(kid: str, at: str, in_token: bool, destroy: bool) -> None:
    """Mark an issuer key as lost: stop, a new key, a key set that says so, a new status list, go on."""
    app = startup.open_app()
    wired = startup.wired_of(app)
    with app.app_context(), _told(), files.exclusively(wired.config.keys_dir):
        lost, marked = _asked(app, kid, at)
        cause = f"bocor {lost.hex()}"
        with transaction() as session:
            ours = issuing.stop(session, cause=cause, now=clock.now()).cause == cause
        click.echo("1. Penerbitan dihentikan di semua proses.")
        _replace_lost(app, lost, marked, in_token=in_token)
        _announce(app)
        click.echo(f"3. Himpunan kunci menandai {lost.hex()} sejak {marked.at}: {marked.size} catatan tetap teguh.")
        click.echo("4. Daftar status baru ditandatangani kunci baru.")
        _destroy(wired.config.keys_dir, asked=destroy)
        if not ours:
            click.echo("5. Penerbitan masih dihentikan. Lanjutkan dengan: python -m pakta keys resume")
            return
        with transaction() as session:
            issuing.resume(session, now=clock.now())
        click.echo("5. Penerbitan berjalan lagi. Pemilik sertifikat sesudah itu diminta menandatangani sekali lagi.")


def _rotate_issuer(app: Flask, *, in_token: bool) -> None:
    wired = startup.wired_of(app)
    keys_dir, host = wired.config.keys_dir, wired.config.host
    if issuing.is_pending(db.session(), keyring=wired.keyring):
        click.echo("Penggantian yang terputus diselesaikan; tidak ada kunci lain yang dibuat.")
        succession.tell(keys_dir, host=host)
    else:
        startup.settle(app)  # whoever believes the present key should be able to have its key set
        succession.prepare_issuer(keys_dir, host=host, in_token=in_token)
        succession.take_over(keys_dir, host=host)
        wired.keyring.reload()
    _announce(app)
    click.echo(f"Kunci penerbit sekarang {wired.keyring.issuer.kid.hex()}; layanan yang berjalan memakainya sendiri.")


def _asked(app: Flask, kid: str, at: str) -> tuple[bytes, Compromise]:
    """Return the key and what will be said of it; refuses with ISSUER_KEY_UNKNOWN or COMPROMISE_TIME."""
    wired = startup.wired_of(app)
    history = wired.keyring.issuers.history
    lost = next((each for each in history.keys if each.hex() == kid.lower()), None)
    if lost is None:
        raise Refusal(Reason.ISSUER_KEY_UNKNOWN, kid)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise Refusal(Reason.COMPROMISE_TIME, at) from error
    if moment.tzinfo is None:
        raise Refusal(Reason.COMPROMISE_TIME, at)
    marked = compromise.before(db.session(), at=moment, now=clock.now(), keyring=wired.keyring, config=wired.config)
    compromise.check_earlier(history.compromised.get(lost), new=marked)
    return lost, marked


def _replace_lost(app: Flask, lost: bytes, marked: Compromise, *, in_token: bool) -> None:
    """Make the key that takes over where the lost one is the one that signs, and mark the lost one."""
    wired = startup.wired_of(app)
    keys_dir, host = wired.config.keys_dir, wired.config.host
    signs = wired.keyring.issuer.kid == lost
    if signs:
        succession.prepare_issuer(keys_dir, host=host, in_token=in_token)
    succession.mark(keys_dir, kid=lost, compromise=marked)
    if signs:
        succession.take_over(keys_dir, host=host)
    wired.keyring.reload()
    click.echo(f"2. Kunci penerbit sekarang {wired.keyring.issuer.kid.hex()}.")


def _announce(app: Flask) -> None:
    wired = startup.wired_of(app)
    with transaction() as session:
        compromise.announce(session, now=clock.now(), keyring=wired.keyring, config=wired.config)
    startup.settle(app)


def _destroy(keys_dir: Path, *, asked: bool) -> None:
    for name in succession.destroy_retired(keys_dir) if asked else ():
        click.echo(f"Dimusnahkan: {name}. Musnahkan juga salinannya di cadangan.")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """End the command with a sentence where keys are missing or something is refused."""
    try:
        yield
    except keyring.KeysMissing as error:
        raise click.ClickException(str(error)) from error
    except Refusal as refusal:
        raise startup.stop(refusal) from refusal
