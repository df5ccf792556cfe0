"""Since when, by whom and through what people are out of the sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts.models import Account
from pakta.roster import lists, moving
from pakta.roster.models import Person


@dataclass(frozen=True, slots=True)
class Excuse:
    """How a person got their status, in words; `by` is empty where a command, or somebody erased since, gave it."""

    since: datetime
    by: str
    how: str


def of(session: Session, *, people: Sequence[lists.Listed]) -> Mapping[int, Excuse]:
    """Return how people got their present status; nothing of those who have it since they came into the roster."""
    found = moving.newest_status(session, person_ids=[person.person_id for person in people])
    now = {person.person_id: person.status for person in people}
    names = _names(session, {row.account_id for row in found.values() if row.account_id is not None})
    return {
        person_id: Excuse(row.moved_at, names.get(row.account_id or 0, ""), moving.How(row.how).said)
        for person_id, row in found.items()
        if row.new_status == now[person_id]
    }


def _names(session: Session, account_ids: set[int]) -> dict[int, str]:
    if not account_ids:
        return {}
    wanted = select(Account.id, Person.name).join(Person, Person.id == Account.person_id)
    return {row[0]: row[1] for row in session.execute(wanted.where(Account.id.in_(account_ids)))}
