"""The late list of a roll call as CSV, numbers masked, nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from pakta.coverage import exporting
from pakta.rollcalls import queries
from pakta.rollcalls.models import Rollcall

HEAD = ("nama", "nomor", "jenis", "jabatan", "kode unit", "unit", "pakta", "ditandatangani")


def as_csv(
    session: Session, *, rollcall: Rollcall, masked: Callable[[str], str], moment: Callable[[datetime], str]
) -> Iterator[str]:
    """Yield who had not signed when the roll call ended, line by line."""
    yield exporting.csv_line(HEAD)
    late = queries.late(session, rollcall=rollcall)
    for person in late.people:
        yield exporting.csv_line(
            (
                person.name,
                masked(person.number),
                person.kind,
                person.position,
                person.unit_code,
                person.unit_name,
                late.words(person),
                moment(person.signed_at) if person.signed_at else "",
            )
        )
