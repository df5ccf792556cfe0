"""Correcting single fields of a person in the web, after they reported that something is wrong.

Rules    the fields are checked as a row of the roster file is; a person is moved to a unit of the administrator's
         own only, which takes people; nobody corrects what they have not seen; old and new are kept
Not here the identity number: it says who somebody is, and their keys are enrolled for it
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.errors import LockNotAvailable
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.roster import rules, scope, service
from pakta.roster import units as roster_units
from pakta.roster.models import Correction, Person, Unit

FIELDS = ("name", "rank", "position", "unit")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator writes into the fields; `unit` is a code."""

    name: str
    rank: str
    position: str
    unit: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a correction changes, in words."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a correction would do.

    wanted  the fields, checked and tidied    unit  where the person is to stand
    wrong   by field why it cannot be written; then there are no changes
    """

    person_id: int
    wanted: Wanted
    unit: Unit
    changes: tuple[Change, ...]
    wrong: dict[str, Refusal]


def present(person: Person) -> Wanted:
    """Return the fields as they stand."""
    return Wanted(name=person.name, rank=person.rank, position=person.position, unit=person.unit.code)


def open_units(session: Session, *, granted: Sequence[Unit], on: date) -> list[Unit]:
    """Return the units to which people of the granted units can be moved, by name."""
    found = session.execute(select(Unit).where(scope.subtree_clause(granted)).order_by(Unit.name)).scalars().all()
    valid = {unit.id for unit in found if roster_units.valid(unit, on=on)}
    roots = {int(each) for unit in scope.roots(granted) for each in unit.path.strip("/").split("/")}
    return [unit for unit in found if _lineage(unit) <= valid | roots]


def plan(session: Session, *, person: Person, wanted: Wanted, granted: Sequence[Unit], on: date) -> Plan:
    """Say what these fields would change, or what is wrong with them.  Refuses with CORRECTION_SAME."""
    wrong: dict[str, Refusal] = {}

    def checked(field: str, parse: Callable[[str], str], value: str) -> str:
        try:
            return parse(value)
        except Refusal as refusal:
            wrong[field] = refusal
            return value

    unit = person.unit
    try:
        unit = _unit(session, wanted.unit, person=person, granted=granted, on=on)
    except Refusal as refusal:
        wrong["unit"] = refusal
    tidied = Wanted(
        name=checked("name", lambda given: rules.parse_name(given, unit_short_name=unit.short_name), wanted.name),
        rank=checked("rank", lambda given: rules.tidy(given, limit=80), wanted.rank),
        position=checked("position", lambda given: rules.tidy(given, limit=160), wanted.position),
        unit=wanted.unit,
    )
    changes = () if wrong else tuple(_changes(person, tidied, unit))
    if not wrong and not changes:
        raise Refusal(Reason.CORRECTION_SAME)
    return Plan(person.id, tidied, unit, changes, wrong)


def wait(session: Session) -> None:
    """Wait until no import runs and no unit ends, and let none begin; call it before any lock that a signer needs,
    since an import is long.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE people IN ROW EXCLUSIVE MODE"))


def begin(session: Session) -> bool:
    """Do as `wait` does, but say False at once where an import runs or a unit ends, for who has more to do."""
    if session.get_bind().dialect.name == "postgresql":
        try:
            with session.begin_nested():
                session.execute(text("LOCK TABLE people IN ROW EXCLUSIVE MODE NOWAIT"))
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            return False
    return True


def held(session: Session, *, person_id: int) -> Person:
    """Return a person whom nobody else changes until the end of this transaction."""
    wanted = select(Person).where(Person.id == person_id).with_for_update(of=Person)
    return session.execute(wanted.execution_options(populate_existing=True)).scalar_one()


def correct(
    session: Session, *, person: Person, made: Plan, report_id: int, account_id: int, now: datetime
) -> list[Correction]:
    """Write the changes of a plan that was made behind `held`, and keep each of them with who made it."""
    person.name, person.rank, person.position = made.wanted.name, made.wanted.rank, made.wanted.position
    if any(each.field == "unit" for each in made.changes):
        service.set_place(session, person=person, unit=made.unit, now=now, account_id=account_id)
    person.changed_at = now
    rows = [
        Correction(
            person_id=person.id,
            report_id=report_id,
            field=each.field,
            old=each.old,
            new=each.new,
            corrected_by_id=account_id,
            corrected_at=now,
        )
        for each in made.changes
    ]
    session.add_all(rows)
    session.flush()
    return rows


def history(session: Session, *, person_id: int) -> list[Correction]:
    """Return what was ever corrected of a person, newest first."""
    rows = select(Correction).where(Correction.person_id == person_id).order_by(Correction.id.desc())
    return list(session.execute(rows).scalars())


def _unit(session: Session, code: str, *, person: Person, granted: Sequence[Unit], on: date) -> Unit:
    """Return the unit with this code; where the person stands already is no question of days or scope."""
    if code == person.unit.code:
        return person.unit
    unit = roster_units.by_code(session, code=code)
    if unit is None or not scope.in_scope(granted, unit):
        raise Refusal(Reason.UNIT_UNKNOWN, code[:40])
    roster_units.check_takes(session, unit=unit, on=on)
    return unit


def _changes(person: Person, wanted: Wanted, unit: Unit) -> Iterator[Change]:
    for field in ("name", "rank", "position"):
        old, new = getattr(person, field), getattr(wanted, field)
        if old != new:
            yield Change(field, old, new)
    if unit.id != person.unit_id:
        yield Change("unit", f"{person.unit.name} ({person.unit.code})", f"{unit.name} ({unit.code})")


def _lineage(unit: Unit) -> set[int]:
    return {int(each) for each in unit.path.strip("/").split("/")}
