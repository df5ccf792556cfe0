"""Looking after the ledger."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import click

from pakta import config as configuration
from pakta import keyring, startup
from pakta.accounts import service as accounts
from pakta.backup import beginning
from pakta.backup import service as backup
from pakta.certificates import publishing
from pakta.commands import putback
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.ledger import enrolments, sequencer, succession
from pakta.ledger import service as ledger_service
from pakta.selfcheck import service as selfcheck
from pakta.web import clock

LOOK = "Tidak ada yang diperiksa. Periksa DATABASE_URL."
MOST = 20  # findings that are printed: with the wrong keys each entry is one


@click.group()
def ledger() -> None:
    """Look after the ledger."""


@ledger.command("check")
@click.option("--all", "every", is_flag=True, help=f"Print every finding, not only the first {MOST}.")
def ledger_check(every: bool) -> None:
    """Compare rows, evidence, credentials, tiles and checkpoint; exit 0 only if all agrees."""
    config = configuration.from_environment()
    missing = backup.is_sqlite(config.database_url) and not backup.path_of(config.database_url).exists()
    if missing and keyring.exists(config.keys_dir) and not beginning.left_beside(config.database_url):
        raise click.ClickException(f"Tidak ada basis data di {backup.path_of(config.database_url)}. {LOOK}")
    app = startup.open_app()
    wired = startup.wired_of(app)
    with app.app_context():
        if not ledger_service.size(db.session()):
            raise click.ClickException(f"Buku catatan di basis data ini kosong. {LOOK}")
        findings = selfcheck.check(db.session(), keyring=wired.keyring, config=wired.config)
        shown = findings if every else findings[:MOST]
        click.echo("\n".join(map(str, shown)) or "Semua cocok: " + selfcheck.summary(db.session()))
        if len(findings) > len(shown):
            click.echo(f"… dan {len(findings) - len(shown)} temuan lagi: python -m pakta ledger check --all")
    sys.exit(1 if findings else 0)


@ledger.command("replay")
@click.option(
    "--keys-are-newest",
    "vouched",
    is_flag=True,
    help="Publish the keys at hand over a lost key set: they are the newest, and every lost one is marked.",
)
def ledger_replay(vouched: bool) -> None:
    """Put the entries that an old backup lacks back from PAKTA_LOG_COPY, with statuses and key sets."""
    app = startup.open_app(lagging=True)
    wired = startup.wired_of(app)
    path = wired.config.log_copy
    if path is None or not path.exists():
        raise click.ClickException("PAKTA_LOG_COPY tidak menunjuk ke salinan buku catatan.")
    with app.app_context():
        done = putback.put_back(app, path, vouched=vouched)
    sys.exit(1 if putback.stands(done.applied.withheld) else 0)


@ledger.command("succeed")
@click.argument("head", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def ledger_succeed(head: Path, yes: bool) -> None:
    """Go on under a new name where database and copy have both lost entries that the checkpoint HEAD covers.

    HEAD is a file with the newest checkpoint that a witness or a monitor holds.
    """
    app = startup.open_app(lagging=True)
    wired = startup.wired_of(app)
    held = head.read_bytes()
    config = succession.next_name(held, config=wired.config)
    if not yes:
        click.confirm(
            f"Buku catatan akan bernama {config.log_origin} untuk seterusnya, dan catatan yang hilang tidak akan"
            " kembali. Sudah mencoba restore dan salinannya?",
            abort=True,
        )
    now = clock.now()
    try:
        beginning.check_unused(config)
        if config.policy is not None:
            empty = sequencer.empty_head(keyring=wired.keyring, config=config)
            succession.check_unused(config.policy, empty_head=empty, now=now)
        with app.app_context(), transaction() as session:
            index = succession.succeed(session, held=held, now=now, keyring=wired.keyring, config=config)
            publishing.publish_key_set(session, now=now, keyring=wired.keyring, config=config)
            sequencer.sequence(session, keyring=wired.keyring, config=config, now=now)
        with app.app_context(), transaction() as session, suppress(OSError):  # `serve` says that it cannot be noted
            beginning.hold(session, config=config)
    except Refusal as refusal:
        raise startup.stop(refusal) from refusal
    click.echo(f"Buku catatan berlanjut sebagai {config.log_origin} mulai urutan {index}.")
    click.echo(f"Setel PAKTA_LOG={config.log} sebelum serve, dan minta para saksi menambahkan kunci ini:")
    click.echo(ledger_service.verifier_key(wired.keyring, config))


@ledger.command("enrolments")
def ledger_enrolments() -> None:
    """Print every enrolment record for the monitor; HOLDS IDENTITY NUMBERS, and each export is logged."""
    app = startup.open_app()
    with app.app_context():
        with transaction() as session:
            accounts.record(session, account_id=None, action="pendaftaran-ekspor", now=clock.now())
        for line in enrolments.exported(db.session()):
            click.echo(line, nl=False)
