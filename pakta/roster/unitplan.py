"""What a file of units would do, told before it is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.roster import fitting, rules, units
from pakta.roster.models import Person, Unit
from pakta.roster.unitfiles import UnitRow

Facts = Mapping[str, str]
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Change:
    """A unit that a row makes or changes.

    fields  columns of the file with the old and the new value; of a new unit the old ones are empty
    """

    row: UnitRow
    is_new: bool
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A unit that comes under another one, and the ids of it and all above it, before and after."""

    unit: Unit
    before: frozenset[int]
    after: frozenset[int]


def changes(session: Session, *, rows: Sequence[UnitRow], today: date) -> list[Change]:
    """Return what rows would make or change, in their order; rows that change nothing are left out.

    Refuses with UNITS_FILE or TEXT_HIDDEN_SIGNS, as the writing would, where a day of the past would change, and
    where an institution would end or a unit that holds anybody who has not left.
    """
    units.check(session, rows)
    known, parents = _standing(session)
    _check_cycles(parents | {row.code: row.parent for row in rows}, rows)
    found = []
    for row in rows:
        unit = known.get(row.code)
        _check_days(unit, row, today=today)
        if unit and row.short_name != unit.short_name:
            fitting.check_short_name(session, unit=unit, short_name=row.short_name)
        old = _facts_of(unit, parents[row.code]) if unit else {}
        new = _facts(row, old, today=today)
        fields = tuple((name, old.get(name, ""), new[name]) for name in new if old.get(name, "") != new[name])
        if fields:
            found.append(Change(row, unit is None, fields))
    _check_nobody_is_closed_in(session, shortened(session, rows=rows, today=today))
    return found


def shortened(session: Session, *, rows: Sequence[UnitRow], today: date) -> list[Unit]:
    """Return the units that would stand open on fewer days from today on: by their own or by those above."""
    return [
        unit
        for unit, (was_first, was_last), (first, last) in _spans(session, rows=rows, today=today)
        if last < was_last or first > max(was_first, today)
    ]


def opened(session: Session, *, rows: Sequence[UnitRow], today: date) -> list[Unit]:
    """Return the units that would stand open today and do not: by their own days or by those above."""
    return [
        unit
        for unit, (was_first, was_last), (first, last) in _spans(session, rows=rows, today=today)
        if first <= today <= last and not was_first <= today <= was_last
    ]


def _spans(session: Session, *, rows: Sequence[UnitRow], today: date) -> list[tuple[Unit, Span, Span]]:
    """Return the units that are there with the first and last day on which each stands open, before and after."""
    known, parents = _standing(session)
    before = {code: (unit.valid_from, unit.valid_until or date.max) for code, unit in known.items()}
    after = before | {row.code: _days(known.get(row.code), row, today=today) for row in rows}
    above = parents | {row.code: row.parent for row in rows}
    if all(
        (before[row.code], parents[row.code]) == (after[row.code], row.parent) for row in rows if row.code in known
    ):
        return []
    return [(unit, _open_days(code, parents, before), _open_days(code, above, after)) for code, unit in known.items()]


def moved(session: Session, *, found: Sequence[Change]) -> list[Moved]:
    """Return the units that changes bring under another one; what stands below comes along."""
    known, before = _standing(session)
    after = before | {each.row.code: each.row.parent for each in found}

    def lineage(code: str, parents: Mapping[str, str]) -> frozenset[int]:
        ids = set()
        while code:
            ids |= {known[code].id} if code in known else set()
            code = parents[code]
        return frozenset(ids)

    codes = [each.row.code for each in found if not each.is_new and before[each.row.code] != each.row.parent]
    return [Moved(known[code], lineage(code, before), lineage(code, after)) for code in codes]


def mark(found: Sequence[Change]) -> str:
    """Return what is the same only where the same changes are found."""
    told = [(each.row, each.is_new, each.fields) for each in found]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _standing(session: Session) -> tuple[dict[str, Unit], dict[str, str]]:
    """Return all units by their codes, and the code of each one's parent, empty of an institution."""
    known = {unit.code: unit for unit in session.execute(select(Unit)).scalars()}
    names = {unit.id: unit.code for unit in known.values()}
    return known, {code: names.get(unit.parent_id or 0, "") for code, unit in known.items()}


