"""A unit's people as files: CSV and XLSX, numbers masked, nothing that a spreadsheet takes for a formula.

Lines are divided at semicolons and begin with a byte order mark where they are handed out: so a spreadsheet with
Indonesian settings, which has the comma in its numbers, opens them in columns.  Programs read /api/, with commas.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

import xlsxwriter
from sqlalchemy.orm import Session

from pakta.coverage import excusing, rules, service
from pakta.objections import service as objections
from pakta.roster import lists
from pakta.roster.models import Unit
from pakta.roster.rules import ACTIVE

HEAD = (
    "nama", "nomor", "jenis", "jabatan", "kode unit", "unit", "status", "pakta", "ditandatangani (WIB)",
    "dikecualikan sejak (WIB)", "dikecualikan oleh", "dikecualikan karena",
)  # fmt: skip
WIDTHS = (32, 22, 10, 32, 16, 36, 14, 28, 24, 24, 32, 32)  # signs, of each column
MOST = 50_000  # people of a workbook, which is made in memory; a CSV has no end
AT_ONCE = 500  # people who are asked for together why they are excused
SHEET = "Cakupan"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DIVIDER = ";"
MARK = "\ufeff"

Shown = Callable[[str], str]
Moment = Callable[[datetime], str]
Row = tuple[str, ...]


def as_csv(session: Session, *, unit: Unit, now: datetime, masked: Shown, moment: Moment) -> Iterator[str]:
    """Yield a unit's people as CSV, line by line."""
    yield from csv_lines(HEAD, _rows(session, unit=unit, now=now, masked=masked, moment=moment))


def as_xlsx(session: Session, *, unit: Unit, now: datetime, masked: Shown, moment: Moment) -> bytes:
    """Return a unit's people as a workbook."""
    rows = _rows(session, unit=unit, now=now, masked=masked, moment=moment)
    return workbook(HEAD, rows, sheet=SHEET, widths=WIDTHS, now=now)


def csv_lines(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    """Yield a table as CSV, line by line, with the mark by which spreadsheets know its letters."""
    yield MARK + csv_line(head)
    for cells in rows:
        yield csv_line(cells)


def workbook(head: Row, rows: Iterable[Row], *, sheet: str, widths: Sequence[int], now: datetime) -> bytes:
    """Return a table as a workbook of texts: no cell is a number, a formula or a link."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": now.replace(tzinfo=None)})
        page = book.add_worksheet(sheet)
        bold = book.add_format({"bold": True})
        for column, (title, width) in enumerate(zip(head, widths, strict=True)):
            page.set_column(column, column, width)
            page.write_string(0, column, title, bold)
        page.freeze_panes(1, 0)
        last = 0
        for last, cells in enumerate(rows, 1):
            for column, cell in enumerate(cells):
                if cell:  # most rows have some that are empty, which take as long to write
                    page.write_string(last, column, cell)
        page.autofilter(0, 0, last, len(head) - 1)
    return out.getvalue()


def _rows(session: Session, *, unit: Unit, now: datetime, masked: Shown, moment: Moment) -> Iterator[Row]:
    asking = service.asked(session, now=now)[1]
    objecting = objections.who(session, within=unit, asked=asking)
    everyone = lists.everyone(session, within=unit, asked=asking)
    while people := list(islice(everyone, AT_ONCE)):
        excused = [person for person in people if person.status != ACTIVE]
        excuses = excusing.of(session, people=excused) if excused else {}
        for person in people:
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
                *_excuse(person, excuses.get(person.person_id), moment),
            )


def _excuse(person: lists.Listed, found: excusing.Excuse | None, moment: Moment) -> Row:
    """Return since when, by whom and through what somebody is out of the sums; of others nothing."""
    if person.status == ACTIVE:
        return ("", "", "")
    return (moment(found.since), found.by, found.how) if found else ("", "", "sejak masuk daftar")


def _said(person: lists.Listed, *, objects: bool) -> str:
    if person.signed_at:
        return "sudah"
    return rules.unsigned_words(moved=person.moved, returned=person.returned, objects=objects)


def csv_line(cells: Sequence[str]) -> str:
    """Return one line of a CSV in which no cell is a formula."""
    out = io.StringIO()
    csv.writer(out, delimiter=DIVIDER).writerow([rules.safe_cell(cell) for cell in cells])
    return out.getvalue()
