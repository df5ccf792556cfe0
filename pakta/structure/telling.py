"""Who leads a unit, or stands in for who does, is told that an administrator merged, split or renamed it: their
numbers change by it.  Its other administrators are told of a merger and of a split.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pakta.accounts import grants
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.roles import Role
from pakta.roster import counters
from pakta.roster.models import Unit
from pakta.roster.reordering import Reordered
from pakta.structure import reach
from pakta.structure.reach import Reach

LEADING = (Role.HEAD, Role.DELEGATE)
OVER = (*LEADING, Role.ADMINISTRATOR)


def leading(
    session: Session, *, units: Sequence[Unit], but: int, now: datetime, roles: Collection[Role] = OVER
) -> dict[int, list[Unit]]:
    """Return by person which of these units they hold one of these roles over, by a role over it or one above.

    but  the account that is told nothing: who does it
    """
    above = {key for unit in units for key in counters.lineage(unit.path)}
    held = grants.over_open(grants.over_units(session, unit_ids=sorted(above), now=now), now=now)
    found: dict[int, list[Unit]] = {}
    for grant in held:
        if grant.role in roles and grant.account_id != but:
            known = found.setdefault(grant.account.person_id, [])
            known += [each for each in units if each not in known and grant.unit_id in counters.lineage(each.path)]
    return found


def renamed(session: Session, *, old: Mapping[Unit, str], but: int, now: datetime) -> None:
    """Tell who leads units that have other names now, each once; `old` are the names of before."""
    units = [unit for unit, name in old.items() if unit.name != name]
    for person_id, theirs in leading(session, units=units, but=but, now=now, roles=LEADING).items():
        _tell(
            session, person_id, what="nama", unit=old[theirs[0]], name=theirs[0].name, more=len(theirs) - 1, now=now
        )


def merged(
    session: Session,
    *,
    unit: Unit,
    into: Unit,
    done: Reordered,
    opened: int,
    led: Mapping[int, Sequence[Unit]],
    concerned: Mapping[int, Sequence[Reach]],
    now: datetime,
) -> None:
    """Tell who leads or administers a merged unit, or the one into which it came, and whom `reach` found concerned.

    Who leads that one alone is told who came to it; whom only a unit that opened again concerns is told of that.

    opened  how many units below the merged one opened again
    """
    others = {}
    for person_id in sorted(led.keys() | concerned.keys()):
        moves = [each for each in concerned.get(person_id, ()) if each.unit.id == unit.id]
        if person_id not in led and not moves:
            others[person_id] = concerned[person_id]
            continue
        came = int([each.id for each in led.get(person_id, ())] == [into.id])
        _tell(
            session, person_id, what="gabung", unit=unit.name, into=into.name, people=done.people, signed=done.signed,
            units=done.units, opened=opened, came=came, reach=reach.own(moves), now=now,
        )  # fmt: skip
    reach.tell(session, concerned=others, now=now)


def split(session: Session, *, unit: Unit, done: Reordered, led: Mapping[int, Sequence[Unit]], now: datetime) -> None:
    """Tell who leads or administers a split unit what became of it, and who does so of none but units to which its
    people came how many came to those.
    """
    for person_id, theirs in sorted(led.items()):
        if unit.id in {each.id for each in theirs}:
            _tell(session, person_id, what="pecah", unit=unit.name, people=done.people, signed=done.signed, now=now)
            continue
        people, signed = (sum(done.to[each.id][at] for each in theirs) for at in (0, 1))
        _tell(
            session, person_id, what="pecah", unit=unit.name, into=theirs[0].name, more=len(theirs) - 1, came=1,
            people=people, signed=signed, now=now,
        )  # fmt: skip


def _tell(session: Session, person_id: int, *, now: datetime, **facts: str | int) -> None:
    notices.tell(session, person_id=person_id, kind=Kind.UNIT_CHANGED, facts=facts, now=now)