def _open_days(code: str, parents: Mapping[str, str], days: Mapping[str, tuple[date, date]]) -> tuple[date, date]:
    """Return the first and the last day on which a unit and all above it are valid."""
    first, last = days[code]
    while code := parents[code]:
        first, last = max(first, days[code][0]), min(last, days[code][1])
    return first, last


def _check_nobody_is_closed_in(session: Session, closed: Sequence[Unit]) -> None:
    for unit in closed:
        if unit.parent_id is None:
            raise Refusal(Reason.UNITS_FILE, f"{unit.code}: instansi tidak diakhiri dengan berkas unit")
    held = _people(session, [unit.code for unit in closed])
    for unit in closed:
        if people := held.get(unit.code):
            words = f"{unit.short_name} masih berisi {people} orang; gabungkan atau pecah dahulu unit itu"
            raise Refusal(Reason.UNITS_FILE, words)


def _facts_of(unit: Unit, parent: str) -> Facts:
    return {
        "name": unit.name,
        "short_name": unit.short_name,
        "kind": unit.kind,
        "parent": parent,
        "institution": "" if unit.kind == "institution" else unit.institution.code,
        "valid_from": unit.valid_from.isoformat(),
        "valid_until": unit.valid_until.isoformat() if unit.valid_until else "",
    }


def _facts(row: UnitRow, old: Facts, *, today: date) -> Facts:
    first = row.valid_from.isoformat() if row.valid_from else old.get("valid_from", today.isoformat())
    last = row.valid_until.isoformat() if row.valid_until else "" if row.has_end else old.get("valid_until", "")
    words = {name: getattr(row, name) for name in ("name", "short_name", "kind", "parent", "institution")}
    return words | {"valid_from": first, "valid_until": last}


def _days(unit: Unit | None, row: UnitRow, *, today: date) -> tuple[date, date]:
    """Return the first and the last day that a row gives a unit; without an end the last day of all."""
    first = row.valid_from or (unit.valid_from if unit else today)
    last = row.valid_until if row.has_end else unit.valid_until if unit else None
    return first, last or date.max


def _check_days(unit: Unit | None, row: UnitRow, *, today: date) -> None:
    """Refuse days that cross, and of a unit that is there such as change what was before today."""
    first, open_until = _days(unit, row, today=today)
    last = None if open_until == date.max else open_until
    if open_until < first:
        raise Refusal(Reason.UNITS_FILE, f"{row.code}: hari terakhirnya sebelum hari pertamanya")
    if unit is None:
        return
    if first != unit.valid_from and min(first, unit.valid_from) < today:
        raise Refusal(Reason.UNITS_FILE, f"{row.code}: hari pertamanya sudah lewat dan tidak dapat diganti")
    if last != unit.valid_until and min(last or date.max, unit.valid_until or date.max) < today - timedelta(days=1):
        raise Refusal(Reason.UNITS_FILE, f"{row.code}: hari terakhir tidak dapat diganti untuk masa yang sudah lewat")


def _check_cycles(parents: Mapping[str, str], rows: Sequence[UnitRow]) -> None:
    for row in rows:
        for text, limit in ((row.code, 40), (row.name, 160), (row.short_name, 80)):
            rules.tidy(text, limit=limit)
        above, seen = parents[row.code], {row.code}
        while above:
            if above in seen:
                raise Refusal(Reason.UNITS_FILE, f"{row.code}: unit menjadi induknya sendiri")
            seen.add(above)
            above = parents.get(above, "")


def _people(session: Session, codes: Sequence[str]) -> dict[str, int]:
    """Return how many people who have not left stand right in each of these units."""
    found: dict[str, int] = {}
    for at in range(0, len(codes), units.AT_ONCE):
        part = (Unit.code.in_(codes[at : at + units.AT_ONCE]), Person.status.not_in(rules.LEFT))
        counted = select(Unit.code, func.count(Person.id)).join(Person, Person.unit_id == Unit.id).where(*part)
        found |= {code: count for code, count in session.execute(counted.group_by(Unit.code)).all()}
    return found
