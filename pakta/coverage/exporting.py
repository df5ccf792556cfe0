"""A unit's people as files: CSV and XLSX, numbers masked, nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import xlsxwriter
from sqlalchemy.orm import Session

from pakta.coverage import rules, service
from pakta.objections import service as objections
from pakta.roster import lists
from pakta.roster.models import Unit

HEAD = ("nama", "nomor", "jenis", "jabatan", "kode unit", "unit", "status", "pakta", "ditandatangani")
WIDTHS = (32, 22, 10, 32, 16, 36, 14, 28, 36)  # signs, of each column
MOST = 50_000  # people of a workbook, which is made in memory; a CSV has no end
SHEET = "Cakupan"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Shown = Callable[[str], str]
Moment = Callable[[datetime], str]


def as_csv(session: Session, *, unit: Unit, now: datetime, masked: Shown, moment: Moment) -> Iterator[str]:
    """Yield a unit's people as CSV, line by line."""
    yield csv_line(HEAD)
    for cells in _rows(session, unit=unit, now=now, masked=masked, moment=moment):
        yield csv_line(cells)


def as_xlsx(session: Session, *, unit: Unit, now: datetime, masked: Shown, moment: Moment) -> bytes:
    """Return a unit's people as a workbook of texts: no cell is a number, a formula or a link."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": now.replace(tzinfo=None)})
        sheet = book.add_worksheet(SHEET)
        bold = book.add_format({"bold": True})
        for column, (title, width) in enumerate(zip(HEAD, WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, bold)
        sheet.freeze_panes(1, 0)
        last = 0
        for last, cells in enumerate(_rows(session, unit=unit, now=now, masked=masked, moment=moment), 1):
            for column, cell in enumerate(cells):
                sheet.write_string(last, column, cell)
        sheet.autofilter(0, 0, last, len(HEAD) - 1)
    return out.getvalue()


def _rows(session: Session, *, unit: Unit, now: datetime, masked: Shown, moment: Moment) -> Iterator[tuple[str, ...]]:
    asking = service.asked(session, now=now)[1]
    objecting = objections.who(session, within=unit, asked=asking)
    for person in lists.everyone(session, within=unit, asked=asking):
        yield (
            person.name,
            masked(person.number),
            person.kind,
            person.position,
            person.unit_code,
            person.unit_name,
            person.status,
            _said(person, objects=person.person_id in objecting),
            moment(person.signed_at) if person.signed_at else "",
        )


def _said(person: lists.Listed, *, objects: bool) -> str:
    if person.signed_at:
        return "sudah"
    return rules.unsigned_words(moved=person.moved, returned=person.returned, objects=objects)


def csv_line(cells: Sequence[str]) -> str:
    """Return one line of a CSV in which no cell is a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([rules.safe_cell(cell) for cell in cells])
    return out.getvalue()
