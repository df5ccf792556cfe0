"""The file of wrong rows: a workbook of text to correct, with what is wrong with each row."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import xlsxwriter

from pakta.core.errors import Reason, Refusal
from pakta.imports.models import ImportRow
from pakta.imports.service import MARKS


def workbook(header: Sequence[str], rows: Sequence[ImportRow], *, words: Callable[[Sequence[str]], str]) -> bytes:
    """Return a workbook of these rows, every cell as text, which Excel leaves as it is; `words` tells an error."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, text = book.add_worksheet("Baris salah"), book.add_format({"num_format": "@"})
        told = book.add_format({"num_format": "@", "text_wrap": True, "bold": True})
        sheet.set_column(0, len(header), 22, text)
        sheet.set_column(len(header) + 1, len(header) + 1, 80, told)
        sheet.freeze_panes(1, 0)
        for at, title in enumerate([*header, *MARKS]):
            sheet.write_string(0, at, title, text)
        for line, row in enumerate(rows, 1):
            cells = [*row.cells[: len(header)], *[""] * (len(header) - len(row.cells))]
            for at, cell in enumerate([*cells, str(row.row)]):
                sheet.write_string(line, at, cell, text)
            sheet.write_string(line, len(header) + 1, " ".join(words(error) for error in row.errors), told)
    return out.getvalue()


def refusal(error: Sequence[str]) -> Refusal:
    """Return a stored error as it was raised."""
    return Refusal(Reason(error[1]), error[2])
