"""Counters and marks of who has signed, against people and their certificates."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import Status
from pakta.ledger.check import Finding
from pakta.roster import counters
from pakta.roster.models import SignedPerson
from pakta.selfcheck import entries


def check(session: Session) -> Iterator[Finding]:
    """Yield what does not agree in the counters and marks."""
    yield from _marks(session)
    for line in counters.check(session):
        where, _, what = line.partition(": ")
        yield Finding(where, what)


def _marks(session: Session) -> Iterator[Finding]:
    marks = {
        (row[0], row[1]): (row[2], row[3])
        for row in session.execute(
            select(SignedPerson.person_id, SignedPerson.edition_code, SignedPerson.signed_at, SignedPerson.unit_id)
        )
    }
    row = IssuedCredential
    valid = select(row.person_id, row.edition_code, row.issued_at, row.unit_id).where(row.status == int(Status.VALID))
    for person, edition, issued_at, unit_id in session.execute(valid):
        where, mark = f"mark of person {person} for {edition}", marks.pop((person, edition), None)
        if mark is None:
            yield Finding(where, "is missing, the certificate is valid")
            continue
        if not entries.together(mark[0], issued_at):
            yield Finding(where, "signed_at is not when the certificate was issued")
        if mark[1] != unit_id:
            yield Finding(where, "unit_id is not where the certificate was signed")
    for person, edition in sorted(marks):
        yield Finding(f"mark of person {person} for {edition}", "no valid certificate stands behind it")
