"""`pakta-verify`, for auditors: runs where neither Flask nor a database is installed, and offline."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from cryptography import x509

from pakta.core import policy as policies
from pakta.core.errors import Refusal
from pakta.core.policy import Policy
from pakta.verification import auditing, savedfiles, sealroots, telling
from pakta.verification.auditing import Wishes
from pakta.web import clock

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--dari", "source", required=True, help="The site, https://HOST, or a FOLDER that --simpan made.")
@click.option("--simpan", "folder", type=FOLDER, help="Save the site's public files into this folder.")
@click.option(
    "--akar", "roots", type=FILE, help="Roots of the city's seals: public.json or PEM; else the site's word."
)
@click.option("--saksi", "policy", type=FILE, help="C2SP tlog-policy: which witnesses must have cosigned.")
@click.option("--otoritas", "authorities", type=FILE, help="PEM: the roots under which timestamps count.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line for each.")
def main(
    targets: tuple[str, ...],
    source: str,
    folder: Path | None,
    roots: Path | None,
    policy: Path | None,
    authorities: Path | None,
    as_json: bool,
) -> None:
    """Check addresses and files (PDF, PNG, JPEG, text, evidence.json); exit 0 where all are one of the two SAH.

    The host is the one that you name, never the one that a QR names.
    """
    if folder is not None:
        _save(folder, source)
        if not targets:
            return
        source = str(folder)
    if not targets:
        raise click.UsageError("Sebut yang diperiksa: alamat dari QR, atau berkas.")
    wishes = Wishes(_roots(roots), _policy(policy), _authorities(authorities))
    outcomes = [auditing.verify(each, source=source, wishes=wishes, now=clock.now()) for each in targets]
    for target, outcome in zip(targets, outcomes, strict=True):
        if as_json:
            click.echo(telling.as_json(outcome, target))
        else:
            named = (target, *outcome.lines, "") if len(targets) > 1 else outcome.lines
            click.echo("\n".join(named))
    sys.exit(0 if all(each.good for each in outcomes) else 1)


def _save(folder: Path, source: str) -> None:
    try:
        count = savedfiles.save(folder, origin=source, now=clock.now())
    except savedfiles.NotSaved as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"Folder {folder} tidak dapat ditulis: {error.strerror}") from error
    click.echo(f"{count} berkas baru dari {source} tersimpan di {folder}.", err=True)


def _roots(path: Path | None) -> tuple[sealroots.Roots, sealroots.Roots] | None:
    if path is None:
        return None
    found = sealroots.read(path.read_bytes())
    if not found[0]:
        raise click.BadParameter(f"{path} bukan public.json dan bukan PEM berisi sertifikat.", param_hint="--akar")
    return found


def _authorities(path: Path | None) -> tuple[x509.Certificate, ...]:
    if path is None:
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except ValueError as error:
        raise click.BadParameter(f"{path} bukan PEM berisi sertifikat.", param_hint="--otoritas") from error


def _policy(path: Path | None) -> Policy | None:
    if path is None:
        return None
    try:
        found = policies.parse(path.read_bytes())
    except Refusal as refusal:
        raise click.BadParameter(
            f"baris {refusal.detail} dari {path} bukan tlog-policy C2SP.", param_hint="--saksi"
        ) from refusal
    return found if found.quorum is not None else None


if __name__ == "__main__":
    main()
