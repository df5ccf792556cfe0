"""The access log: who looked at or did what to other people's data.  Never an identity number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pakta.accounts.models import AccessLog

DETAIL_LIMIT = 400  # characters


def record(
    session: Session,
    *,
    account_id: int | None,
    action: str,
    now: datetime,
    unit_id: int | None = None,
    person_id: int | None = None,
    detail: str = "",
) -> None:
    """Write one line of the access log; `detail` must not hold an identity number."""
    session.execute(
        insert(AccessLog).values(
            account_id=account_id,
            action=action,
            unit_id=unit_id,
            person_id=person_id,
            detail=detail[:DETAIL_LIMIT],
            at=now,
        )
    )


def about_person(session: Session, *, person_id: int, limit: int = 50) -> Sequence[AccessLog]:
    """Return the newest lines about a person."""
    rows = select(AccessLog).where(AccessLog.person_id == person_id).order_by(AccessLog.id.desc())
    return session.execute(rows.limit(limit)).scalars().all()
