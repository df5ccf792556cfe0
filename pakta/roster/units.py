"""The tree of units: loaded from a file, found by code, walked up and down.

What a file of units holds is said in `unitfiles`.  A unit of kind `institution` is the root of its tree and
makes its institution.  A unit stands open while its days and those of all above it say so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, and_, func, inspect, not_, or_, select
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.orm.util import identity_key

from pakta.core.errors import Reason, Refusal
from pakta.many import among
from pakta.roster import counters, fitting, parents, rules, unitfiles, unitnames
from pakta.roster.models import Institution, Person, Unit
from pakta.roster.unitfiles import UnitRow

OWN_FILE = Path(__file__).with_name("mojokerto-units.csv")
TOWN = "Kota Mojokerto"
AT_ONCE = 5000  # codes named in one question
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # it stands in addresses; forms say "-" for no unit
MARKED = frozenset({"polres", "kodim"})  # TNI and Polri: no names on certificates and public pages
WIB = rules.WIB
_STANDING = select(Unit.code, Unit.kind, Institution.code).join(Institution, Institution.id == Unit.institution_id)


def load_own(session: Session, *, now: datetime) -> int:
    """Load the demonstration city's units, the file that comes with Pakta."""
    return load_units(session, rows=unitfiles.read(OWN_FILE.read_bytes()), now=now)


def load_units(
    session: Session,
    *,
    rows: Sequence[UnitRow],
    now: datetime,
    town: str = TOWN,
    marked: frozenset[str] = MARKED,
) -> int:
    """Make or change the units that `rows` name; return how many differ.  The same rows again change nothing.

    A parent stands before its children.  A unit that is not named stays as it is: units end by their last day.
    Refuses with UNITS_FILE or TEXT_HIDDEN_SIGNS; nothing is written then.
    """
    check(session, rows)
    known = {unit.code: unit for unit in session.execute(select(Unit)).scalars()}
    before = {code: _facts(unit) for code, unit in known.items()}
    _make_new(session, rows, known, on=rules.day_of(now), town=town, marked=marked)
    for row in rows:
        if row.short_name != known[row.code].short_name:
            fitting.check_short_name(session, unit=known[row.code], short_name=row.short_name)
        unitnames.keep(session, unit=known[row.code], name=row.name, short_name=row.short_name, now=now)
        _take_over(known[row.code], row, known)
    session.flush()
    after = {row.code: _facts(known[row.code]) for row in rows}
    if any(code in before and before[code][-1] != facts[-1] for code, facts in after.items()):
        rehang(session, now=now)
    return sum(before.get(code) != facts for code, facts in after.items())


def rename(session: Session, *, unit: Unit, name: str, short_name: str, now: datetime) -> None:
    """Give a unit other names from today on; it stays the same unit, and past days keep what it was called.

    Refuses with UNITS_FILE (also where somebody's name does not fit beside it), TEXT_HIDDEN_SIGNS or TEXT_TOO_LONG.
    """
    full, short = rules.tidy(name, limit=160), rules.tidy(short_name, limit=80)
    if not full or not short:
        raise Refusal(Reason.UNITS_FILE, f"{unit.code}: nama atau nama singkat kosong")
    fitting.check_short_name(session, unit=unit, short_name=short)
    unitnames.keep(session, unit=unit, name=full, short_name=short, now=now)
    unit.name, unit.short_name = full, short
    session.flush()


def by_code(session: Session, *, code: str) -> Unit | None:
    """Return the unit with this code, or None."""
    return session.execute(select(Unit).where(Unit.code == code)).scalar_one_or_none()


def by_codes(session: Session, *, codes: Collection[str]) -> dict[str, Unit]:
    """Return the units with these codes, by code; of a code that no unit has, nothing."""
    found: dict[str, Unit] = {}
    wanted = sorted(codes)
    for at in range(0, len(wanted), AT_ONCE):
        rows = session.execute(select(Unit).where(Unit.code.in_(wanted[at : at + AT_ONCE]))).scalars()
        found |= {unit.code: unit for unit in rows}
    return found


def by_ids(session: Session, *, ids: Sequence[int]) -> list[Unit]:
    """Return units in the order of `ids`; those that the session holds already are not asked for again."""
    held = ((each, session.identity_map.get(identity_key(Unit, each))) for each in ids)
    found = {each: unit for each, unit in held if isinstance(unit, Unit) and not inspect(unit).expired}
    new = [each for each in ids if each not in found]
    if new:
        found |= {unit.id: unit for unit in session.execute(select(Unit).where(among(Unit.id, new))).scalars()}
    return [found[each] for each in ids if each in found]


def children(session: Session, *, unit: Unit, on: date) -> list[Unit]:
    """Return the units right below `unit` at the end of a day that were valid on it, in the order of their making."""
    stood_below = Unit.id.in_(parents.below(unit_id=unit.id, on=on))
    query = select(Unit).options(lazyload(Unit.institution)).where(stood_below, *valid_clauses(on)).order_by(Unit.id)
    return list(session.execute(query).scalars())  # all are of one institution, which the session mostly holds


