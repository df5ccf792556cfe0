"""What an administrator does with units, held to the units that are theirs, and noted.

Locks  `planning.lock` before anything is looked at: who gives a role has said `correcting.wait`, so that no unit
       ends while a role over it is being given
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import audit, grants
from pakta.accounts.models import Account, RoleGrant
from pakta.core.errors import Reason, Refusal
from pakta.roles import Role
from pakta.roster import correcting, counters, planning, reordering, scope, unitfiles, unitplan, units
from pakta.roster import rules as roster_rules
from pakta.roster.models import Person, Unit
from pakta.roster.reordering import Reordered
from pakta.roster.unitfiles import UnitRow
from pakta.roster.unitplan import Change
from pakta.structure import reach, telling
from pakta.structure.reach import Reach

MOST_CHANGES = 1000  # of one file of units
LED_MOST = 5  # holders of roles that a refusal names


@dataclass(frozen=True, slots=True)
class Administrator:
    """Whose change it is: their account, and the units that they administer."""

    account_id: int
    granted: Sequence[Unit]

    def again(self, session: Session, *, now: datetime) -> Administrator:
        """Return what they administer now, freshly read: behind a lock that may have been long in coming."""
        session.expire_all()
        account = session.get_one(Account, self.account_id)
        return Administrator(self.account_id, grants.administered(session, account=account, now=now))


def within(session: Session, *, code: str, by: Administrator) -> Unit:
    """Return a unit of the administrator's.  Refuses with UNIT_UNKNOWN, also where it is somebody else's."""
    found = units.by_code(session, code=code.strip()[:40])
    if found is None or not scope.in_scope(by.granted, found):
        raise Refusal(Reason.UNIT_UNKNOWN, code.strip()[:40])
    return found


def rename(session: Session, *, unit: Unit, name: str, short_name: str, by: Administrator, now: datetime) -> None:
    """Give a unit another name from now on; an institution gets it by a file, as statements name it, too.

    Refuses with UNIT_UNKNOWN, UNITS_FILE or TEXT_HIDDEN_SIGNS.
    """
    by = _locked(session, unit=unit, by=by, now=now)
    if unit.parent_id is None:
        raise Refusal(Reason.UNITS_FILE, f"{unit.short_name} adalah instansi; namanya diganti dengan berkas unit")
    old = unit.name
    units.rename(session, unit=unit, name=name, short_name=short_name, now=now)
    _note(session, "unit-nama", unit, by=by, now=now)
    telling.renamed(session, old={unit: old}, but=by.account_id, now=now)


def merge(
    session: Session, *, unit: Unit, into: str, by: Administrator, now: datetime, seen: str | None = None
) -> Reordered:
    """Merge a unit into another, if it does what was `seen` (its mark); without that only say what it would do.

    Who reaches its people and the units below it by that, or does no more, is noted and told; who reaches units
    that open again by it is told of that.

    Refuses with UNIT_NOT_CHOSEN, UNIT_UNKNOWN, UNIT_LED, UNITS_FILE or UNITS_STALE.
    """
    if seen is not None:
        by = _locked(session, unit=unit, by=by, now=now)
    if not into.strip():
        raise Refusal(Reason.UNIT_NOT_CHOSEN)
    target = within(session, code=into, by=by)
    _check_roles(session, [unit], now=now)
    if seen is None:
        return reordering.would_merge(session, old=[unit], into=target, now=now)
    opened = reach.opened_by_merger(session, unit=unit, now=now)
    reached = _reached_by_merger(session, unit=unit, target=target, opened=opened, now=now)
    led = telling.leading(session, units=[unit, target], but=by.account_id, now=now)
    leading = _leading(session, opened, now=now)
    if leading:  # all people before the first counter
        inside = session.execute(select(Person.id).where(Person.unit_id == unit.id)).scalars()
        counters.locked_states(session, list({*inside, *(each.person_id for each in leading)}))
    done = reordering.merge(session, old=[unit], into=target, now=now, account_id=by.account_id, seen=seen)
    _set_signing(session, leading, now=now)
    _note(session, "unit-gabung", unit, by=by, now=now)
    concerned = reach.note(session, found=reached, account_id=by.account_id, now=now)
    telling.merged(
        session, unit=unit, into=target, done=done, opened=len(opened), led=led, concerned=concerned, now=now
    )
    return done


def would_reach_merged(session: Session, *, unit: Unit, into: str, by: Administrator, now: datetime) -> list[Reach]:
    """Return whose roles would reach the names of a unit that is merged, and of those below it, as `would_reach`."""
    target = within(session, code=into, by=by)
    opened = reach.opened_by_merger(session, unit=unit, now=now)
    found = _reached_by_merger(session, unit=unit, target=target, opened=opened, now=now)
    return _noted(session, found, about=unit, by=by, now=now)


def places(
    session: Session, *, unit: Unit, file: bytes, now: datetime, granted: Sequence[Unit] | None = None
) -> dict[int, str]:
    """Return the code of a unit, where anything is `granted` of an open one in it, for each person whom a file names.

    Refuses with UNITS_FILE.
    """
    known = None
    if granted is not None:
        targets = correcting.open_units(session, granted=granted, on=roster_rules.day_of(now))
        known = {each.code for each in targets if each.id != unit.id}
    read = unitfiles.read_places(file, known=known)
    people = session.execute(select(Person.id, Person.number).where(Person.unit_id == unit.id)).all()
    ids = {number if read.by_number else str(key): key for key, number in people}
    given = {roster_rules.plain(each) if read.by_number else each: code for each, code in read.codes.items()}
    if twice := len(read.codes) - len(given):
        raise Refusal(Reason.UNITS_FILE, f"{twice} orang tertulis dua kali")
    if foreign := len(given.keys() - ids.keys()):
        raise Refusal(Reason.UNITS_FILE, f"{foreign} orang di berkas bukan orang dari {unit.short_name}")
    return {ids[each]: code for each, code in given.items()}


def split(
    session: Session,
    *,
    unit: Unit,
    into: Mapping[int, str],
    by: Administrator,
    now: datetime,
    seen: str | None = None,
) -> Reordered:
    """Split a unit so that each of its people comes to a unit, if it does what was `seen`, as `merge`.

    Refuses with UNIT_UNKNOWN, UNIT_LED, UNITS_FILE or UNITS_STALE.
    """
    if seen is not None:
        by = _locked(session, unit=unit, by=by, now=now)
    targets = [within(session, code=code, by=by) for code in sorted(set(into.values()))]
    _check_roles(session, [unit], now=now)
    people = session.execute(select(Person.id, Person.number).where(Person.unit_id == unit.id)).all()
    numbers = {number: into[key] for key, number in people if key in into}
    if seen is None:
        return reordering.would_split(session, old=unit, into=numbers, now=now)
    reached = [each for each in targets if each.code in numbers.values()]
    led = telling.leading(session, units=[unit, *reached], but=by.account_id, now=now)
    done = reordering.split(session, old=unit, into=numbers, now=now, account_id=by.account_id, seen=seen)
    _note(session, "unit-pecah", unit, by=by, now=now)
    telling.split(session, unit=unit, done=done, led=led, now=now)
    return done


def people_of(session: Session, *, unit: Unit, by: Administrator, now: datetime) -> list[tuple[int, str, str]]:
    """Return number of ours, name and position of everybody in a unit, for the file of a split; noted."""
    rows = select(Person.id, Person.name, Person.position).where(Person.unit_id == unit.id).order_by(Person.name)
    _note(session, "unit-pembagian", unit, by=by, now=now)
    return [(key, name, position) for key, name, position in session.execute(rows).all()]


def would_load(
    session: Session, *, root: Unit, rows: Sequence[UnitRow], by: Administrator, now: datetime
) -> list[Change]:
    """Return what rows would make or change, all of one institution.

    Refuses with UNITS_FILE, UNIT_LED, TEXT_HIDDEN_SIGNS, or UNIT_UNKNOWN where a row names a unit of another
    institution.
    """
    own = {row.code for row in rows}
    above = {row.parent for row in rows if row.parent} - own
    known = units.by_codes(session, codes=own | above)
    for code in sorted(above | known.keys()):
        if code not in known or not scope.in_scope(by.granted, known[code]):
            raise Refusal(Reason.UNIT_UNKNOWN, code[:40])
    for row in rows:
        if row.code not in known and row.institution != root.institution.code:
            raise Refusal(Reason.UNIT_UNKNOWN, row.code[:40])
    today = roster_rules.day_of(now)
    found = unitplan.changes(session, rows=rows, today=today)
    _check_roles(session, unitplan.shortened(session, rows=rows, today=today), now=now)
    if len(found) > MOST_CHANGES:
        raise Refusal(Reason.UNITS_FILE, f"lebih dari {MOST_CHANGES} unit baru atau berubah; bagi berkasnya")
    return found


def would_reach(
    session: Session, *, root: Unit, found: Sequence[Change], by: Administrator, now: datetime
) -> list[Reach]:
    """Return whose roles would reach names of which unit that they did not, or no more; noted where there are any."""
    return _noted(session, _reached_by_file(session, found, now=now), about=root, by=by, now=now)


def load(
    session: Session, *, root: Unit, rows: Sequence[UnitRow], seen: str, by: Administrator, now: datetime
) -> int:
    """Make or change the units of rows where that does what was `seen`; return how many differ.

    Who reaches a unit that comes under another one, or does no more, is noted and told.

    Refuses as `would_load`, and with UNITS_STALE.
    """
    by = _locked(session, unit=root, by=by, now=now)
    found = would_load(session, root=root, rows=rows, by=by, now=now)
    if unitplan.mark(found) != seen:
        raise Refusal(Reason.UNITS_STALE)
    reached = _reached_by_file(session, found, now=now)
    kinds = [each.row.code for each in found if any(name == "kind" for name, *_ in each.fields)]
    other = [*_opened(session, found, now=now), *units.by_codes(session, codes=kinds).values()]
    leading = _leading(session, other, now=now)
    counters.locked_states(session, [each.person_id for each in leading])  # all people before the first counter
    old = units.by_codes(session, codes=[each.row.code for each in found if _renames(each)])
    names = {unit: unit.name for unit in old.values()}
    changed = units.load_units(session, rows=rows, now=now)
    _set_signing(session, leading, now=now)
    _note(session, "unit-berkas", root, by=by, now=now)
    telling.renamed(session, old=names, but=by.account_id, now=now)
    concerned = reach.note(session, found=reached, account_id=by.account_id, now=now)
    reach.tell(session, concerned=concerned, now=now)
    return changed


def _renames(change: Change) -> bool:
    return not change.is_new and any(name == "name" for name, *_ in change.fields)


def _locked(session: Session, *, unit: Unit, by: Administrator, now: datetime) -> Administrator:
    """Wait for the table of people, and return what is administered then; refuses with UNIT_UNKNOWN as `within`."""
    planning.lock(session)
    by = by.again(session, now=now)
    within(session, code=unit.code, by=by)
    return by


def _reached_by_merger(
    session: Session, *, unit: Unit, target: Unit, opened: Sequence[Unit], now: datetime
) -> list[Reach]:
    moved = reach.of(session, moved=[reach.merged(unit, into=target)], now=now)
    return [*moved, *reach.opened(session, units=opened, now=now)]


def _reached_by_file(session: Session, found: Sequence[Change], *, now: datetime) -> list[Reach]:
    moved = reach.of(session, moved=unitplan.moved(session, found=found), now=now)
    return [*moved, *reach.opened(session, units=_opened(session, found, now=now), now=now)]


def _opened(session: Session, found: Sequence[Change], *, now: datetime) -> list[Unit]:
    return unitplan.opened(session, rows=[each.row for each in found], today=roster_rules.day_of(now))


def _leading(session: Session, changed: Sequence[Unit], *, now: datetime) -> list[Account]:
    """Return who leads units that open or get another kind: they may sign another pact then."""
    held = grants.over_units(session, unit_ids=[unit.id for unit in changed], now=now)
    leading = {each.account_id: each.account for each in held if each.role == Role.HEAD}
    return [leading[key] for key in sorted(leading)]


def _set_signing(session: Session, leading: Sequence[Account], *, now: datetime) -> None:
    session.flush()
    session.expire_all()  # under which unit each one stands is kept with it
    grants.set_signing(session, accounts=leading, now=now)


def standing_roles(session: Session, *, ending: Sequence[Unit], now: datetime) -> list[RoleGrant]:
    """Return the roles over units that stand open and would end: two people end those first (`appointments`)."""
    on = roster_rules.day_of(now)
    return list(grants.over_units(session, unit_ids=[unit.id for unit in ending if unit.is_open(on=on)], now=now))


def _check_roles(session: Session, ending: Sequence[Unit], *, now: datetime) -> None:
    """Refuse with UNIT_LED, which names who holds roles; who supervises is named to nobody."""
    held = standing_roles(session, ending=ending, now=now)
    for grant in [each for each in held if each.role == Role.SUPERVISOR]:
        watched = f"{grant.unit.short_name} masih diawasi seorang pengawas"
        raise Refusal(Reason.UNIT_LED, f"{watched}; pengelola server mengakhiri dahulu peran itu (appoint --end)")
    named = [f"{each.account.person.name} ({each.unit.short_name})" for each in held[:LED_MOST]]
    if held:
        more = f" dan {len(held) - LED_MOST} orang lain" if len(held) > LED_MOST else ""
        words = f"Masih ada yang memegang peran di situ: {', '.join(named)}{more}"
        raise Refusal(Reason.UNIT_LED, f"{words}; akhiri dahulu peran itu di halaman Peran, oleh dua orang")


def _noted(session: Session, found: Sequence[Reach], *, about: Unit, by: Administrator, now: datetime) -> list[Reach]:
    changing = reach.changing(found)
    if changing:
        _note(session, "peran-lihat", about, by=by, now=now)
    return changing


def _note(session: Session, action: str, unit: Unit, *, by: Administrator, now: datetime) -> None:
    audit.record(session, account_id=by.account_id, action=action, unit_id=unit.id, person_id=None, now=now)
