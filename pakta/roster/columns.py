"""The columns of a file of people: what they are called, and which column of a file is which."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest

from pakta.core.errors import Reason, Refusal

COLUMNS = ("number", "kind", "name", "rank", "position", "unit_code", "status", "email", "phone")
NEEDED = ("number", "kind", "name", "unit_code")
# What offices write over the columns, the likeliest first; compared without signs and capitals.
WORDS: Mapping[str, Sequence[str]] = {
    "number": (
        "nomor", "nip", "nip baru", "nipbaru", "nomor pegawai", "nomor induk pegawai", "nip nrp", "nip ni pppk",
        "nip ni pppk nrp", "ni pppk", "nrp", "no pegawai", "nomor induk",
    ),
    "kind": ("jenis", "jenis pegawai", "jenis kepegawaian", "jenis asn"),
    "name": ("nama", "nama lengkap", "nama pegawai", "nama dan gelar"),
    "rank": (
        "pangkat", "golongan", "pangkat golongan", "pangkat gol", "pangkat gol ruang", "golongan ruang", "gol ruang",
        "gol", "pangkat golongan ruang", "gol akhir nama",
    ),
    "position": ("jabatan", "nama jabatan", "jabatan nama"),
    "unit_code": ("kode unit", "kode unit kerja", "kode opd", "kode unor", "kode satker"),
    "status": ("status", "keadaan", "status pegawai", "kedudukan", "kedudukan pegawai"),
    "email": ("surel", "e mail", "alamat surel", "alamat email"),
    "phone": (
        "telepon", "no hp", "nomor hp", "hp", "no telepon", "nomor telepon", "no wa", "wa", "nomor wa", "telp",
        "no telp", "nomor telp",
    ),
}  # fmt: skip

Mapped = Mapping[str, int]  # the place, from 0, of each column of ours that a file has


def guess(header: Sequence[str]) -> dict[str, int]:
    """Return which columns of a file are probably which of ours; those that nothing tells are left out."""
    plain = [_plain(title) for title in header]
    found: dict[str, int] = {}
    for name in COLUMNS:
        words = (_plain(name), *WORDS[name])
        at = next((plain.index(word) for word in words if word in plain), None)
        if at is not None and at not in found.values():
            found[name] = at
    return found


def with_units(found: Mapped, *, lines: Iterable[Sequence[str]], codes: Collection[str]) -> dict[str, int]:
    """Return a guess with the column of the units' codes, told by its cells where no title told it.

    lines  the first ones of the file: of a free column that is filled there, three cells in four must be `codes`;
           a wrong one among them is told when the file is checked
    """
    told = dict(found)
    if "unit_code" in told:
        return told
    columns = enumerate(zip_longest(*lines, fillvalue=""))
    cells = ((at, [cell.strip().lower() for cell in column if cell.strip()]) for at, column in columns)
    known = {code.lower() for code in codes}
    free = ((at, filled) for at, filled in cells if at not in told.values() and filled)
    at = next((at for at, filled in free if 4 * sum(cell in known for cell in filled) >= 3 * len(filled)), None)
    return told if at is None else told | {"unit_code": at}


def whole(header: Sequence[str]) -> dict[str, int]:
    """Return the places of all our columns in a file that has these alone, as a command wants it.

    Refuses with ROSTER_COLUMN_UNKNOWN or ROSTER_HEADER.
    """
    found = guess(header)
    wrong = [title.strip().lower() for at, title in enumerate(header) if at not in found.values()]
    if wrong:
        raise Refusal(Reason.ROSTER_COLUMN_UNKNOWN, ", ".join(wrong)[:80] or "tanpa judul")
    missing = [name for name in COLUMNS if name not in found]
    if missing:
        raise Refusal(Reason.ROSTER_HEADER, ", ".join(missing))
    return found


def checked(mapped: Mapped, *, width: int) -> dict[str, int]:
    """Return the places that somebody chose, in our order.

    Refuses with IMPORT_COLUMNS where a needed one is missing, ROSTER_COLUMN_TWICE where one column serves two.
    """
    found = {name: mapped[name] for name in COLUMNS if 0 <= mapped.get(name, -1) < width}
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise Refusal(Reason.IMPORT_COLUMNS, ", ".join(missing))
    if len(set(found.values())) < len(found):
        raise Refusal(Reason.ROSTER_COLUMN_TWICE)
    return found


def _plain(title: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", unicodedata.normalize("NFKC", title).lower()))
