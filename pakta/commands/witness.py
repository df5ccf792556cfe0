"""The witness that an outside body runs.  Its code is `pakta.witness`; nothing of our server is imported."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from pakta.core import note
from pakta.core.errors import Refusal
from pakta.witness import folder as folders
from pakta.witness import page, server
from pakta.witness.folder import FolderError

REFUSED = "Nama atau kunci ini tidak dapat dipakai: nama tanpa spasi dan tanpa +, kunci seluruh barisnya. [{}]"
FOLDER = click.option(
    "--folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where key and file lie."
)


@click.group()
def witness() -> None:
    """Cosign checkpoints of logs, as an outside body (C2SP tlog-witness)."""


@contextmanager
def _told() -> Iterator[None]:
    """Tell in a sentence what stops a command."""
    try:
        yield
    except (FolderError, OSError) as error:
        raise click.ClickException(str(error)) from error
    except sqlite3.Error as error:
        raise click.ClickException(f"Catatan saksi tidak dapat dibuka atau ditulis: {error}.") from error
    except Refusal as refusal:
        raise click.ClickException(REFUSED.format(refusal.reason)) from refusal


@witness.command("new")
@click.option("--name", required=True, help="The witness's name, such as saksi.example.go.id.")
@FOLDER
def new(name: str, folder: Path) -> None:
    """Make a key and an empty file; never overwrites."""
    with _told():
        vkey = folders.create(folder, name=name)
    click.echo(f"Saksi baru di {folder}. Berikan baris ini kepada pemilik catatan, untuk berkas kebijakan saksinya:")
    click.echo(f"witness {name} {vkey} https://{name}/")


@witness.command("trust")
@FOLDER
@click.argument("vkey")
def trust(folder: Path, vkey: str) -> None:
    """Follow the log whose key VKEY is; several keys of one origin may be trusted."""
    with _told(), folders.open_folder(folder).store.writing() as logs:
        added = logs.trust(vkey, at=server.now())
        count = len(logs.keys(origin := vkey.partition("+")[0]))
    if not added:
        raise click.ClickException("Kunci ini sudah dipercaya; tidak ada yang diubah.")
    click.echo(f"Catatan {origin} diikuti; kunci tepercayanya kini {count}.")
    click.echo(f"Cocokkan sidik kunci ini dengan pemilik catatan lewat jalan lain: {note.fingerprint(vkey)}")


@witness.command("distrust")
@FOLDER
@click.argument("vkey")
def distrust(folder: Path, vkey: str) -> None:
    """Stop trusting the key VKEY; what was cosigned of its log stays known."""
    with _told(), folders.open_folder(folder).store.writing() as logs:
        known = logs.distrust(vkey)
    if not known:
        raise click.ClickException("Kunci ini tidak dikenal; tidak ada yang diubah.")
    click.echo(f"Kunci catatan {vkey.partition('+')[0]} tidak dipercaya lagi.")


@witness.command("list")
@FOLDER
@click.option("--notes", is_flag=True, help="Print each refused checkpoint, and the one that it contradicts.")
def show(folder: Path, notes: bool) -> None:
    """List each log with its last cosigned size, root and time, and what was refused."""
    with _told():
        opened = folders.open_folder(folder)
        with opened.store.reading() as logs:
            lines = list(page.all_logs(logs))
            kept = [each for origin in logs.origins() for each in logs.kept(origin)]
    click.echo("\n".join([f"Saksi {opened.key.name}", opened.key.vkey, *lines]))
    for each in kept if notes else ():
        click.echo(f"\n--- ditolak {page.refused(each)}\n{each.note.decode()}")
        click.echo(f"--- yang disaksikan sebelumnya\n{each.beside.decode()}")


@witness.command("serve")
@FOLDER
@click.option("--port", default=8090, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--host", default=server.HOST, show_default=True, help="The IPv4 address to listen on.")
def serve(folder: Path, port: int, host: str) -> None:
    """Serve; Ctrl-C ends it."""
    with _told():
        opened = folders.open_folder(folder)
    if not server.is_free(host, port):
        raise click.ClickException(f"Port {port} di {host} dipakai program lain atau terlarang. Pilih dengan --port.")
    server.run(opened, port=port, host=host)
