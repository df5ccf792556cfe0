"""Files of units and of splits as rows: CSV or Excel, with English or Indonesian titles over the columns.

A file of units has code, name, short_name, kind, parent and institution, and where wanted valid_from and
valid_until (2026-12-31), the first and the last day of a unit.  The file of a split gives each person, by their
number or by Pakta's own number of them, the code of a unit.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pakta.core.errors import Reason, Refusal
from pakta.roster import columns, sheets

COLUMNS = ["code", "name", "short_name", "kind", "parent", "institution"]
DAYS = ["valid_from", "valid_until"]
KINDS = ("institution", "opd", "bagian", "kecamatan", "kelurahan", "upt")
TITLES: Mapping[str, Sequence[str]] = {  # what may stand over a column, the first as we write it
    "code": ("kode unit", "kode", "code"),
    "name": ("nama unit", "nama", "name"),
    "short_name": ("nama singkat", "singkatan", "short name"),
    "kind": ("jenis", "jenis unit", "kind"),
    "parent": ("kode induk", "induk", "unit induk", "parent"),
    "institution": ("kode instansi", "instansi", "institution"),
    "valid_from": ("berlaku sejak", "mulai berlaku", "mulai", "valid from"),
    "valid_until": ("berlaku sampai", "sampai", "berakhir", "valid until"),
}
KIND_WORDS = {"instansi": "institution", "perangkat daerah": "opd", "unit pelaksana teknis": "upt"}
PERSON = ("kode orang", "person")
NUMBER = ("number", *columns.WORDS["number"])
WRONG_MOST = 20  # wrong rows of a split's file that are named
TARGET = ("kode unit baru", "unit baru", "unit code", *columns.WORDS["unit_code"])


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One line of the file of units.

    valid_from   None where the file says nothing: today for a new unit, else as it is
    valid_until  None where it says nothing; `has_end` tells an empty cell, no last day, from no column
    """

    code: str
    name: str
    short_name: str
    kind: str
    parent: str
    institution: str
    valid_from: date | None = None
    valid_until: date | None = None
    has_end: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """The file of a split: the code of a unit by each person's number, or by our own number of them."""

    by_number: bool
    codes: Mapping[str, str]


def read(content: bytes, *, institution: str = "") -> list[UnitRow]:
    """Read a file of units; `institution` is that of all where the file has no such column.

    Refuses with UNITS_FILE.
    """
    sheet = _sheet(content)
    names = [_named(title) for title in sheet.header]
    lacking = [
        TITLES[each][0] for each in COLUMNS if each not in names and not (each == "institution" and institution)
    ]
    if lacking or "" in names or len(set(names)) < len(names):
        wanted = ", ".join(TITLES[each][0] for each in COLUMNS)
        why = f"; tidak ada {', '.join(lacking)}" if lacking else ""
        more = ", ".join(TITLES[each][0] for each in DAYS)
        raise Refusal(Reason.UNITS_FILE, f"judul kolom harus {wanted}, boleh ditambah {more}{why}")
    for row, line in sheet.lines:
        if len(line) != len(names):
            raise Refusal(Reason.UNITS_FILE, f"baris {row} tidak berisi {len(names)} kolom")
    found = [dict(zip(names, (" ".join(cell.split()) for cell in line), strict=True)) for _row, line in sheet.lines]
    return [_unit(cells, institution) for cells in found]


def written(rows: Sequence[UnitRow]) -> str:
    """Return rows as a file that `read` reads as the same rows."""
    out = io.StringIO()
    days = DAYS if any(row.has_end for row in rows) else DAYS[:1]
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, *days])
    for row in rows:
        writer.writerow([getattr(row, name) or "" for name in (*COLUMNS, *days)])
    return out.getvalue()


def read_places(content: bytes, *, known: Collection[str] | None = None) -> Places:
    """Read the file of a split; `known` are the codes that it may give, or None where that is asked later.

    Refuses with UNITS_FILE, which names all rows that are wrong.
    """
    sheet = _sheet(content)
    titles = [_plain(title) for title in sheet.header]
    own = next((at for at, title in enumerate(titles) if title in PERSON), None)
    who = own if own is not None else next((at for at, title in enumerate(titles) if title in NUMBER), None)
    target = next((at for at, title in enumerate(titles) if title in TARGET), None)
    if who is None or target is None:
        raise Refusal(Reason.UNITS_FILE, "berkas harus punya kolom Nomor (atau Kode orang) dan Kode unit baru")
    found: dict[str, str] = {}
    wrong = []
    for row, line in sheet.lines:
        key, code = ((line[at].strip() if at < len(line) else "") for at in (who, target))
        if not key or not code:
            wrong.append(f"baris {row}: orang atau kode unit barunya kosong")
        elif key in found:
            wrong.append(f"baris {row}: orang itu sudah disebut, tertulis dua kali")
        elif known is not None and code not in known:
            wrong.append(f"baris {row}: {code[:40]} bukan unit yang dapat dituju")
        found.setdefault(key, code)
    if wrong:
        more = f"; dan {len(wrong) - WRONG_MOST} baris lain" if len(wrong) > WRONG_MOST else ""
        raise Refusal(Reason.UNITS_FILE, "; ".join(wrong[:WRONG_MOST]) + more)
    return Places(own is None, found)


def _sheet(content: bytes) -> sheets.Sheet:
    try:
        return sheets.read(content)
    except sheets.UnreadableError as unreadable:
        refusal = unreadable.error.refusal
        empty = refusal.reason is Reason.ROSTER_EMPTY
        why = "berkas kosong atau hanya berisi judul kolom" if empty else refusal.detail
        raise Refusal(Reason.UNITS_FILE, why or "bukan Excel (.xlsx) atau CSV UTF-8") from unreadable


def _plain(title: str) -> str:
    return " ".join(title.lower().replace("_", " ").split())


def _named(title: str) -> str:
    return next((name for name, words in TITLES.items() if _plain(title) in words), "")


def _unit(cells: dict[str, str], institution: str) -> UnitRow:
    days = {name: _day(cells["code"], cells.pop(name)) for name in DAYS if name in cells}
    cells["kind"] = KIND_WORDS.get(cells["kind"].lower(), cells["kind"].lower())
    cells.setdefault("institution", "" if cells["kind"] == "institution" else institution)
    return UnitRow(**cells, **days, has_end="valid_until" in days)  # type: ignore[arg-type]  # the head is checked


def _day(code: str, text: str) -> date | None:
    try:
        if len(text) == 10 and text[2] == text[5] and text[2] in "/-.":
            text = f"{text[6:]}-{text[3:5]}-{text[:2]}"
        return date.fromisoformat(text.removesuffix("T00:00:00")) if text else None
    except ValueError:
        raise Refusal(Reason.UNITS_FILE, f"{code}: tanggal {text[:20]} bukan seperti 31/12/2026") from None
