"""Certificates whose owners are asked to sign again, because what they signed about themselves is not so any more.

The old certificate stays valid until then.  Who signs again gets a new one in the transaction that revokes the old.

asked for   another name, another unit, a return after having left; a rank or position that was corrected
not for     a new rank or position, which is the ordinary course of a career; a new name of the same unit
Decision 0061.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Select, Table, bindparam, func, select
from sqlalchemy.orm import Session

from pakta.certificates import confirming, service
from pakta.certificates.confirming import Standing
from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import evidence, statement
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.roster.models import Correction, Person, PersonMove, Unit
from pakta.roster.moving import How

TABLE = cast(Table, IssuedCredential.__table__)
PROMOTED = ("rank", "position")  # what changes in the ordinary course of a career


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was signed.

    field         name, unit, rank or position; or `returned`: they left since and came back
    corrected     an administrator corrected it since, after a report
    regrouped_at  of a unit: when a merger or split brought them there, if one did
    """

    field: str
    old: str
    new: str
    corrected: bool = False
    regrouped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """A certificate that stands, and why its owner is asked to sign again."""

    credential_id: int
    number: str
    edition_code: str
    differences: Sequence[Difference]

    @property
    def reason(self) -> ReasonClass:
        """Return the class with which the certificate is revoked when they have signed again."""
        wrong = any(each.corrected for each in self.differences)
        return ReasonClass.DATA_WRONG if wrong else ReasonClass.ADMINISTRATIVE


_FACTS: Select[Any] = (
    select(
        *(TABLE.c.id, TABLE.c.number, TABLE.c.person_id, TABLE.c.edition_code, TABLE.c.issued_at),
        *(TABLE.c.unit_id.label("signed_in"), StoredEvidence.evidence),
        *(Person.name, Person.rank, Person.position, Person.unit_id, Person.returned_at, Unit.name.label("unit")),
    )
    .join_from(TABLE, Person, Person.id == TABLE.c.person_id)
    .join(Unit, Unit.id == Person.unit_id)
    .join(StoredEvidence, StoredEvidence.sha256 == TABLE.c.evidence_hash)
    .where(TABLE.c.status == Status.VALID, TABLE.c.person_id.in_(bindparam("people", expanding=True)))
)
_WHAT: list[Any] = [Correction.person_id, Correction.field, Correction.corrected_at]
_CORRECTED: Select[Any] = select(*_WHAT).where(Correction.person_id.in_(bindparam("people", expanding=True)))
_CAME: list[Any] = [PersonMove.person_id, func.max(PersonMove.moved_at)]
_REGROUPED: Select[Any] = (
    select(*_CAME)
    .join(Person, Person.id == PersonMove.person_id)
    .where(PersonMove.how == How.UNITS, PersonMove.new_unit_id == Person.unit_id)
    .where(PersonMove.person_id.in_(bindparam("people", expanding=True)))
    .group_by(PersonMove.person_id)
)


def renewals(session: Session, *, standing: Collection[Standing]) -> Mapping[Standing, Renewal]:
    """Return those of the certificates that stand whose owners are asked to sign again, and why."""
    people = {"people": [person_id for person_id, _ in standing]}
    rows = session.connection().execute(_FACTS, people).all() if standing else []
    corrected = session.connection().execute(_CORRECTED, people).all() if rows else []
    moved = {"people": [row.person_id for row in rows if row.signed_in != row.unit_id]}
    came = session.connection().execute(_REGROUPED, moved).all() if moved["people"] else []
    regrouped: dict[int, datetime] = {person_id: at for person_id, at in came}
    found = {}
    for row in rows:
        since = {each.field for each in corrected if _of(each, row)}
        differences = tuple(_differences(row, corrected=since, regrouped_at=regrouped.get(row.person_id)))
        if differences and (row.person_id, row.edition_code) in standing:
            renewal = Renewal(row.id, row.number, row.edition_code, differences)
            found[(row.person_id, row.edition_code)] = renewal
    return found


def renewal(session: Session, *, person_id: int, edition_code: str) -> Renewal | None:
    """Return why a person is asked to sign this edition again, or None."""
    wanted = (person_id, edition_code)
    return renewals(session, standing=[wanted]).get(wanted)


def settled(session: Session, *, person_id: int, edition_code: str) -> IssuedCredential | None:
    """Return the person's certificate of this edition that stands and need not be signed again, or None."""
    row = service.standing(session, person_id=person_id, edition_code=edition_code)
    if row is None or confirming.is_doubtful(session, row=row):
        return None
    return None if renewal(session, person_id=person_id, edition_code=edition_code) else row


def link(session: Session, *, old: IssuedCredential, number: str, now: datetime) -> None:
    """Note which certificate has taken the place of an old one, in the transaction of both, and tell their owner."""
    old.replaced_by = number
    facts = {"certificate": old.number, "by": number}
    notices.tell(session, person_id=old.person_id, kind=Kind.CERTIFICATE_REPLACED, facts=facts, now=now)


def replaced(session: Session, *, row: IssuedCredential) -> str | None:
    """Return the number of the certificate whose place this one took, or None."""
    earlier = select(TABLE.c.number).where(TABLE.c.person_id == row.person_id, TABLE.c.replaced_by == row.number)
    return session.execute(earlier).scalar()


def _of(correction: Row[Any], row: Row[Any]) -> bool:
    corrected_at: datetime = correction.corrected_at
    return bool(correction.person_id == row.person_id and corrected_at >= row.issued_at)


def _differences(row: Row[Any], *, corrected: Collection[str], regrouped_at: datetime | None) -> Iterator[Difference]:
    signer = statement.parse(evidence.parse(row.evidence).statement).signer
    if signer.name != row.name:
        yield Difference("name", signer.name, row.name, "name" in corrected)
    if row.signed_in != row.unit_id:
        since = regrouped_at if regrouped_at is not None and regrouped_at >= row.issued_at else None
        yield Difference("unit", signer.unit, row.unit, "unit" in corrected, since)
    for field in PROMOTED:
        old, new = getattr(signer, field), getattr(row, field)
        if old != new and field in corrected:
            yield Difference(field, old, new, corrected=True)
    if row.returned_at is not None and row.issued_at < row.returned_at:
        yield Difference("returned", "", "")
