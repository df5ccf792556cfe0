"""The access log: who looked at or did what to other people's data.  Never an identity number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ScalarSelect, func, insert, select
from sqlalchemy.orm import Session

from pakta.accounts.models import AccessLog
from pakta.roster.models import Person, Unit

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
    institution_id: int | None = None,
    detail: str = "",
) -> None:
    """Write one line of the access log; `detail` must not hold an identity number.

    unit_id         without one: the person's unit
    institution_id  whose line it is, where neither a unit nor a person says so
    """
    session.execute(
        insert(AccessLog).values(
            account_id=account_id,
            action=action,
            unit_id=unit_id if unit_id is not None else _unit_of(person_id),
            person_id=person_id,
            institution_id=func.coalesce(_institution_of(unit_id, person_id), institution_id),
            detail=detail[:DETAIL_LIMIT],
            at=now,
        )
    )


def _unit_of(person_id: int | None) -> ScalarSelect[int] | None:
    return None if person_id is None else select(Person.unit_id).where(Person.id == person_id).scalar_subquery()


def _institution_of(unit_id: int | None, person_id: int | None) -> ScalarSelect[int]:
    unit = unit_id if unit_id is not None else _unit_of(person_id)
    return select(Unit.institution_id).where(Unit.id == unit).scalar_subquery()
