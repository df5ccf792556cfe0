"""The one group that holds every command."""

from __future__ import annotations

import click

from pakta.commands import (
    accesslog,
    backup,
    certificate,
    coverage,
    demo,
    edition,
    erase,
    keys,
    ledger,
    monitor,
    people,
    roster,
    serving,
    verify,
    witness,
    witnesses,
)

COMMANDS = (
    demo.demo,
    roster.roster,
    people.slip,
    people.appoint,
    erase.erase,
    accesslog.access_log,
    edition.edition,
    certificate.certificate,
    coverage.coverage,
    verify.verify,
    ledger.ledger,
    monitor.monitor,
    witnesses.witnesses,
    keys.keys,
    backup.backup_command,
    backup.restore_command,
    serving.serve_command,
    serving.worker_command,
    witness.witness,
)


@click.group()
def main() -> None:
    """Pakta: neutrality pacts, each signed with a key that only the signer holds."""


for command in COMMANDS:
    main.add_command(command)
