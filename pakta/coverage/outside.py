"""What of a unit's share lies in none of its open parts: with it, parts add up to the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from pakta.roster import asks, queries, units
from pakta.roster.models import Unit
from pakta.roster.queries import Share


@dataclass(frozen=True, slots=True)
class Outside:
    """The shares of who stands right in a unit, and of who is left in parts of it that have ended (`ended_ids`)."""

    own: Share
    ended: Share
    ended_ids: Sequence[int] = ()


def of(
    session: Session, *, unit: Unit, whole: Share, below: Iterable[Share], asking: Sequence[asks.Ask], on: date
) -> Outside:
    """Return what of a unit's `whole` share is in none of the shares `below`."""
    ids = units.closed_below(session, unit=unit, on=on)
    ended = _sum(queries.unit_shares(session, unit_ids=ids, asked=asking).values() if ids else ())
    parts = _sum([*below, ended])
    own = Share(whole.signed - parts.signed, whole.total - parts.total, whole.excused - parts.excused)
    return Outside(own, ended, ids)


def _sum(shares: Iterable[Share]) -> Share:
    found = list(shares)
    return Share(*(sum(getattr(each, name) for each in found) for name in ("signed", "total", "excused")))
