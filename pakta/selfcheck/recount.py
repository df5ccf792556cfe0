"""Signatures counted from the ledger: its entries, the certificates that they are the hash of, and the roster.

Neither counters nor marks are looked at, so that a count of theirs can be held against this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import Status
from pakta.core import ledgerentry, number
from pakta.core.ledgerentry import EntryKind
from pakta.ledger.models import Entry
from pakta.roster import counters, lists, rules
from pakta.roster.models import Person, Unit
from pakta.selfcheck import statuses

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Recount:
    """What the ledger proves of a unit's people.

    signed   how many signatures count, by (unit, edition, audience, kind)
    people   how many people there are, by (unit, audience, kind); who is not active under `counters.EXCUSED`
    read     how many certificates were read    unproved  numbers of those that no entry is the hash of
    """

    signed: Counter[tuple[int, str, str, str]]
    people: Counter[tuple[int, str, str]]
    read: int
    unproved: Sequence[str]


def recount(session: Session, *, within: Unit) -> Recount:
    """Count the people of a unit and all below it, and their signatures that the ledger holds."""
    last = {text: found[-1].status for text, found in statuses.changes(session).items()}
    signed: Counter[tuple[int, str, str, str]] = Counter()
    unproved, read = [], 0
    rows = _certificates().where(lists.inside(session, within)).execution_options(yield_per=CHUNK)
    for row in session.execute(rows):
        read += 1
        if row.entry != ledgerentry.entry(EntryKind.CREDENTIAL, row.to_be_signed):
            unproved.append(number.spoken(row.number))
        elif last.get(row.number, int(Status.VALID)) == Status.VALID and _counts(row):
            signed[(row.here, row.edition_code, row.signs_as, row.kind)] += 1
    return Recount(signed=signed, people=_people(session, within), read=read, unproved=unproved)


def _certificates() -> Select[Any]:
    row = IssuedCredential
    columns: list[Any] = [
        row.number, row.to_be_signed, row.edition_code, row.unit_id, row.issued_at, Entry.entry,
        Person.unit_id.label("here"), Person.signs_as, Person.kind, Person.status, Person.returned_at,
    ]  # fmt: skip
    wanted: Select[Any] = select(*columns).select_from(row).join(Person, Person.id == row.person_id)
    return wanted.join(Unit, Unit.id == Person.unit_id).outerjoin(Entry, Entry.index == row.ledger_index)


def _counts(row: Row[Any]) -> bool:
    return row.status == rules.ACTIVE and rules.counts_here(
        signed_in=row.unit_id, signed_at=row.issued_at, unit_id=row.here, returned_at=row.returned_at
    )


def _people(session: Session, within: Unit) -> Counter[tuple[int, str, str]]:
    wanted = select(Person.unit_id, Person.signs_as, Person.kind, Person.status)
    rows = wanted.join(Unit, Unit.id == Person.unit_id).where(lists.inside(session, within))
    found = session.execute(rows.execution_options(yield_per=CHUNK))
    return Counter(
        (unit, signs_as if status == rules.ACTIVE else counters.EXCUSED, kind)
        for unit, signs_as, kind, status in found
    )
