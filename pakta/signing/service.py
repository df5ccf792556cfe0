"""Preparing a statement, and asking what became of it; `acceptance` and `queue` take it back signed."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, delete
from sqlalchemy.orm import Session

from pakta.accounts.models import PersonKey
from pakta.certificates import confirming, issuing, renewing
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.renewing import Renewal
from pakta.core import statement as core_statement
from pakta.core.errors import Reason, Refusal
from pakta.database import UTCDateTime
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.ledger import service as ledger
from pakta.roster.models import Person
from pakta.roster.rules import LEFT
from pakta.signing import acceptance, rules
from pakta.signing.models import PreparedStatement

_PREPARED = cast(Table, PreparedStatement.__table__)
_SWEEP = delete(_PREPARED).where(_PREPARED.c.prepared_at < bindparam("before", type_=UTCDateTime))


def edition_for(session: Session, *, person: Person, now: datetime) -> Edition | None:
    """Return the edition that this person is asked to sign today, or None."""
    return editions.open_edition_for(session, signs_as=person.signs_as, kind=person.kind, now=now)


def edition_to_sign(session: Session, *, person: Person, now: datetime) -> Edition:
    """Return the edition that this person can sign now.

    Refuses with ISSUING_STOPPED, PERSON_NOT_ACTIVE, EDITION_CLOSED or SUDAH_MENANDATANGANI.
    """
    issuing.check_open(session)
    if person.status in LEFT:
        raise Refusal(Reason.PERSON_NOT_ACTIVE)
    edition = edition_for(session, person=person, now=now)
    if edition is None:
        raise Refusal(Reason.EDITION_CLOSED)
    if standing_certificate(session, person=person, edition=edition) is not None:
        raise Refusal(Reason.SUDAH_MENANDATANGANI)
    return edition


def standing_certificate(session: Session, *, person: Person, edition: Edition) -> IssuedCredential | None:
    """Return the person's certificate of this edition that stands and that they need not sign again, or None."""
    return renewing.settled(session, person_id=person.id, edition_code=edition.code)


def certificate_in_doubt(session: Session, *, person: Person, edition: Edition) -> IssuedCredential | None:
    """Return the person's certificate of this edition that waits for them to sign again, or None."""
    row = certificates.standing(session, person_id=person.id, edition_code=edition.code)
    return row if row is not None and confirming.is_doubtful(session, row=row) else None


def asked_again(session: Session, *, person: Person, now: datetime) -> Renewal | None:
    """Return why this person is asked to sign the edition again that they have signed, or None."""
    edition = None if person.status in LEFT else edition_for(session, person=person, now=now)
    return None if edition is None else renewing.renewal(session, person_id=person.id, edition_code=edition.code)


def prepare(
    session: Session,
    *,
    person: Person,
    key: PersonKey,
    ticked: list[str],
    now: datetime,
) -> PreparedStatement:
    """Make the statement that this person is about to sign, and remember its hash.

    Refuses as `edition_to_sign` does, and with CLAUSES_NOT_TICKED, KEY_NOT_USABLE or WITNESSES_SILENT.
    """
    edition = edition_to_sign(session, person=person, now=now)
    rules.check_ticks(ticked=ticked, clauses=editions.clause_ids(edition))
    _check_key(key, person)
    ledger.check_may_issue(session, now=now)  # said before anyone signs in vain
    text = core_statement.make(
        edition=edition.code,
        title=edition.title,
        text_sha256=edition.text_sha256,
        signer=_signer(person),
        acknowledged=tuple(editions.clause_ids(edition)),
        key=key.thumbprint,
        place=person.unit.institution.town,
        prepared_at=now,
    )
    row = PreparedStatement(
        sha256=hashlib.sha256(text).digest(),
        person_id=person.id,
        edition_code=edition.code,
        key_id=key.id,
        statement=text,
        prepared_at=now,
    )
    session.execute(_SWEEP, {"before": now - rules.STATEMENT_KEPT})
    session.add(row)
    session.flush()
    return row


def prepared_by_hash(session: Session, *, person: Person, sha256: bytes) -> PreparedStatement | None:
    """Return the person's own prepared statement with this hash, or None."""
    row = session.get(PreparedStatement, sha256)
    return row if row is not None and row.person_id == person.id else None


def signed_by_hash(session: Session, *, person: Person, sha256: bytes) -> IssuedCredential | None:
    """Return the certificate that the person got for the statement with this hash, or None."""
    return acceptance.certificate_of(session, digest=sha256, person_id=person.id)


def _check_key(key: PersonKey, person: Person) -> None:
    if key.person_id != person.id or key.suspended_at is not None or key.revoked_at is not None:
        raise Refusal(Reason.KEY_NOT_USABLE)


def _signer(person: Person) -> core_statement.Signer:
    return core_statement.Signer(
        kind=person.kind,
        number=person.number,
        name=person.name,
        rank=person.rank,
        position=person.position,
        unit=person.unit.name,
        institution=person.unit.institution.name,
    )
