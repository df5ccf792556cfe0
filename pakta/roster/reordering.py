"""Units that are merged or split today: their people move, with a history, and the old unit ends.

It ends yesterday, so that nothing of the past changes; a unit that began today ends today.  One that has ended
already and still holds people keeps its last day, and they get out.

A unit is renamed by `units.load_units`: it keeps its id, and who signed in it has signed.  Here people come to
another unit: as with every move (decision 0061) they sign again, and certificates keep the words that were signed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.roster import counters, fitting, moving, planning, rules, scope, units
from pakta.roster.models import Person, PersonMove, SignedPerson, Unit
from pakta.roster.moving import How, Place


@dataclass(frozen=True, slots=True)
class Reordered:
    """What was done: how many people moved, how many of them had signed where they stood, how many units came along.

    mark  of what would be done: the same only where the same people and units go to the same units
    to    how many of both by the id of the unit to which they come
    """

    people: int
    signed: int
    units: int = 0
    mark: str = field(default="", compare=False)
    to: Mapping[int, tuple[int, int]] = field(default_factory=dict, compare=False)


def merge(
    session: Session,
    *,
    old: Sequence[Unit],
    into: Unit,
    now: datetime,
    account_id: int | None = None,
    seen: str | None = None,
) -> Reordered:
    """Move everybody of the `old` units, and the units right below them, into `into`, and end the old ones.

    seen  the mark of what was shown, or None where nothing was

    Refuses with UNITS_FILE, or UNITS_STALE where it would do something else than was seen.
    """
    planning.lock(session)
    plan = _planned(session, _merged(session, old=old, into=into, now=now))
    below = _below(session, old)
    moved = _shown(plan, old=old, into=[into], below=below)
    _move(session, plan, moved, seen=seen, now=now, account_id=account_id)
    for unit in below:
        unit.parent_id = into.id
    for unit in old:
        ended = session.get_one(Unit, unit.id)
        ended.valid_until = _last_day(ended, now)
    session.flush()
    if below:
        units.rehang(session, now=now)
    return moved


def would_merge(session: Session, *, old: Sequence[Unit], into: Unit, now: datetime) -> Reordered:
    """Return what `merge` would do, refused as there; nothing is written."""
    places = _merged(session, old=old, into=into, now=now)
    return _shown(_planned(session, places), old=old, into=[into], below=_below(session, old))


def split(
    session: Session,
    *,
    old: Unit,
    into: Mapping[str, str],
    now: datetime,
    account_id: int | None = None,
    seen: str | None = None,
) -> Reordered:
    """Move each person of a unit to the unit that `into` gives by their number, and end the old one.

    seen  as in `merge`

    Refuses with UNITS_FILE, also where somebody of the unit is not named, or another is, or UNITS_STALE as there.
    """
    planning.lock(session)
    plan = _planned(session, _parted(session, old=old, into=into, now=now))
    moved = _shown(plan, old=[old])
    _move(session, plan, moved, seen=seen, now=now, account_id=account_id)
    ended = session.get_one(Unit, old.id)
    ended.valid_until = _last_day(ended, now)
    session.flush()
    return moved


def would_split(session: Session, *, old: Unit, into: Mapping[str, str], now: datetime) -> Reordered:
    """Return what `split` would do, refused as there; nothing is written."""
    return _shown(_planned(session, _parted(session, old=old, into=into, now=now)), old=[old])


def went(session: Session, *, unit: Unit) -> list[Unit]:
    """Return the units to which a merger or a split brought the people of a unit, by name: each one's newest."""
    out = PersonMove.old_unit_id == unit.id, PersonMove.new_unit_id != unit.id, PersonMove.how == How.UNITS
    newest = select(func.max(PersonMove.id)).where(*out).group_by(PersonMove.person_id)
    moved = select(PersonMove.new_unit_id).where(PersonMove.id.in_(newest))
    return list(session.execute(select(Unit).where(Unit.id.in_(moved)).order_by(Unit.name, Unit.id)).scalars())


def went_within(session: Session, *, unit: Unit, granted: Sequence[Unit], on: date) -> list[tuple[Unit, bool]]:
    """Return where its people came (`went`), each with whether it lies within the granted units and stands open."""
    return [(each, scope.in_scope(granted, each) and each.is_open(on=on)) for each in went(session, unit=unit)]


def ended(session: Session, *, unit: Unit, on: date) -> bool:
    """Say whether a unit has ended: its last day is over, or a merger or split took its people before that."""
    if unit.valid_until is None or unit.valid_from > on:
        return False
    return unit.valid_until < on or (not may_end(session, unit=unit) and bool(went(session, unit=unit)))


def may_end(session: Session, *, unit: Unit) -> bool:
    """Say whether a unit can still be merged or split: one that has a last day only where it holds people."""
    return unit.valid_until is None or units.holds(session, unit=unit) > 0


def _merged(session: Session, *, old: Sequence[Unit], into: Unit, now: datetime) -> dict[str, Unit]:
    on = rules.day_of(now)
    _check_target(session, into, on=on)
    for unit in old:
        _check_ends(session, unit, on=on)
        if into.path.startswith(unit.path):
            raise Refusal(Reason.UNITS_FILE, f"{into.short_name} ada di dalam {unit.short_name}")
        if unit.institution_id != into.institution_id:
            raise Refusal(Reason.UNITS_FILE, f"{unit.short_name} dan {into.short_name} dari instansi yang berbeda")
    return {number: into for unit in old for number in _numbers(session, unit)}


