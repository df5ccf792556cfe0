"""Putting back what the copy of the ledger holds, as `restore` and `ledger replay` both do, and saying so."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask

from pakta import startup
from pakta.certificates import restoring
from pakta.core.errors import Reason, Refusal
from pakta.database import transaction
from pakta.web import clock

SAY_AGAIN = "Keberatannya sendiri hilang: minta pemiliknya menyampaikan Bukan saya lagi, lalu putuskan."
WHAT_TO_DO = {
    Reason.ISSUER_REPLACED: (
        "Kunci di PAKTA_KEYS lebih lama daripada himpunan kunci yang sudah diterbitkan: ada kunci yang sudah diganti"
        " atau bocor. Pulihkan cadangan kunci yang terbaru, lalu jalankan: python -m pakta ledger replay"
    ),
    Reason.KEY_SET_LOST: (
        "Salinan memuat himpunan kunci yang isinya hilang. Periksa dengan keys list: apakah kunci di PAKTA_KEYS yang"
        " terbaru, dan apakah setiap kunci yang bocor sudah ditandai? Jika ya, jalankan:"
        " python -m pakta ledger replay --keys-are-newest"
    ),
    Reason.LEDGER_BEHIND_WITNESSES: (
        "Saksi luar masih memegang buku catatan yang lebih panjang daripada yang dipulihkan. Cari salinan yang"
        " lebih baru, atau lanjutkan dengan: python -m pakta ledger succeed"
    ),
    Reason.WITNESSES_UNHEARD: (
        "Saksi luar belum menjawab, dan mungkin memegang buku catatan yang lebih panjang. Jalankan serve: ia bertanya"
        " lagi, dan menerbitkan sesudah mereka menjawab. Jangan mencabut atau mencatat apa pun sebelum itu."
    ),
}


def stands(refusal: Refusal | None) -> bool:
    """Say whether something must be cleared up before `serve`; witnesses that are silent are waited for by it."""
    return refusal is not None and refusal.reason is not Reason.WITNESSES_UNHEARD


def put_back(app: Flask, path: Path, *, vouched: bool = False, restored: bool = False) -> restoring.PutBack:
    """Put back what the copy at `path` holds, in one transaction, and say so; inside the app's context."""
    wired = startup.wired_of(app)
    startup.begin(app)
    startup.ask_witnesses(app)
    try:
        with transaction() as session:
            done = restoring.put_back(
                session, path=path, now=clock.now(), keyring=wired.keyring, config=wired.config,
                vouched=vouched, restored=restored,
            )  # fmt: skip
    except Refusal as refusal:
        raise startup.stop(refusal) from refusal
    except (OSError, ValueError) as error:
        words = f"Salinan buku catatan {path} tidak dapat dibaca. Tidak ada catatan yang dikembalikan."
        raise click.ClickException(f"{words} Periksa berkasnya.") from error
    _tell(done)
    return done


def settle(app: Flask) -> Refusal | None:
    """Publish key set and status list over a database that came back without a copy; return what forbids it."""
    wired = startup.wired_of(app)
    startup.begin(app)
    startup.ask_witnesses(app)
    try:
        with transaction() as session:
            done = restoring.settle(
                session, now=clock.now(), keyring=wired.keyring, config=wired.config, restored=True
            )
    except Refusal as refusal:
        raise startup.stop(refusal) from refusal
    _tell_of_slips(done.slips)
    return done.withheld


def _tell(done: restoring.PutBack) -> None:
    applied = done.applied
    click.echo(
        f"{done.entries} catatan dikembalikan dari salinan. {applied.again} sertifikat mendapat statusnya kembali."
    )
    if applied.lost:
        click.echo(f"{applied.lost} sertifikat lain hanya statusnya yang kembali.")
    if done.entries:
        click.echo("Siapa yang menandatangani sesudah cadangan ini dibuat perlu menandatangani lagi.")
    _tell_of_keys(done)
    _tell_of_slips(applied.slips)
    if applied.withheld is not None:
        tell_withheld(applied.withheld)


def _tell_of_slips(cancelled: int) -> None:
    if cancelled:
        click.echo(
            f"{cancelled} slip yang belum dipakai dibatalkan: mungkin dipakai atau diganti sesudah cadangan ini."
            " Cetak slip baru untuk pemiliknya."
        )


def _tell_of_keys(done: restoring.PutBack) -> None:
    applied = done.applied
    if applied.revoked:
        click.echo(f"{applied.revoked} kunci orang yang pernah dicabut kini dicabut lagi.")
    if applied.suspended:
        click.echo(f"{applied.suspended} kunci orang ditangguhkan kembali karena Bukan saya. {SAY_AGAIN}")
    if applied.doubted:
        click.echo(
            f"{applied.doubted} sertifikat yang hilang ditangguhkan karena sengketa. Kuncinya tidak dikenal"
            f" dan mungkin dapat dipakai lagi. {SAY_AGAIN}"
        )
    if done.unnamed:
        click.echo(
            f"{done.unnamed} pencabutan kunci kembali tanpa nama kuncinya: salinan ini ditulis versi lama."
            " Kunci-kunci itu dapat dipakai lagi. Cabut lagi menurut catatan Anda sendiri, dengan pemulihan"
            " atau dengan Bukan saya yang diputuskan benar."
        )


def tell_withheld(refusal: Refusal) -> None:
    """Say why nothing can be signed yet, and what to do."""
    click.echo(f"Belum dapat menerbitkan [{refusal.reason.value}]. {WHAT_TO_DO[refusal.reason]}")
