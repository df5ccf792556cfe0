"""What `keys` does and says about the seal: listing, replacing it, and saying that one was lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import click
from cryptography import x509

from pakta.config import Config
from pakta.keyring import SealKey, chain, succession
from pakta.web import display

ASKED = (
    "Segel baru dibuat; berkas berikutnya disegel dengannya, dan yang bersegel lama tetap diakui. Sesudah itu layanan"
    " harus dijalankan ulang. Lanjutkan?"
)
ASKED_LOST = (
    "Semua berkas yang pernah disegel dengan segel itu tidak lagi diakui, dan pemiliknya harus mengunduh yang baru."
    " Ini tidak dapat dibatalkan. Lanjutkan?"
)
FINISHED = "Penggantian yang terputus diselesaikan."
NONE_LOST = (
    "Penggantian yang terputus diselesaikan; TIDAK ADA segel yang dinyatakan hilang olehnya. Lihat `keys list`, lalu"
    " nyatakan segel lama dengan: python -m pakta keys lost ID."
)
RESTART_SOON = "Jalankan ulang layanan (serve, dan worker yang berjalan sendiri) supaya dipakai."
RESTART = "Jalankan ulang layanan (serve, dan worker yang berjalan sendiri) SEKARANG supaya berlaku."


def told(seal: SealKey, *, now: datetime) -> Iterator[str]:
    """Say whose seal it is, until when, where its list of revocations is; and of the seals before it."""
    leaf, root = seal.chain[0], seal.chain[-1]
    yield f"segel         {seal.subject}"
    yield f"  id {chain.id_of(root)}  sampai {display.day(leaf.not_valid_after_utc)}  {_list_of(seal, root)}"
    for each in seal.earlier:
        state = "HILANG, tidak diakui" if each in seal.lost else "segel lama, tetap diakui"
        yield f"  id {chain.id_of(each)}  {state}  {_list_of(seal, each)}"
    yield from (f"  PERHATIAN: {each}" for each in warnings(seal, now=now))


def _list_of(seal: SealKey, root: x509.Certificate) -> str:
    return f"daftar cabut /segel/{chain.id_of(root)}.crl" if chain.id_of(root) in seal.crls else "tanpa daftar cabut"


def warnings(seal: SealKey, *, now: datetime, archive: bool = True) -> Iterator[str]:
    """Say what should be done about the seal; `archive` says whether it should seal B-LTA."""
    until = seal.chain[0].not_valid_after_utc
    if seal.is_lost:
        yield "segel ini dinyatakan hilang dan belum diganti: python -m pakta keys rotate --seal"
    if until <= now:
        yield f"segel ini sudah berakhir {display.day(until)}: python -m pakta keys rotate --seal"
    elif until - now < chain.COVERS:
        yield (
            f"sertifikat yang terbit sekarang dapat berlaku lebih lama daripada segel ini ({display.day(until)});"
            " ganti: python -m pakta keys rotate --seal"
        )
    if archive and seal.crl is None:
        yield (
            "segel ini dibuat tanpa daftar cabut (CRL): PAdES B-LTA tidak dapat dibuat, hanya B-B dan B-T;"
            " ganti: python -m pakta keys rotate --seal"
        )


def confirm(*, yes: bool, lost: bool) -> None:
    """Ask before a seal is replaced, or called lost."""
    if not yes:
        click.confirm(ASKED_LOST if lost else ASKED, abort=True)


def rotate(config: Config, *, now: datetime, in_token: bool, lost: bool) -> None:
    """Give the seal a new key; with `lost` the present one is called lost first.  Broken off, it goes on."""
    keys = config.keys_dir
    if succession.untold(keys):
        succession.tell(keys, host=config.host)
        known = not lost or succession.is_last_lost(keys)
        click.echo(f"{FINISHED if known else NONE_LOST} Tidak ada segel lain yang dibuat. {RESTART}")
        return
    if lost:
        root = succession.present_root(keys)
        if root is None:
            click.echo(NONE_LOST)
        else:
            lose(config, root)
    succession.rotate_seal(keys, host=config.host, city=config.city, now=now, in_token=in_token)
    click.echo("Segel baru. " + (RESTART if lost else RESTART_SOON))
    if not lost:
        click.echo("Berkas dengan segel lama tetap diakui.")


def earlier(seal: SealKey, seal_id: str) -> x509.Certificate:
    """Return the root of an earlier seal."""
    found = next((each for each in seal.earlier if chain.id_of(each) == seal_id.lower()), None)
    if found is None:
        present = chain.id_of(seal.chain[-1]) == seal_id.lower()
        advice = "python -m pakta keys rotate --seal --lost" if present else "python -m pakta keys list"
        raise click.ClickException(f"{seal_id} bukan id segel lama. Lihat: {advice}")
    return found


def lose(config: Config, root: x509.Certificate) -> None:
    """Call a seal lost, and say what follows."""
    succession.lose_seal(config.keys_dir, root=root, host=config.host)
    click.echo(f"Segel {chain.id_of(root)} dinyatakan hilang: berkasnya tidak lagi diakui. {RESTART}")
    click.echo("Berkas yang tersimpan disegel ulang dengan segel baru begitu pemiliknya mengunduhnya lagi.")
