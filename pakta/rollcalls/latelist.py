"""The late list of a roll call as files, numbers masked, nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from pakta.coverage import exporting
from pakta.coverage.exporting import Row
from pakta.rollcalls import queries
from pakta.rollcalls.models import Rollcall

HEAD = ("nama", "nomor", "jenis", "jabatan", "kode unit", "unit", "pakta", "ditandatangani (WIB)")
WIDTHS = (32, 22, 10, 32, 16, 36, 28, 24)  # signs, of each column
SHEET = "Terlambat"

Shown = Callable[[str], str]
Moment = Callable[[datetime], str]


def as_csv(session: Session, *, rollcall: Rollcall, masked: Shown, moment: Moment) -> Iterator[str]:
    """Yield who had not signed when the roll call ended, line by line."""
    yield from exporting.csv_lines(HEAD, _rows(session, rollcall, masked, moment))


def as_xlsx(session: Session, *, rollcall: Rollcall, masked: Shown, moment: Moment, now: datetime) -> bytes:
    """Return who had not signed when the roll call ended as a workbook."""
    rows = _rows(session, rollcall, masked, moment)
    return exporting.workbook(HEAD, rows, sheet=SHEET, widths=WIDTHS, now=now)


def _rows(session: Session, rollcall: Rollcall, masked: Shown, moment: Moment) -> Iterator[Row]:
    late = queries.late(session, rollcall=rollcall)
    for person in late.people:
        yield (
            person.name,
            masked(person.number),
            person.kind,
            person.position,
            person.unit_code,
            person.unit_name,
            late.words(person),
            moment(person.signed_at) if person.signed_at else "",
        )
