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
        (row[0], row[1]): row[2]
        for row in session.execute(select(SignedPerson.person_id, SignedPerson.edition_code, SignedPerson.signed_at))
    }
    valid = select(IssuedCredential.person_id, IssuedCredential.edition_code, IssuedCredential.issued_at)
    for person, edition, issued_at in session.execute(valid.where(IssuedCredential.status == int(Status.VALID))):
        where, marked_at = f"mark of person {person} for {edition}", marks.pop((person, edition), None)
        if marked_at is None:
            yield Finding(where, "is missing, the certificate is valid")
        elif not entries.together(marked_at, issued_at):
            yield Finding(where, "signed_at is not when the certificate was issued")
    for person, edition in sorted(marks):
        yield Finding(f"mark of person {person} for {edition}", "no valid certificate stands behind it")
