"""The one group that holds every command."""

from __future__ import annotations

import click

from pakta.commands import certificate, demo, edition, keys, ledger, people, roster, serving, verify, witnesses

COMMANDS = (
    demo.demo,
    roster.roster,
    people.slip,
    people.appoint,
    edition.edition,
    certificate.certificate,
    verify.verify,
    ledger.ledger,
    witnesses.witnesses,
    keys.keys,
    serving.serve_command,
    serving.worker_command,
)


@click.group()
def main() -> None:
    """Pakta: neutrality pacts, each signed with a key that only the signer holds."""


for command in COMMANDS:
    main.add_command(command)
