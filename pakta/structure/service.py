"""What an administrator does with units, held to the units that are theirs, and noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import audit
from pakta.core.errors import Reason, Refusal
from pakta.roster import planning, reordering, scope, units
from pakta.roster.models import Unit
from pakta.roster.reordering import Reordered

MOST_SHOWN = 1000  # units right below one


@dataclass(frozen=True, slots=True)
class Administrator:
    """Whose change it is: their account, and the units that they administer."""

    account_id: int
    granted: Sequence[Unit]


def below(session: Session, *, unit: Unit) -> list[Unit]:
    """Return the units right below one, those that have ended too, in the order of their making."""
    query = select(Unit).where(Unit.parent_id == unit.id).order_by(Unit.id).limit(MOST_SHOWN)
    return list(session.execute(query).scalars())


def within(session: Session, *, code: str, by: Administrator) -> Unit:
    """Return a unit of the administrator's.  Refuses with UNIT_UNKNOWN, also where it is somebody else's."""
    found = units.by_code(session, code=code.strip()[:40])
    if found is None or not scope.in_scope(by.granted, found):
        raise Refusal(Reason.UNIT_UNKNOWN, code.strip()[:40])
    return found


def rename(session: Session, *, unit: Unit, name: str, short_name: str, by: Administrator, now: datetime) -> None:
    """Give a unit another name from now on.  Refuses with UNITS_FILE or TEXT_HIDDEN_SIGNS."""
    planning.lock(session)
    units.rename(session, unit=unit, name=name, short_name=short_name)
    _note(session, "unit-nama", unit, by=by, now=now)


def merge(
    session: Session, *, unit: Unit, into: str, on: date, by: Administrator, now: datetime, check: bool
) -> Reordered:
    """Merge a unit into another, or with `check` only say what that would do.

    Refuses with UNIT_UNKNOWN or UNITS_FILE.
    """
    target = within(session, code=into, by=by)
    if check:
        return reordering.would_merge(session, old=[unit], into=target, on=on, now=now)
    done = reordering.merge(session, old=[unit], into=target, on=on, now=now, account_id=by.account_id)
    _note(session, "unit-gabung", unit, by=by, now=now)
    return done


def split(
    session: Session, *, unit: Unit, file: bytes, on: date, by: Administrator, now: datetime, check: bool
) -> Reordered:
    """Split a unit by a file that gives each of its people a unit, or with `check` only say what that would do.

    Refuses with UNIT_UNKNOWN or UNITS_FILE.
    """
    places = reordering.read_places(file)
    for code in sorted(set(places.values())):
        within(session, code=code, by=by)
    if check:
        return reordering.would_split(session, old=unit, into=places, on=on, now=now)
    done = reordering.split(session, old=unit, into=places, on=on, now=now, account_id=by.account_id)
    _note(session, "unit-pecah", unit, by=by, now=now)
    return done


def load(session: Session, *, root: Unit, file: bytes, by: Administrator, now: datetime) -> int:
    """Make or change the units of a file, all of one institution; return how many differ.

    Refuses with UNITS_FILE, TEXT_HIDDEN_SIGNS, or UNIT_UNKNOWN where a line names a unit of another institution.
    """
    planning.lock(session)
    rows = units.read(file)
    own = {row.code for row in rows}
    above = {row.parent for row in rows if row.parent} - own
    known = units.by_codes(session, codes=own | above)
    for code in sorted(above | known.keys()):
        if code not in known or not scope.in_scope(by.granted, known[code]):
            raise Refusal(Reason.UNIT_UNKNOWN, code[:40])
    for row in rows:
        if row.code not in known and row.institution != root.institution.code:
            raise Refusal(Reason.UNIT_UNKNOWN, row.code[:40])
    changed = units.load_units(session, rows=rows, now=now)
    _note(session, "unit-berkas", root, by=by, now=now)
    return changed


def _note(session: Session, action: str, unit: Unit, *, by: Administrator, now: datetime) -> None:
    audit.record(session, account_id=by.account_id, action=action, unit_id=unit.id, person_id=None, now=now)
