"""Back-ups of the database, and bringing one back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask

from pakta import config as configuration
from pakta import startup
from pakta.backup import postgresql, service, sqlite
from pakta.commands import putback
from pakta.database import db
from pakta.selfcheck import service as selfcheck
from pakta.web import clock


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup_command(file: Path) -> None:
    """Write a snapshot of the database to FILE, while the server runs; keys are not in it."""
    config = configuration.from_environment()
    with _told("Tidak ada cadangan yang ditulis."):
        service.backup(config.database_url, file)
    size = file.stat().st_size
    click.echo(
        f"Cadangan ditulis ke {file} ({size:,} bita), tanpa kunci. Isinya memuat nomor pegawai: simpan terkunci."
    )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--without-copy", is_flag=True, help="The file that PAKTA_LOG_COPY names is lost: go on without it.")
def restore_command(file: Path, without_copy: bool) -> None:
    """Bring the backup FILE to the configured database, and put back what PAKTA_LOG_COPY holds beyond it."""
    config = configuration.from_environment()
    _check_copy(config.log_copy, without=without_copy)
    with _told("Tidak ada yang dipulihkan; basis data masih seperti semula."):
        aside = service.restore(config.database_url, file, now=clock.now())
    click.echo(f"Cadangan {file} dipulihkan." + (f" Basis data yang lama ada di {aside}." if aside else ""))
    app = startup.open_app()
    with app.app_context():
        withheld = _put_back(app, without_copy=without_copy)
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
        return putback.put_back(app, path).applied.withheld is not None
    click.echo(
        "Tanpa salinan buku catatan: yang terjadi sesudah cadangan ini hilang, juga pencabutan."
        " Jika saksi memegang kepala yang lebih baru, penerbitan tetap berhenti; lihat docs/operations.md."
    )
    withheld = putback.settle(app)
    if withheld is not None:
        putback.tell_withheld(withheld)
    return withheld is not None


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


@contextmanager
def _told(nothing_changed: str) -> Iterator[None]:
    """Turn what stops a backup or a restore into a sentence that says what to do."""
    try:
        yield
    except service.BackupExists as error:
        raise click.ClickException(f"{error} sudah ada. {nothing_changed} Pilih nama lain.") from error
    except sqlite.NotABackup as error:
        words = f"Berkas ini bukan basis data SQLite yang utuh ({error}). {nothing_changed}"
        raise click.ClickException(words) from error
    except sqlite.DatabaseInUse as error:
        raise click.ClickException(f"Basis data sedang dipakai. {nothing_changed} Hentikan serve dulu.") from error
    except postgresql.NotEmpty as error:
        words = f"Basis data tujuan sudah berisi tabel. {nothing_changed} Arahkan DATABASE_URL ke yang kosong."
        raise click.ClickException(words) from error
    except postgresql.ToolMissing as error:
        words = f"{error} tidak ada di mesin ini. {nothing_changed} Pasang: apt-get install {postgresql.PACKAGE}"
        raise click.ClickException(words) from error
    except postgresql.ToolFailed as error:
        raise click.ClickException(f"{error}. {nothing_changed}") from error
    except OSError as error:
        raise click.ClickException(f"{error.strerror}: {error.filename or ''}. {nothing_changed}") from error
