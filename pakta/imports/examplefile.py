"""The file to begin with: our columns as text, and the codes of the units on a second sheet."""

from __future__ import annotations

import io
from collections.abc import Iterable

import xlsxwriter

TITLES = ("Nomor", "Jenis", "Nama", "Pangkat", "Jabatan", "Kode unit", "Status", "Surel", "Telepon")


def workbook(*, units: Iterable[tuple[str, str]]) -> bytes:
    """Return a workbook without people; `units` are code and name."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bold": True})
        people, codes = book.add_worksheet("Pegawai"), book.add_worksheet("Kode unit")
        people.set_column(0, len(TITLES) - 1, 24, text)
        people.freeze_panes(1, 0)
        people.write_row(0, 0, TITLES, bold)
        codes.set_column(0, 0, 24, text)
        codes.set_column(1, 1, 80, text)
        codes.write_row(0, 0, ("Kode unit", "Nama unit"), bold)
        for line, unit in enumerate(units, 1):
            for at, cell in enumerate(unit):
                codes.write_string(line, at, cell, text)
    return out.getvalue()
