"""Moving people: to another unit or another status, many at once, with the counters and with a history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import Table, and_, bindparam, func, insert, not_, or_, select, update
from sqlalchemy.orm import Session

from pakta.roster import asks, counters, lists, rules, scope
from pakta.roster.models import Person, PersonMove, Unit

PEOPLE = cast(Table, Person.__table__)
MOVES = cast(Table, PersonMove.__table__)


class How(StrEnum):
    """By what people were moved."""

    IMPORT = "impor"
    CORRECTION = "perbaikan"
    MARKED = "ditandai"  # an import did not name them, and an administrator said why
    REPORTED = "laporan"  # their head said that they have left, and an administrator answered
    UNITS = "penataan"  # their unit was merged or split

    @property
    def said(self) -> str:
        """What it is called on a page."""
        return _SAID[self]


_SAID = {
    How.IMPORT: "impor daftar pegawai",
    How.CORRECTION: "perbaikan data",
    How.MARKED: "tidak ada di daftar yang diimpor",
    How.REPORTED: "laporan kepala unit",
    How.UNITS: "penataan unit",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is to stand: a unit, its path, and a status."""

    unit_id: int
    path: str
    status: str


@dataclass(frozen=True, slots=True)
class Stands:
    """As what somebody stands after a move: who comes back after they had left, comes back without any role."""

    returned_at: datetime | None
    signs_as: str


def count(
    session: Session,
    tally: counters.Tally,
    *,
    wanted: Mapping[int, Place],
    how: How,
    account_id: int | None,
    now: datetime,
) -> dict[int, Stands]:
    """Hold people, gather how the counters move, and write the history; return as what each one stands then.

    The rows of the people are left to the caller, who may change more of them.
    """
    before = counters.locked_states(session, list(wanted))
    signed = counters.marks(session, list(wanted))
    stands: dict[int, Stands] = {}
    moves = []
    for old in before:
        place = wanted[old.id]
        returned = rules.returned_at(old=old.status, new=place.status, before=old.returned_at, now=now)
        stands[old.id] = Stands(returned, old.signs_as if returned == old.returned_at else old.kind)
        new = counters.State(
            id=old.id,
            path=place.path,
            signs_as=stands[old.id].signs_as,
            kind=old.kind,
            status=place.status,
            returned_at=returned,
        )
        for state, sign in ((old, -1), (new, 1)):
            tally.add_person(state, sign)
            tally.add_signed(state, signed.get(old.id, ()), sign)
        if (old.lineage[-1], old.status) != (place.unit_id, place.status):
            moves.append(
                {
                    "person_id": old.id,
                    "old_unit_id": old.lineage[-1],
                    "new_unit_id": place.unit_id,
                    "old_status": old.status,
                    "new_status": place.status,
                    "how": how.value,
                    "account_id": account_id,
                    "moved_at": now,
                }
            )
    if moves:
        session.execute(insert(MOVES), moves)
    return stands


def move(session: Session, *, wanted: Mapping[int, Place], how: How, account_id: int | None, now: datetime) -> None:
    """Move people, with the counters and the history."""
    if not wanted:
        return
    session.flush()
    tally = counters.Tally()
    stands = count(session, tally, wanted=wanted, how=how, account_id=account_id, now=now)
    session.execute(
        update(PEOPLE)
        .where(PEOPLE.c.id == bindparam("b_id"))
        .values(
            {name: bindparam(f"b_{name}") for name in ("unit_id", "status", "changed_at", "returned_at", "signs_as")}
        ),
        [
            {
                "b_id": key, "b_unit_id": wanted[key].unit_id, "b_status": wanted[key].status, "b_changed_at": now,
                "b_returned_at": each.returned_at, "b_signs_as": each.signs_as,
            }
            for key, each in stands.items()
        ],
    )  # fmt: skip
    tally.write(session, now=now)
    session.expire_all()


def history(
    session: Session, *, within: Sequence[Unit], search: str, page: int, size: int
) -> tuple[Sequence[PersonMove], int]:
    """Return a page of the moves from or to these units and those below, the newest first, and how many there are."""
    units = select(Unit.id).where(scope.subtree_clause(within))
    query = select(PersonMove).join(Person, Person.id == PersonMove.person_id)
    query = query.where(PersonMove.old_unit_id.in_(units) | PersonMove.new_unit_id.in_(units))
    for word in search.split():
        query = query.where(func.lower(Person.name).contains(word.lower(), autoescape=True))
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = query.order_by(PersonMove.id.desc()).offset((page - 1) * size).limit(size)
    return session.execute(rows).scalars().unique().all(), total


def newest_status(session: Session, *, person_ids: Sequence[int]) -> dict[int, PersonMove]:
    """Return the last move of each of these people that gave them another status; nothing of whom none is known."""
    if not person_ids:
        return {}
    changed = select(func.max(MOVES.c.id)).where(
        MOVES.c.person_id.in_(person_ids), MOVES.c.old_status != MOVES.c.new_status
    )
    rows = select(PersonMove).where(PersonMove.id.in_(changed.group_by(MOVES.c.person_id)))
    return {row.person_id: row for row in session.execute(rows).scalars()}


def out_since(session: Session, *, within: Unit, since: datetime, asked: Sequence[asks.Ask]) -> Counter[rules.Pair]:
    """Return how many people of a unit and below were put out of the sums since a moment, each once, by what they
    sign as and their kind.

    Those who left, or who were active and no longer are, whatever lies between.  Who is away and has signed what is
    asked is not counted; whoever came back from having left has not (`rules.returned_at`).
    """
    units = select(Unit.id).where(scope.subtree_clause([within]))
    left = and_(
        PersonMove.new_status.in_(rules.LEFT), PersonMove.old_status.not_in(rules.LEFT), Person.status.in_(rules.LEFT)
    )
    was_in = and_(
        PersonMove.old_status == rules.ACTIVE,
        Person.status != rules.ACTIVE,
        or_(Person.status.in_(rules.LEFT), not_(lists.has_signed(asked))),
    )
    pair = (Person.signs_as, Person.kind)
    query = select(*pair, func.count(func.distinct(PersonMove.person_id)))
    query = query.join(Person, Person.id == PersonMove.person_id).group_by(*pair)
    inside = (PersonMove.moved_at >= since, PersonMove.old_unit_id.in_(units), or_(left, was_in))
    return Counter({(audience, kind): count for audience, kind, count in session.execute(query.where(*inside))})