def closed_below(session: Session, *, unit: Unit, on: date) -> list[int]:
    """Return the ids of the units right below `unit` now that are not valid on a day."""
    query = select(Unit.id).where(Unit.parent_id == unit.id, not_(and_(*valid_clauses(on)))).order_by(Unit.id)
    return list(session.execute(query).scalars())


def institutions(session: Session, *, on: date) -> list[Unit]:
    """Return the root units that are valid on a day, in the order of their making."""
    query = select(Unit).where(Unit.parent_id.is_(None), *valid_clauses(on)).order_by(Unit.id)
    return list(session.execute(query).scalars())


def is_open(session: Session, *, unit: Unit, on: date) -> bool:
    """Say whether a unit and all above it are valid on a day."""
    line = counters.lineage(unit.path)
    return all(valid(each, on=on) for each in by_ids(session, ids=line))


def takes(session: Session, *, unit: Unit, on: date) -> bool:
    """Say whether people may come into a unit: it stands open, and neither it nor one above it ends with the day."""
    return all(
        valid(each, on=on) and each.valid_until != on for each in by_ids(session, ids=counters.lineage(unit.path))
    )


def check_takes(session: Session, *, unit: Unit, on: date) -> None:
    """Check that people may come into a unit.  Refuses with UNIT_CLOSED or UNIT_ENDS."""
    if not is_open(session, unit=unit, on=on):
        raise Refusal(Reason.UNIT_CLOSED, unit.code)
    if not takes(session, unit=unit, on=on):
        raise Refusal(Reason.UNIT_ENDS, unit.code)


def was_open(session: Session, *, unit: Unit, on: date) -> bool:
    """Say whether a unit, and all that stood above it then, were valid on a day that is over."""
    return all(valid(each, on=on) for each in (unit, *were_above(session, unit=unit, on=on)))


def valid(unit: Unit, *, on: date) -> bool:
    """Say whether a day lies within a unit's own days."""
    return unit.valid_from <= on and (unit.valid_until is None or on <= unit.valid_until)


def valid_ids(session: Session, *, ids: Collection[int], on: date) -> set[int]:
    """Return which of these units are valid on a day, whatever stands above them."""
    wanted, found = sorted(ids), set[int]()
    for at in range(0, len(wanted), AT_ONCE):
        part = Unit.id.in_(wanted[at : at + AT_ONCE])
        found.update(session.execute(select(Unit.id).where(part, *valid_clauses(on))).scalars())
    return found


def holds(session: Session, *, unit: Unit) -> int:
    """Return how many people who have not left stand in a unit and all below it: such a unit does not end."""
    inside = select(Unit.id).where(Unit.path.startswith(unit.path))
    wanted = select(func.count(Person.id)).where(Person.unit_id.in_(inside), Person.status.not_in(rules.LEFT))
    return session.execute(wanted).scalar_one()


def left_behind(session: Session, *, on: date) -> dict[str, int]:
    """Return how many people who have not left stand in units that are not open on a day, by the unit's code."""
    held = select(Unit, func.count()).join(Person, Person.unit_id == Unit.id).group_by(Unit.id)
    held = held.where(Person.status.not_in(rules.LEFT))
    rows = session.execute(held.options(lazyload(Unit.institution)).order_by(Unit.id)).all()
    return {unit.code: count for unit, count in rows if not is_open(session, unit=unit, on=on)}


def ancestors(session: Session, *, unit: Unit) -> list[Unit]:
    """Return the units above `unit`, from the root down, without itself."""
    return by_ids(session, ids=counters.lineage(unit.path)[:-1])


def were_above(session: Session, *, unit: Unit, on: date) -> list[Unit]:
    """Return the units above `unit` at the end of a day that is over, from the root down."""
    return by_ids(session, ids=parents.above(session, unit_id=unit.id, on=on))


def rehang(session: Session, *, now: datetime) -> None:
    """Write every path anew after units came under others, keep where they stood before, and count everything anew.

    Refuses with UNITS_FILE where a unit is its own parent.
    """
    rows = {unit.id: unit for unit in session.execute(select(Unit)).scalars()}
    until_now: dict[int, int | None] = {}
    for unit in rows.values():
        stood_under = counters.lineage(unit.path)[-2:-1]  # until it is written anew, a path is the old one
        if stood_under != (() if unit.parent_id is None else (unit.parent_id,)):
            until_now[unit.id] = stood_under[0] if stood_under else None
        ids = [unit.id]
        while (above := rows[ids[0]].parent_id) is not None:
            if above in ids:
                raise Refusal(Reason.UNITS_FILE, f"{unit.code}: unit menjadi induknya sendiri")
            ids.insert(0, above)
        unit.path = "/" + "".join(f"{each}/" for each in ids)
    session.flush()
    parents.keep(session, until_now=until_now, now=now)
    counters.rebuild(session, now=now)


