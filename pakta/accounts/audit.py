"""The access log: who looked at or did what to other people's data.  Never an identity number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from pakta.accounts.models import AccessLog

DETAIL_LIMIT = 400  # characters
ERASURE = "penghapusan"  # the action of a line that says that somebody was erased


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
