"""Back-ups of the database, and bringing one back."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from pakta import config as configuration
from pakta import keyring, startup
from pakta.backup import postgresql, service, sqlite
from pakta.commands import putback
from pakta.core.errors import Reason, Refusal
from pakta.database import db
from pakta.ledger.copyfile import LogCopy
from pakta.selfcheck import service as selfcheck
from pakta.web import clock, display

TROUBLES: tuple[tuple[type[Exception], str, str], ...] = (  # what happened, what to do
    (keyring.KeysMissing, "{}", ""),
    (service.BackupExists, "{} sudah ada.", "Pilih nama lain."),
    (service.NotPakta, "Tidak ada buku catatan Pakta yang pernah disahkan di dalamnya.", ""),
    (
        service.KeysDiffer,
        "Kunci di PAKTA_KEYS bukan {} dari cadangan ini, atau lebih lama.",
        "Pulihkan dulu kunci yang terbaru.",
    ),
    (service.OtherAddress, "Cadangan ini milik {}.", "Setel PAKTA_ORIGIN ke alamat itu, lalu ulangi."),
    (
        service.NewerThere,
        "Basis data yang ada memuat lebih banyak catatan daripada cadangan ini ({}).",
        "Jika basis data itu utuh, pakailah. Jika rusak, pindahkan dulu berkasnya: yang lebih baru itu hilang.",
    ),
    (sqlite.DatabaseMissing, "Tidak ada basis data di {}.", "Periksa DATABASE_URL."),
    (sqlite.NotABackup, "Berkas ini bukan basis data SQLite yang utuh ({}).", ""),
    (sqlite.DatabaseInUse, "Basis data sedang dipakai.", "Hentikan serve dulu."),
    (postgresql.NotEmpty, "Basis data tujuan sudah berisi tabel.", "Arahkan DATABASE_URL ke yang kosong."),
    (postgresql.ToolMissing, "{} tidak ada di mesin ini.", f"Pasang: apt-get install {postgresql.PACKAGE}"),
    (postgresql.ToolFailed, "{}.", ""),
    (sqlite3.Error, "Basis data tidak dapat dibaca atau ditulis ({}).", ""),
    (SQLAlchemyError, "Basis data tidak dapat dihubungi.", "Periksa DATABASE_URL."),
)


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup_command(file: Path) -> None:
    """Write a snapshot of the database to FILE, while the server runs; keys are not in it."""
    config = configuration.from_environment()
    with _told("Tidak ada cadangan yang ditulis."):
        service.backup(config.database_url, file)
    size = display.number(file.stat().st_size)
    click.echo(
        f"Cadangan ditulis ke {file} ({size} bita), tanpa kunci. Isinya memuat nomor pegawai: simpan terkunci."
    )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--without-copy", is_flag=True, help="The file that PAKTA_LOG_COPY names is lost: go on without it.")
def restore_command(file: Path, without_copy: bool) -> None:
    """Bring the backup FILE to the configured database, and put back what PAKTA_LOG_COPY holds beyond it."""
    config = configuration.from_environment()
    _check_copy(config.log_copy, without=without_copy)
    if config.log_copy is not None and not without_copy:
        _check_readable(config.log_copy)
    with _told("Tidak ada yang dipulihkan; basis data masih seperti semula."):
        found = service.examine(config.database_url, file)
        service.check_keys(found, keyring=keyring.load(config.keys_dir), config=config)
        service.check_older(file, url=config.database_url)
        aside = service.restore(config.database_url, file, now=clock.now())
    if without_copy and config.log_copy is not None:
        LogCopy(config.log_copy).forget()
    click.echo(f"Cadangan {file} dipulihkan." + (f" Basis data yang lama ada di {aside}." if aside else ""))
    app = startup.open_app(lagging=config.log_copy is not None and not without_copy)
    with app.app_context():
        withheld = _put_back(app, without_copy=without_copy)
        if without_copy and config.log_copy is not None and not config.log_copy.exists():
            config = replace(config, log_copy=None)  # the first entry after the restore begins another one
        findings = selfcheck.check(db.session(), keyring=startup.wired_of(app).keyring, config=config)
        click.echo("\n".join(map(str, findings)) or "Semua cocok: " + selfcheck.summary(db.session()))
    if findings or withheld:
        click.echo("Jangan jalankan serve sebelum hal di atas jelas.")
        sys.exit(1)
    click.echo("Pemulihan selesai. Jalankan: python -m pakta serve")


def _put_back(app: Flask, *, without_copy: bool) -> bool:
    """Put back what the copy of the ledger holds; say what stays lost, and whether that keeps us from signing."""
    path = startup.wired_of(app).config.log_copy
    if path is not None and not without_copy:
        return putback.stands(putback.put_back(app, path, restored=True).applied.withheld)
    click.echo(
        "Tanpa salinan buku catatan: yang terjadi sesudah cadangan ini hilang, juga pencabutan."
        " Jika saksi memegang kepala yang lebih baru, penerbitan tetap berhenti; lihat docs/operations.md."
    )
    withheld = putback.settle(app)
    if withheld is not None:
        putback.tell_withheld(withheld)
    return putback.stands(withheld)


def _check_copy(path: Path | None, *, without: bool) -> None:
    """Refuse to restore where a copy is configured and is not here: its disk may only not be mounted."""
    if path is not None and not without and not path.exists():
        raise click.ClickException(
            f"PAKTA_LOG_COPY menunjuk ke {path}, tetapi berkas itu tidak ada. Tidak ada yang dipulihkan."
            " Pasang cakram tempat salinan itu. Jika salinan sungguh hilang, tambahkan --without-copy."
        )
    if path is not None and without and path.exists():
        raise click.ClickException(
            f"Salinan buku catatan ada di {path}. Tidak ada yang dipulihkan. Jalankan tanpa --without-copy."
        )


def _check_readable(path: Path) -> None:
    """Refuse to restore where the copy cannot be read, or has lost its tail; before anything is replaced."""
    try:
        LogCopy(path).acknowledged()
    except (OSError, ValueError) as error:
        raise startup.stop(Refusal(Reason.COPY_UNREADABLE, path.name)) from error


@contextmanager
def _told(nothing_changed: str) -> Iterator[None]:
    """Turn what stops a backup or a restore into a sentence that says what to do."""
    try:
        yield
    except Exception as error:
        said = _said(error)
        if said is None:
            raise
        what, advice = said
        raise click.ClickException(f"{what} {nothing_changed} {advice}".strip()) from error


def _said(error: Exception) -> tuple[str, str] | None:
    """Return what happened and what to do; None for an error that is not expected here."""
    if isinstance(error, Refusal):
        return startup.stop(error).message, ""
    if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
        return "Cakram penuh.", "Kosongkan tempat, lalu coba lagi."
    if isinstance(error, OSError):
        return f"{error.strerror}: {error.filename or ''}.", ""
    found = (said for kind, *said in TROUBLES if isinstance(error, kind))
    what, advice = next(found, ("", ""))
    return (what.format(error), advice) if what else None