def valid_clauses(on: date) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on `Unit` that a day lies within its own days."""
    return Unit.valid_from <= on, or_(Unit.valid_until.is_(None), Unit.valid_until >= on)


def check(session: Session, rows: Sequence[UnitRow]) -> None:
    """Refuse with UNITS_FILE rows that make no tree, alone or with the units that are there.

    A unit stays in its institution for good, and stands under a unit of the same one.
    """
    known = {code: (kind, own) for code, kind, own in session.execute(_STANDING)}
    seen: dict[str, str] = {}  # the institution of each unit
    for row in rows:
        _check_words(row)
        if row.code in seen:
            raise Refusal(Reason.UNITS_FILE, f"kode {row.code} tertulis dua kali")
        is_root = row.kind == "institution"
        if is_root != (not row.parent) or is_root != (not row.institution):
            raise Refusal(Reason.UNITS_FILE, f"{row.code}: hanya instansi yang tanpa induk dan tanpa instansi")
        for needed in (row.parent, row.institution):
            if needed and needed not in known and needed not in seen:
                raise Refusal(Reason.UNITS_FILE, f"{row.code}: {needed} belum disebut sebelumnya")
        seen[row.code] = row.code if is_root else row.institution
        _check_institution(row, seen, known)


def _check_institution(row: UnitRow, seen: Mapping[str, str], known: Mapping[str, tuple[str, str]]) -> None:
    """Refuse a row that takes a unit out of its institution, or stands under a unit of another one."""
    if row.code in known:
        kind, own = known[row.code]
        if (kind == "institution") != (row.kind == "institution"):
            raise Refusal(Reason.UNITS_FILE, f"{row.code}: instansi tetap instansi, dan unit tidak menjadi instansi")
        if own != seen[row.code]:
            raise Refusal(Reason.UNITS_FILE, f"{row.code}: tetap unit dari instansi {own}")
    if row.parent and (seen.get(row.parent) or known[row.parent][1]) != row.institution:
        raise Refusal(Reason.UNITS_FILE, f"{row.code}: induknya, {row.parent}, dari instansi lain")


def _check_words(row: UnitRow) -> None:
    if row.kind not in unitfiles.KINDS:
        known = ", ".join(unitfiles.KINDS)
        raise Refusal(Reason.UNITS_FILE, f"{row.code}: jenis “{row.kind[:20]}” tidak dikenal; isi {known}")
    if not CODE.fullmatch(row.code):
        words = "hanya boleh huruf kecil, angka, dan tanda hubung, diawali huruf atau angka"
        raise Refusal(Reason.UNITS_FILE, f"kode “{row.code[:40]}” {words}")
    for text, limit in ((row.code, 40), (row.name, 160), (row.short_name, 80)):
        if not rules.tidy(text, limit=limit):
            raise Refusal(Reason.UNITS_FILE, f"{row.code or 'sebuah baris'}: kode, nama, atau nama singkat kosong")


def _make_new(
    session: Session, rows: Sequence[UnitRow], known: dict[str, Unit], *, on: date, town: str, marked: frozenset[str]
) -> None:
    """Make the units that are not known, level by level: a path holds the ids of all above."""
    waiting = [row for row in rows if row.code not in known]
    while waiting:
        ready = [row for row in waiting if {row.parent, row.institution} <= {"", *known}]
        made = {row.code: _new(row, known, on=on, town=town, marked=marked) for row in ready}
        session.add_all(made.values())
        session.flush()
        for row in ready:
            made[row.code].path = (known[row.parent].path if row.parent else "/") + f"{made[row.code].id}/"
        known |= made
        waiting = [row for row in waiting if row.code not in known]


def _new(row: UnitRow, known: Mapping[str, Unit], *, on: date, town: str, marked: frozenset[str]) -> Unit:
    names = {"code": row.code, "name": row.name, "short_name": row.short_name}
    if row.kind == "institution":
        institution = Institution(**names, town=town, marked=row.code in marked)
    else:
        institution = known[row.institution].institution
    parent_id = known[row.parent].id if row.parent else None
    first = row.valid_from or on
    return Unit(**names, kind=row.kind, parent_id=parent_id, institution=institution, path="", valid_from=first)


def _take_over(unit: Unit, row: UnitRow, known: Mapping[str, Unit]) -> None:
    unit.name, unit.short_name, unit.kind = row.name, row.short_name, row.kind
    unit.parent_id = known[row.parent].id if row.parent else None
    unit.valid_from = row.valid_from or unit.valid_from
    if row.has_end:
        unit.valid_until = row.valid_until
    if unit.valid_until is not None and unit.valid_until < unit.valid_from:
        raise Refusal(Reason.UNITS_FILE, f"{row.code}: hari terakhirnya sebelum hari pertamanya")
    if row.kind == "institution":
        unit.institution.name, unit.institution.short_name = row.name, row.short_name


def _facts(unit: Unit) -> tuple[object, ...]:
    days = unit.valid_from, unit.valid_until
    return unit.name, unit.short_name, unit.kind, *days, unit.institution_id, unit.parent_id