def _parted(session: Session, *, old: Unit, into: Mapping[str, str], now: datetime) -> dict[str, Unit]:
    on = rules.day_of(now)
    _check_ends(session, old, on=on)
    if units.children(session, unit=old, on=on):
        raise Refusal(Reason.UNITS_FILE, f"di bawah {old.short_name} masih ada unit; pindahkan dahulu unit-unit itu")
    numbers, given = _numbers(session, old), {rules.plain(number): code for number, code in into.items()}
    if lacking := len(numbers - given.keys()):
        raise Refusal(Reason.UNITS_FILE, f"{lacking} orang dari {old.short_name} tidak disebut")
    if foreign := len(given.keys() - numbers):
        raise Refusal(Reason.UNITS_FILE, f"{foreign} nomor bukan orang dari {old.short_name}")
    targets = {code: _target(session, old, code, on=on) for code in set(given.values())}
    return {number: targets[code] for number, code in given.items()}


def _target(session: Session, old: Unit, code: str, *, on: date) -> Unit:
    found = units.by_code(session, code=code)
    if found is None or found.id == old.id or found.institution_id != old.institution_id:
        raise Refusal(Reason.UNITS_FILE, f"{code[:40]} bukan unit lain dari instansi yang sama")
    _check_target(session, found, on=on)
    return found


def _last_day(unit: Unit, now: datetime) -> date:
    last = max(rules.day_of(now) - timedelta(days=1), unit.valid_from)
    return min(last, unit.valid_until or last)


def _check_ends(session: Session, unit: Unit, *, on: date) -> None:
    if unit.parent_id is None:
        raise Refusal(Reason.UNITS_FILE, f"{unit.short_name} adalah instansi")
    if not may_end(session, unit=unit):
        last = f"{unit.valid_until:%d-%m-%Y}"
        raise Refusal(Reason.UNITS_FILE, f"{unit.short_name} berakhir pada {last} dan tidak berisi orang")
    if unit.valid_from > on:
        raise Refusal(Reason.UNITS_FILE, f"{unit.short_name} baru berlaku mulai {unit.valid_from:%d-%m-%Y}")


def _check_target(session: Session, unit: Unit, *, on: date) -> None:
    if not units.is_open(session, unit=unit, on=on):
        raise Refusal(Reason.UNITS_FILE, f"{unit.short_name} tidak berlaku pada {on:%d-%m-%Y}; pilih unit lain")


def _numbers(session: Session, unit: Unit) -> set[str]:
    return set(session.execute(select(Person.number).where(Person.unit_id == unit.id)).scalars())


def _below(session: Session, old: Sequence[Unit]) -> Sequence[Unit]:
    """Return the units that come along in a merger."""
    rows = select(Unit).where(Unit.parent_id.in_([unit.id for unit in old])).order_by(Unit.id)
    return session.execute(rows).scalars().all()


Plan = tuple[dict[int, Place], Counter[int]]


def _planned(session: Session, places: Mapping[str, Unit]) -> Plan:
    """Return where people are to stand, everybody, also who is excused or has left, and how many have signed of those
    who come to which unit.

    Refuses with UNITS_FILE where names do not fit beside the new unit's short one.
    """
    wanted: dict[int, Place] = {}
    too_long: dict[str, int] = {}
    numbers, signed = list(places), Counter[int]()
    for at in range(0, len(numbers), planning.AT_ONCE):
        part = Person.number.in_(numbers[at : at + planning.AT_ONCE])
        rows = select(Person.id, Person.number, Person.status, Person.name).where(part)
        for key, number, status, name in session.execute(rows):
            place = places[number]
            wanted[key] = Place(place.id, place.path, status)
            if status not in rules.LEFT and not rules.fits(name, unit_short_name=place.short_name):
                too_long[place.short_name] = too_long.get(place.short_name, 0) + 1
        have = select(Person.id).distinct().join(SignedPerson, SignedPerson.person_id == Person.id)
        found = session.execute(have.where(part, counters.counts_here())).scalars()
        signed.update(wanted[key].unit_id for key in found)
    for short_name, people in too_long.items():
        fitting.refuse(people, short_name)
    return wanted, signed


def _shown(
    plan: Plan,
    *,
    old: Sequence[Unit],
    into: Sequence[Unit] = (),
    below: Sequence[Unit] = (),
) -> Reordered:
    """Return what a plan would do, with its mark."""
    wanted, signed = plan
    ids = [[unit.id for unit in each] for each in (old, into, below)]
    words = "\n".join(f"{key} {place.unit_id}" for key, place in sorted(wanted.items()))
    mark = hashlib.sha256(f"{ids}\n{signed.total()}\n{words}".encode()).hexdigest()
    people = Counter(place.unit_id for place in wanted.values())
    to = {key: (count, signed[key]) for key, count in people.items()}
    return Reordered(people=len(wanted), signed=signed.total(), units=len(below), mark=mark, to=to)


def _move(
    session: Session,
    plan: Plan,
    shown: Reordered,
    *,
    seen: str | None,
    now: datetime,
    account_id: int | None,
) -> None:
    """Do what was planned, if it is what was seen; planned once, so that nothing lies between."""
    if seen is not None and shown.mark != seen:
        raise Refusal(Reason.UNITS_STALE)
    moving.move(session, wanted=plan[0], how=How.UNITS, account_id=account_id, now=now)
