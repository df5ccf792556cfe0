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
from pakta.certificates import restoring
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.ledger import service as ledger
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
def restore_command(file: Path) -> None:
    """Bring the backup FILE to the configured database, and put back what PAKTA_LOG_COPY holds beyond it."""
    config = configuration.from_environment()
    with _told("Tidak ada yang dipulihkan; basis data masih seperti semula."):
        aside = service.restore(config.database_url, file, now=clock.now())
    click.echo(f"Cadangan {file} dipulihkan." + (f" Basis data yang lama ada di {aside}." if aside else ""))
    app = startup.open_app()
    with app.app_context():
        try:
            _put_back(app)
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
        findings = selfcheck.check(db.session(), keyring=startup.wired_of(app).keyring, config=config)
        click.echo("\n".join(map(str, findings)) or "Semua cocok: " + selfcheck.summary(db.session()))
    if findings:
        click.echo("Jangan jalankan serve sebelum hal di atas jelas.")
        sys.exit(1)
    click.echo("Pemulihan selesai. Jalankan: python -m pakta serve")


def _put_back(app: Flask) -> None:
    """Put back what the copy of the ledger holds, and say what stays lost."""
    wired = startup.wired_of(app)
    path = wired.config.log_copy
    if path is None or not path.exists():
        click.echo(
            "PAKTA_LOG_COPY tidak menunjuk ke salinan buku catatan: yang terjadi sesudah cadangan ini hilang."
            " Jika saksi memegang kepala yang lebih baru, penerbitan tetap berhenti; lihat docs/operations.md."
        )
        return
    with transaction() as session:
        back = ledger.replay(session, path=path)
    with transaction() as session:
        found = restoring.reapply_statuses(session, now=clock.now(), keyring=wired.keyring, config=wired.config)
    click.echo(f"{back} catatan dikembalikan dari salinan. {found.again} sertifikat mendapat statusnya kembali.")
    if found.lost:
        click.echo(f"{found.lost} sertifikat lain hanya statusnya yang kembali.")
    click.echo("Siapa yang menandatangani sesudah cadangan ini dibuat perlu menandatangani lagi.")


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
