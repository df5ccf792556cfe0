"""Sums of the roster: shares of units, from the counters alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.roster import asks, counters
from pakta.roster.models import CounterPeople, CounterSigned, Unit


@dataclass(frozen=True, slots=True)
class Share:
    """How many are asked and how many of them have signed."""

    signed: int
    total: int

    @property
    def unsigned(self) -> int:
        """Return how many are still to sign."""
        return self.total - self.signed


def share(session: Session, *, unit: Unit, asked: Sequence[asks.Ask]) -> Share:
    """Return the share of a unit and all below it."""
    return unit_shares(session, unit_ids=[unit.id], asked=asked)[unit.id]


def unit_shares(session: Session, *, unit_ids: Sequence[int], asked: Sequence[asks.Ask]) -> dict[int, Share]:
    """Return the share of each unit with all below it, from the counters."""
    pairs = {pair for ask in asked for pair in ask.pairs}
    counted = {(ask.edition_code, *pair) for ask in asked for pair in ask.pairs}
    found = {unit_id: [0, 0] for unit_id in unit_ids}
    for part in _parts(unit_ids):
        people = select(
            CounterPeople.unit_id, CounterPeople.audience, CounterPeople.kind, CounterPeople.people
        ).where(CounterPeople.unit_id.in_(part))
        for unit_id, audience, kind, count in session.execute(people):
            found[unit_id][1] += count if (audience, kind) in pairs else 0
        signed = select(
            CounterSigned.unit_id,
            CounterSigned.edition_code,
            CounterSigned.audience,
            CounterSigned.kind,
            CounterSigned.signed,
        ).where(
            CounterSigned.unit_id.in_(part),
            CounterSigned.edition_code.in_([ask.edition_code for ask in asked]),
        )
        for unit_id, code, audience, kind, count in session.execute(signed):
            found[unit_id][0] += count if (code, audience, kind) in counted else 0
    return {unit_id: Share(*both) for unit_id, both in found.items()}


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


def excused(session: Session, *, unit_ids: Sequence[int], kind: str = "") -> dict[int, int]:
    """Return how many people of each unit and all below it are out of the sums, of one kind or of all."""
    found = dict.fromkeys(unit_ids, 0)
    for part in _parts(unit_ids):
        wanted = select(CounterPeople.unit_id, CounterPeople.people).where(
            CounterPeople.unit_id.in_(part), CounterPeople.audience == counters.EXCUSED
        )
        rows = session.execute(wanted.where(CounterPeople.kind == kind) if kind else wanted)
        for unit_id, count in rows:
            found[unit_id] += count
    return found


def _parts(ids: Sequence[int], size: int = 5000) -> Iterator[Sequence[int]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))
