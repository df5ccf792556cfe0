"""Who reaches the names of a unit that comes under another one, is merged or opens again, and who no more: shown,
noted, told.

A move is one administrator's, as a merger is; a role over a unit above reaches what comes below it
(docs/decisions/0098).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import audit, grants
from pakta.accounts.models import RoleGrant
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.roles import Power, Role, who_may
from pakta.roster import counters
from pakta.roster import rules as roster_rules
from pakta.roster import units as roster_units
from pakta.roster.models import Unit
from pakta.roster.unitplan import Moved


@dataclass(frozen=True, slots=True)
class Reach:
    """That a role reaches a unit that moves: it does now and did not, it did and does no more, or it goes on.

    opens  whether the unit does not move, but opens again
    """

    grant: RoleGrant
    unit: Unit
    had: bool
    has: bool
    opens: bool = False


def of(session: Session, *, moved: Sequence[Moved], now: datetime) -> list[Reach]:
    """Return whose roles reach units that move, before or after; each account once a unit, by a role that changes."""
    above = {key for each in moved for key in each.before | each.after}
    standing = grants.over_open(grants.over_units(session, unit_ids=sorted(above), now=now), now=now)
    held = [each for each in standing if Role(each.role) in who_may(Power.SEE_NAMES)]
    found = []
    for each in moved:
        had = {grant.account_id for grant in held if grant.unit_id in each.before}
        has = {grant.account_id for grant in held if grant.unit_id in each.after}
        named = {grant.account_id: grant for grant in held if grant.unit_id in each.before ^ each.after}
        kept = {grant.account_id: grant for grant in held if grant.unit_id in each.before | each.after}
        found += [Reach(grant, each.unit, key in had, key in has) for key, grant in (kept | named).items()]
    return found


def opened(session: Session, *, units: Sequence[Unit], now: datetime) -> list[Reach]:
    """Return whose roles reach somebody again since the units that they are over would stand open; and who reaches
    those units anyway, by a role over one above.
    """
    above = {key for unit in units for key in counters.lineage(unit.path)}
    held = grants.over_units(session, unit_ids=sorted(above), now=now)
    seeing = [each for each in held if Role(each.role) in who_may(Power.SEE_NAMES)]
    standing = grants.over_open(seeing, now=now)
    found: list[Reach] = []
    for unit in units:
        own = {each.account_id: each for each in seeing if each.unit_id == unit.id}
        reaching = {each.account_id: each for each in standing if each.unit_id in counters.lineage(unit.path)}
        others = [each for key, each in reaching.items() if key not in own]
        found += [Reach(each, unit, had=True, has=True, opens=True) for each in others]
        found += [Reach(each, unit, had=key in reaching, has=True, opens=True) for key, each in own.items()]
    return found


def opened_by_merger(session: Session, *, unit: Unit, now: datetime) -> list[Unit]:
    """Return the units below one that has ended which stand open once it is merged into an open one."""
    on = roster_rules.day_of(now)
    if unit.is_open(on=on):
        return []
    below = session.execute(select(Unit).where(Unit.path.startswith(unit.path), Unit.id != unit.id)).scalars().all()
    valid = {each.id for each in below if roster_units.valid(each, on=on)}
    depth = len(counters.lineage(unit.path))
    return [each for each in below if valid.issuperset(counters.lineage(each.path)[depth:])]


def merged(unit: Unit, *, into: Unit) -> Moved:
    """Return as one move that a unit's people, and what stands below it, come to another unit."""
    before, after = (frozenset(counters.lineage(each.path)) for each in (unit, into))
    return Moved(unit, before, after)


def changing(found: Sequence[Reach]) -> list[Reach]:
    """Return those who reach a unit and did not, or did and do no more."""
    return [each for each in found if each.had != each.has]


def note(session: Session, *, found: Sequence[Reach], account_id: int, now: datetime) -> dict[int, list[Reach]]:
    """Note each one who gains or loses reach; return by person who is to be told of what: they, all other
    administrators of the units, and of one that opens whoever reaches it.
    """
    concerned: dict[int, list[Reach]] = {}
    for each in found:
        person_id = each.grant.account.person_id
        if each.had != each.has:
            action = "peran-jangkau" if each.has else "peran-lepas"
            audit.record(
                session, account_id=account_id, action=action, unit_id=each.unit.id, person_id=person_id,
                detail=each.grant.role, now=now,
            )  # fmt: skip
        elif each.grant.role != Role.ADMINISTRATOR and not each.opens:
            continue
        if each.grant.account_id != account_id:
            concerned.setdefault(person_id, []).append(each)
    return concerned


def tell(session: Session, *, concerned: Mapping[int, Sequence[Reach]], now: datetime) -> None:
    """Tell people of units that moved or opened again, each once."""
    for person_id, moves in concerned.items():
        facts: dict[str, str | int] = {"unit": moves[0].unit.name, "more": len(moves) - 1, "reach": own(moves)}
        opens = {each.opens for each in moves}
        if len(opens) == 1:
            facts["what"] = "buka" if opens.pop() else "pindah"
        notices.tell(session, person_id=person_id, kind=Kind.UNIT_MOVED, facts=facts, now=now)


def own(moves: Sequence[Reach]) -> str:
    """Return what became of somebody's own reach by all of these alike, "kini" or "lepas", else nothing."""
    became = {(each.had, each.has) for each in moves}
    return {(False, True): "kini", (True, False): "lepas"}.get(became.pop(), "") if len(became) == 1 else ""
