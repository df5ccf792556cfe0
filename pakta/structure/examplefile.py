"""Files to begin with: columns as text to fill in, and the codes of the units on another sheet."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from pakta.roster import unitfiles

Rows = Iterable[Sequence[str]]
CODES, KINDS = ("Kode unit", ("Kode unit", "Nama unit")), ("Jenis", ("Jenis", "Artinya"))


def of_units(*, codes: Rows, kinds: Rows) -> bytes:
    """Return a workbook without units; `codes` are those that are there, `kinds` what may stand as kind."""
    titles = [each[0].capitalize() for name, each in unitfiles.TITLES.items() if name != "institution"]
    return _book([("Unit", titles, []), (*CODES, codes), (*KINDS, kinds)])


def of_split(*, people: Rows, codes: Rows) -> bytes:
    """Return a workbook with the people of a unit, the last column of which is to be filled in."""
    titles = ("Kode orang", "Nama", "Jabatan", "Kode unit baru")
    return _book([("Pembagian", titles, people), (*CODES, codes)])


def _book(sheets: Sequence[tuple[str, Sequence[str], Rows]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bold": True})
        for name, titles, rows in sheets:
            sheet = book.add_worksheet(name)
            sheet.set_column(0, len(titles) - 1, 28, text)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, titles, bold)
            for line, row in enumerate(rows, 1):
                for at, cell in enumerate(row):
                    sheet.write_string(line, at, cell, text)
    return out.getvalue()
