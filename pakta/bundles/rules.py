"""Pure rules of bundles: what files are called, and what DAFTAR.csv says."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

LIST = "DAFTAR.csv"
HEAD = ("nomor sertifikat", "nama", "unit", "berkas", "keterangan")
LONGEST = 60  # characters of a name in a file's name
# Windows opens no file or folder of these names
RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{at}" for port in ("com", "lpt") for at in range(10))})


class Left(StrEnum):
    """Why somebody's lembar is not in the bundle, as DAFTAR.csv says it."""

    UNSIGNED = "belum menandatangani"
    REVOKED = "sertifikat dicabut"
    SUSPENDED = "sertifikat ditangguhkan"
    DOUBTFUL = "sertifikat ditangguhkan: perlu ditandatangani lagi"
    UNCOVERED = "baru ditandatangani: catatannya belum disahkan di buku catatan"
    LATER = "lembarnya belum disiapkan: minta lagi lembar unit ini"
    UNPRINTABLE = "nama atau unit memuat huruf yang tidak dapat dicetak"
    FAILED = "lembarnya gagal dibuat"
    NAMED = "lembarnya memuat nama: ditandatangani di instansi lain; minta kepada orangnya"
    ERASED = "data orang ini dihapus sementara berkas diunduh"


def file_name(*, unit_code: str, name: str | None, number: str) -> str:
    """Return a lembar's place in the zip: `dikbud/Siti-Lestari-7K3M….pdf`, ASCII that every system takes."""
    who = "lembar" if name is None else _plain(name)[:LONGEST].strip("-") or "lembar"
    return f"{folder_name(unit_code)}/{who}-{number}.pdf"


def folder_name(unit_code: str) -> str:
    """Return the folder of a unit."""
    plain = _plain(unit_code).lower() or "unit"
    return f"{plain}-unit" if plain in RESERVED else plain


def _plain(text: str) -> str:
    """Return a text in ASCII letters, digits and dashes."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", ascii_only).strip("-")
