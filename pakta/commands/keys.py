"""The server's keys."""

from __future__ import annotations

import click

from pakta import config as configuration
from pakta import keyring
from pakta.ledger import service as ledger_service


@click.group()
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
