"""Certificates in doubt: issued by a lost key after the last head that is sure, until their owners sign again.

The verdict on them is DITANGGUHKAN, by the key set alone: their status stays valid and they stay counted.
Who signs the same text again gets a new certificate; the old one is revoked in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.certificates import issuing, publishing, service
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.config import Config
from pakta.core import credential
from pakta.core.keyset import KeySet
from pakta.keyring import Keyring

Standing = tuple[int, str]  # person, edition


def is_doubtful(session: Session, *, row: IssuedCredential) -> bool:
    """Say whether a certificate that stands waits for its owner to sign again."""
    return _is_doubtful(issuing.current(session), row)


def doubtful(session: Session, *, standing: Collection[Standing]) -> Mapping[Standing, IssuedCredential]:
    """Return those of the certificates that stand which wait for their owners to sign again."""
    found = issuing.current(session) if standing else None
    if found is None or not found.compromised:
        return {}
    rows = select(IssuedCredential).where(
        IssuedCredential.person_id.in_([person for person, _ in standing]),
        IssuedCredential.ledger_index >= min(each.size for each in found.compromised.values()),
        IssuedCredential.status == Status.VALID,
    )
    each_row = session.execute(rows).scalars()
    return {(row.person_id, row.edition_code): row for row in each_row if _is_doubtful(found, row)}


def give_way(
    session: Session,
    *,
    old: Sequence[tuple[IssuedCredential, ReasonClass]],
    now: datetime,
    keyring: Keyring,
    config: Config,
) -> None:
    """Revoke certificates whose owners have signed again, before their successors are issued."""
    for row, reason in old:
        service.enter_status(session, row=row, status=Status.REVOKED, reason=reason, now=now, replaced=True)
    if old:
        publishing.publish_status_list(session, now=now, keyring=keyring, config=config)


def _is_doubtful(found: KeySet | None, row: IssuedCredential) -> bool:
    if found is None or not found.compromised or row.status != Status.VALID or row.cose is None:
        return False
    compromise = found.compromised.get(credential.parse(row.cose).kid)
    return compromise is not None and row.ledger_index >= compromise.size
