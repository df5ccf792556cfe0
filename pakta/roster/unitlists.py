"""Lists of units, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.roster import units
from pakta.roster.models import Unit

PAGE = 100  # units on a page


@dataclass(frozen=True, slots=True)
class Page:
    """One page of units; pages count from 1."""

    units: Sequence[Unit]
    page: int
    last: int


def below(session: Session, *, unit: Unit, page: int = 1, on: date | None = None) -> Page:
    """Return a page of the units right below one now, in the order of making: those valid `on` a day, or all."""
    query = select(Unit).where(Unit.parent_id == unit.id)
    if on is not None:
        query = query.where(*units.valid_clauses(on))
    counting = query.with_only_columns(func.count(), maintain_column_froms=True)
    last = max(1, -(-int(session.execute(counting).scalar_one()) // PAGE))
    page = min(max(1, page), last)
    return Page(session.scalars(query.order_by(Unit.id).offset((page - 1) * PAGE).limit(PAGE)).all(), page, last)
