"""Evidence: each stored signature checked again, against its credential, key and text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from pakta.accounts.models import PersonKey
from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.config import Config
from pakta.core import credential, number
from pakta.core import evidence as core_evidence
from pakta.core.errors import Refusal
from pakta.core.evidence import Evidence, Method
from pakta.core.statement import Statement
from pakta.editions.models import Edition
from pakta.ledger.check import Finding
from pakta.selfcheck import entries
from pakta.signing import rules

AnyRow = Row[*tuple[Any, ...]]
KIOSK = 3
_ROWS = (
    select(
        IssuedCredential.number,
        IssuedCredential.person_id,
        IssuedCredential.edition_code,
        IssuedCredential.evidence_hash,
        IssuedCredential.method,
        IssuedCredential.cose,
        IssuedCredential.ledger_index,
        IssuedCredential.issued_at,
        PersonKey.id.label("key_id"),
        PersonKey.person_id.label("key_person_id"),
        PersonKey.thumbprint,
        PersonKey.method.label("key_method"),
        PersonKey.kiosk,
        PersonKey.record,
        PersonKey.ledger_index.label("key_index"),
        StoredEvidence,
        Edition.text_sha256,
    )
    .join(PersonKey, PersonKey.id == IssuedCredential.key_id)
    .join(Edition, Edition.code == IssuedCredential.edition_code)
    .outerjoin(StoredEvidence, StoredEvidence.sha256 == IssuedCredential.evidence_hash)
    .order_by(IssuedCredential.id)
    .execution_options(yield_per=500)
)


def check(session: Session, *, config: Config) -> Iterator[Finding]:
    """Yield what does not agree in the evidence."""
    for row in session.execute(_ROWS):
        where = f"evidence of {number.spoken(row.number)}"
        if row.StoredEvidence is None:
            yield Finding(where, "is missing")
            continue
        yield from _stored(where, row)
        try:
            bytes_ = row.StoredEvidence.evidence
            found = core_evidence.parse(bytes_)
            stated = core_evidence.verify(bytes_, relying_party=config.relying_party, origins=(config.origin,))
        except Refusal as refusal:
            yield Finding(where, f"does not hold ({refusal.reason})")
            continue
        yield from _enrolment(where, row, found)
        yield from _statement(where, row, found, stated)
        yield from _name(where, row, stated)
    yield from _alone(session)


def _stored(where: str, row: AnyRow) -> Iterator[Finding]:
    stored = row.StoredEvidence
    if core_evidence.hash(stored.evidence) != row.evidence_hash:
        yield Finding(where, "is not what its credential names")
    if stored.person_id != row.person_id or row.key_person_id != row.person_id:
        yield Finding(where, "evidence, key and credential are of different people")
    if stored.edition_code != row.edition_code:
        yield Finding(where, "edition_code is not that of its credential")
    if not entries.together(stored.accepted_at, row.issued_at):
        yield Finding(where, "accepted_at is not when its credential was issued")


def _enrolment(where: str, row: AnyRow, found: Evidence) -> Iterator[Finding]:
    if (found.record, found.index) != (row.record, row.key_index):
        yield Finding(where, f"its enrolment is not that of key {row.key_id}")
    if found.index >= row.ledger_index:
        yield Finding(where, f"entry {found.index} of its key does not stand before its own")


def _statement(where: str, row: AnyRow, found: Evidence, stated: Statement) -> Iterator[Finding]:
    if hashlib.sha256(found.statement).digest() != row.StoredEvidence.statement_sha256:
        yield Finding(where, "statement_sha256 is not that of its statement")
    if stated.key != row.thumbprint:
        yield Finding(where, f"was not signed with key {row.key_id}")
    yield from check_time(where, stated, row.issued_at)
    if stated.edition != row.edition_code or stated.text_sha256 != row.text_sha256:
        yield Finding(where, "its statement names another text")
    method = KIOSK if row.kiosk else Method(row.key_method).number
    if found.method != row.key_method or row.method != method:
        yield Finding(where, "method is not that of its key")


def check_time(where: str, stated: Statement, issued_at: datetime) -> Iterator[Finding]:
    """Compare the time that the person signed with the certificate's."""
    if not rules.is_of_one_act(prepared_at=stated.prepared_at, issued_at=issued_at):
        yield Finding(where, "its statement is of another time than its credential")


def _name(where: str, row: AnyRow, stated: Statement) -> Iterator[Finding]:
    """Compare whom the credential names with whom the statement names; what is no credential is found elsewhere."""
    try:
        claims = credential.parse(row.cose or b"").claims
    except Refusal:
        return
    if claims.name not in (None, stated.signer.name):
        yield Finding(where, "its statement names another person than its credential")


def _alone(session: Session) -> Iterator[Finding]:
    alone = (
        select(StoredEvidence.sha256)
        .outerjoin(IssuedCredential, IssuedCredential.evidence_hash == StoredEvidence.sha256)
        .where(IssuedCredential.id.is_(None))
    )
    for sha256 in session.execute(alone).scalars():
        yield Finding(f"evidence {sha256.hex()[:16]}", "no credential stands behind it")
