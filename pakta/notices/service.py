"""Telling a person, and what they have been told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, func, insert, or_, select, update
from sqlalchemy.orm import Session

from pakta import asker
from pakta.notices.models import Notice
from pakta.notices.rules import Kind

SHOWN = 100  # notices on the page, and all that are unread


def tell(session: Session, *, person_id: int, kind: Kind, facts: Mapping[str, str | int], now: datetime) -> None:
    """Tell a person what is done in this transaction; whoever does it holds the writer's turn, or tells at its end.

    facts  as `Kind` says; never an identity number
    """
    row = {"person_id": person_id, "kind": kind.value, "facts": dict(facts), "created_at": now}
    session.execute(insert(Notice).values(row))


def of_person(session: Session, *, person_id: int) -> list[Notice]:
    """Return the newest notices to a person and all that are unread, newest first.

    However many come, none is buried: what is marked as read was on the page.
    """
    mine = Notice.person_id == person_id
    newest = select(Notice.id).where(mine).order_by(Notice.id.desc()).limit(SHOWN)
    rows = select(Notice).where(mine, or_(Notice.read_at.is_(None), Notice.id.in_(newest)))
    return list(session.execute(rows.order_by(Notice.id.desc())).scalars())


def unread_count(session: Session, *, person_id: int) -> int:
    """Return how many notices a person has not marked as read."""
    return int(session.execute(UNREAD, {asker.PERSON.key: person_id}).scalar_one())


# What counts the notices that the visitor has not marked as read.
UNREAD: Select[int] = select(func.count()).where(Notice.person_id == asker.PERSON, Notice.read_at.is_(None))


def mark_read(session: Session, *, person_id: int, up_to: int, now: datetime) -> None:
    """Mark a person's notices as read, as far as the one with the id `up_to`: what came later they have not seen."""
    unread = (Notice.person_id == person_id, Notice.id <= up_to, Notice.read_at.is_(None))
    session.execute(update(Notice).where(*unread).values(read_at=now))
