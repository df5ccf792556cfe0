"""Sums of the roster: shares of units, from the counters alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from sqlalchemy import String, Table, bindparam, func, select, union_all
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session

from pakta.many import among
from pakta.roster import asks, counters
from pakta.roster.models import CounterPeople, CounterSigned, Unit

_PEOPLE, _SIGNED = cast(Table, CounterPeople.__table__), cast(Table, CounterSigned.__table__)
_COUNTS = union_all(  # both sums of some units; no edition is named where people are counted
    select(
        _PEOPLE.c.unit_id, _PEOPLE.c.audience, _PEOPLE.c.kind, cast_to(None, String).label("code"), _PEOPLE.c.people
    ).where(among(_PEOPLE.c.unit_id, "units")),
    select(_SIGNED.c.unit_id, _SIGNED.c.audience, _SIGNED.c.kind, _SIGNED.c.edition_code, _SIGNED.c.signed).where(
        among(_SIGNED.c.unit_id, "units"), _SIGNED.c.edition_code.in_(bindparam("codes", expanding=True))
    ),
)


Key = tuple[str, str, str]  # of a text's code, an audience and a kind


class Count(NamedTuple):
    """A counter of a unit: of people where `code` is None, else of the signatures of a text."""

    audience: str
    kind: str
    code: str | None
    size: int


@dataclass(frozen=True, slots=True)
class Share:
    """How many are asked and how many of them have signed, and how many people are out of both sums."""

    signed: int
    total: int
    excused: int = 0

    @property
    def unsigned(self) -> int:
        """Return how many are still to sign."""
        return self.total - self.signed


def share(session: Session, *, unit: Unit, asked: Sequence[asks.Ask]) -> Share:
    """Return the share of a unit and all below it."""
    return unit_shares(session, unit_ids=[unit.id], asked=asked)[unit.id]


def unit_shares(session: Session, *, unit_ids: Sequence[int], asked: Sequence[asks.Ask]) -> dict[int, Share]:
    """Return the share of each unit with all below it, from the counters."""
    return shares_of(counts(session, unit_ids=unit_ids, codes=[ask.edition_code for ask in asked]), asked)


def counts(session: Session, *, unit_ids: Sequence[int], codes: Sequence[str]) -> dict[int, list[Count]]:
    """Return the counters of each unit with all below it: of people, and of signatures of the texts with `codes`."""
    found: dict[int, list[Count]] = {unit_id: [] for unit_id in unit_ids}
    wanted = {"units": list(unit_ids), "codes": list(codes)}
    for unit_id, *count in session.connection().execute(_COUNTS, wanted):  # no mapped row, and a session asks longer
        found[unit_id].append(Count(*count))
    return found


def shares_of(counted: Mapping[int, Sequence[Count]], asked: Sequence[asks.Ask]) -> dict[int, Share]:
    """Return the share of each unit in what is asked, of counters that were read with its texts."""
    pairs = {pair for ask in asked for pair in ask.pairs}
    signed = {(ask.edition_code, *pair) for ask in asked for pair in ask.pairs}
    return {unit_id: _share(of_unit, pairs, signed) for unit_id, of_unit in counted.items()}


def _share(of_unit: Sequence[Count], pairs: Collection[tuple[str, str]], signed: Collection[Key]) -> Share:
    has_signed = total = excused = 0
    for audience, kind, code, size in of_unit:
        if code is not None:
            has_signed += size if (code, audience, kind) in signed else 0
        elif audience == counters.EXCUSED:
            excused += size
        elif (audience, kind) in pairs:
            total += size
    return Share(has_signed, total, excused)


def excused_of(of_unit: Sequence[Count], *, kind: str) -> int:
    """Return how many are out of the sums, of one kind or of all where it is empty."""
    wanted = (each for each in of_unit if each.audience == counters.EXCUSED and kind in ("", each.kind))
    return sum(each.size for each in wanted)


def active(session: Session, *, unit: Unit) -> dict[tuple[str, str], int]:
    """Return how many active people a subtree holds, by audience and kind, from the counters."""
    rows = session.execute(
        select(CounterPeople.audience, CounterPeople.kind, CounterPeople.people).where(
            CounterPeople.unit_id == unit.id,
            CounterPeople.people > 0,
            CounterPeople.audience != counters.EXCUSED,
        )
    )
    return {(audience, kind): count for audience, kind, count in rows}


def headcount(session: Session, *, unit: Unit) -> int:
    """Return how many people a unit and all below it hold, the excused with them, from the counters."""
    return sum(each.size for each in counts(session, unit_ids=[unit.id], codes=[])[unit.id])


def larger(session: Session, *, than: int) -> list[int]:
    """Return the ids of units that hold more than so many people with all below them, the excused with them."""
    people = func.sum(CounterPeople.people)
    rows = select(CounterPeople.unit_id).group_by(CounterPeople.unit_id).having(people > than)
    return list(session.scalars(rows.order_by(CounterPeople.unit_id)))
