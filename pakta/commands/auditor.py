"""`pakta-verify`, for auditors: runs where neither Flask nor a database is installed, and offline."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
from cryptography import x509

from pakta.core import keyset
from pakta.core import policy as policies
from pakta.core.errors import Refusal
from pakta.core.keyset import KeySet
from pakta.core.policy import Policy
from pakta.verification import auditing, saving, sealroots, telling
from pakta.verification.auditing import Wishes
from pakta.web import clock, language
from pakta.web.language import INDONESIAN, Language, sentence

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SHA256 = re.compile(r"[0-9a-f]{64}")
NO_TARGET = "Sebut yang diperiksa: alamat dari QR, atau berkas."
NO_SITE = "Sebut situs yang berkasnya ada di folder itu: --situs https://HOST."
NO_SOURCE = "Sebut situsnya, misalnya --dari https://pakta.kota.go.id, atau folder dari --simpan."
NOT_WRITTEN = "Folder {folder} tidak dapat ditulis ({why})."
SAVED = "{count} berkas baru dari {origin} tersimpan di {folder}."
NO_ROOTS = "{path} bukan public.json dan bukan PEM berisi sertifikat."
NO_PEM = "{path} bukan PEM berisi sertifikat."
NO_KEYS = "{path} bukan daftar kunci yang tersimpan, dan bukan SHA-256."
NO_POLICY = "baris {line} dari {path} bukan tlog-policy C2SP."
SAID = (NO_TARGET, NO_SITE, NO_SOURCE, NOT_WRITTEN, SAVED, NO_ROOTS, NO_PEM, NO_KEYS, NO_POLICY)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--dari", "source", help="The site, https://HOST, or a FOLDER that --simpan made.")
@click.option("--situs", "site", help="https://HOST: with a folder, the site whose files it must hold.")
@click.option("--simpan", "folder", type=FOLDER, help="Save the site's public files into this folder.")
@click.option(
    "--akar", "roots", type=FILE, help="Roots of the city's seals: public.json or PEM; else the site's word."
)
@click.option("--kunci", "keys", help="The city's key set: a FILE kept before, or the SHA-256 that it must have.")
@click.option(
    "--saksi",
    "policy",
    type=FILE,
    help="C2SP tlog-policy: which witnesses must have cosigned. Without it none are asked for, though the"
    " city's own page may ask for them and then say TIDAK DAPAT DIPERIKSA where this says SAH.",
)
@click.option("--otoritas", "authorities", type=FILE, help="PEM: the roots under which timestamps count.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line for each.")
@click.option(
    "--lang", "code", type=click.Choice(["id", "en"]), default="id", help="Indonesian (id) or English (en)."
)
@click.version_option(package_name="pakta-verify", message="%(package)s %(version)s")
def main(
    targets: tuple[str, ...],
    source: str | None,
    site: str | None,
    folder: Path | None,
    roots: Path | None,
    keys: str | None,
    policy: Path | None,
    authorities: Path | None,
    as_json: bool,
    code: str,
) -> None:
    """Check addresses and files (PDF, PNG, JPEG, text, evidence.json); exit 0 where all are one of the two SAH.

    The host is the one that you name, never the one that a QR or a folder names.
    """
    spoken = language.english() if code == "en" else INDONESIAN
    source = _named(source, spoken)
    if folder is not None:
        _save(folder, source, spoken)
        if not targets:
            return
        source, site = str(folder), site or source
    if not targets:
        raise click.UsageError(spoken.text(NO_TARGET))
    if site is None and not source.lower().startswith(("http://", "https://")):
        raise click.UsageError(spoken.text(NO_SITE))
    try:
        wishes = Wishes(_roots(roots), _policy(policy), _authorities(authorities), _keys(keys))
    except _Unusable as error:
        raise click.BadParameter(spoken.text(error.args[0]), param_hint=error.args[1]) from error
    outcomes = [
        auditing.verify(each, source=source, site=site, wishes=wishes, now=clock.now(), spoken=spoken)
        for each in targets
    ]
    for target, outcome in zip(targets, outcomes, strict=True):
        if as_json:
            click.echo(telling.as_json(outcome, target))
        else:
            named = (telling.plain(target), *outcome.lines, "") if len(targets) > 1 else outcome.lines
            click.echo("\n".join(named))
    sys.exit(0 if all(each.good for each in outcomes) else 1)


class _Unusable(Exception):
    """What an option names cannot be used: why, and the option."""


def _named(source: str | None, spoken: Language) -> str:
    if not source:
        raise click.UsageError(spoken.text(NO_SOURCE))
    return source


def _save(folder: Path, source: str, spoken: Language) -> None:
    try:
        count = saving.save(folder, origin=source, now=clock.now())
    except saving.NotSaved as error:
        raise click.ClickException(spoken.text(error.args[0])) from error
    except Refusal as refusal:
        raise click.ClickException(spoken.text(telling.not_taken(refusal, source, saving.SAFE))) from refusal
    except OSError as error:
        told = sentence(NOT_WRITTEN, folder=str(folder), why=error.strerror)
        raise click.ClickException(spoken.text(told)) from error
    click.echo(spoken.text(sentence(SAVED, count=str(count), origin=source, folder=str(folder))), err=True)


def _roots(path: Path | None) -> tuple[sealroots.Roots, sealroots.Roots] | None:
    if path is None:
        return None
    found = sealroots.read(path.read_bytes())
    if not found[0]:
        raise _Unusable(sentence(NO_ROOTS, path=str(path)), "--akar")
    return found


def _authorities(path: Path | None) -> tuple[x509.Certificate, ...]:
    if path is None:
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except sealroots.BROKEN as error:
        raise _Unusable(sentence(NO_PEM, path=str(path)), "--otoritas") from error


def _keys(wanted: str | None) -> KeySet | str | None:
    """Return a key set that was kept, or the SHA-256 of one."""
    if wanted is None or SHA256.fullmatch(wanted):
        return wanted
    try:
        return keyset.parse(Path(wanted).read_bytes())
    except (OSError, Refusal) as error:
        raise _Unusable(sentence(NO_KEYS, path=wanted), "--kunci") from error


def _policy(path: Path | None) -> Policy | None:
    if path is None:
        return None
    try:
        found = policies.parse(path.read_bytes())
    except Refusal as refusal:
        raise _Unusable(sentence(NO_POLICY, line=refusal.detail, path=str(path)), "--saksi") from refusal
    return found if found.quorum is not None else None


if __name__ == "__main__":
    main()
