"""Whether names still fit the QR beside what a unit is, or would be, called in short.

A name and its unit's short name stand in the certificate together (`rules.NAME_AND_UNIT_BYTES`).  Rows of a file are
asked it; so is whoever gives a unit another short name, or people another unit.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.roster import rules
from pakta.roster.models import Person, Unit

BYTES_A_SIGN = 4  # at most


def check_short_name(session: Session, *, unit: Unit, short_name: str) -> None:
    """Refuse with UNITS_FILE a short name with which anybody who has not left the unit could not sign."""
    perhaps = func.length(Person.name) * BYTES_A_SIGN + len(short_name.encode()) > rules.NAME_AND_UNIT_BYTES
    inside = (Person.unit_id == unit.id, Person.status.not_in(rules.LEFT), perhaps)
    names = session.execute(select(Person.name).where(*inside)).scalars()
    refuse(sum(not rules.fits(name, unit_short_name=short_name) for name in names), short_name)


def refuse(people: int, short_name: str) -> None:
    """Refuse with UNITS_FILE where there are people whose names do not fit beside a short name."""
    if people:
        words = f"nama {people} orang terlalu panjang bersama nama singkat “{short_name[:80]}” untuk QR sertifikat"
        raise Refusal(Reason.UNITS_FILE, f"{words}; pendekkan nama singkatnya")
