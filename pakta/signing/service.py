"""Preparing a statement, and accepting what comes back signed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session, defer, joinedload, lazyload

from pakta.accounts.models import PersonKey
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.config import Config
from pakta.core import evidence as core_evidence
from pakta.core import statement as core_statement
from pakta.core.errors import Reason, Refusal
from pakta.core.evidence import Method
from pakta.database import UTCDateTime
from pakta.editions import rules as edition_rules
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.keyring import Keyring
from pakta.ledger import service as ledger
from pakta.roster.models import Person, Unit
from pakta.signing import rules
from pakta.signing.models import PreparedStatement

KIOSK_METHOD = 3
_EVIDENCE = cast(Table, StoredEvidence.__table__)
_PREPARED = cast(Table, PreparedStatement.__table__)
_STORE = insert(_EVIDENCE)
_SWEEP = delete(_PREPARED).where(_PREPARED.c.prepared_at < bindparam("before", type_=UTCDateTime))
_DONE = delete(_PREPARED).where(_PREPARED.c.sha256 == bindparam("digest"))
_WAITING = (  # one question for all that a signing needs to know, read anew whatever the session holds
    select(PreparedStatement, PersonKey, Person, Edition)
    .join(PersonKey, PersonKey.id == PreparedStatement.key_id)
    .join(Person, Person.id == PreparedStatement.person_id)
    .join(Edition, Edition.code == PreparedStatement.edition_code)
    .where(PreparedStatement.sha256 == bindparam("digest"))
    .options(lazyload("*"), joinedload(Person.unit).joinedload(Unit.institution), defer(Edition.text))
    # The same statement again waits, and then finds its certificate; who suspends the key waits, and finds the pact.
    .with_for_update(of=(PreparedStatement, PersonKey))
    .execution_options(populate_existing=True)
)


def edition_for(session: Session, *, person: Person, now: datetime) -> Edition | None:
    """Return the edition that this person is asked to sign today, or None."""
    return editions.open_edition_for(session, signs_as=person.signs_as, kind=person.kind, now=now)


def standing_certificate(session: Session, *, person: Person, edition: Edition) -> IssuedCredential | None:
    """Return the person's certificate of this edition that has not been revoked, or None."""
    return certificates.standing(session, person_id=person.id, edition_code=edition.code)


def prepare(
    session: Session,
    *,
    person: Person,
    key: PersonKey,
    ticked: list[str],
    now: datetime,
) -> PreparedStatement:
    """Make the statement that this person is about to sign, and remember its hash.

    Refuses with EDITION_CLOSED, CLAUSES_NOT_TICKED, KEY_NOT_USABLE or SUDAH_MENANDATANGANI.
    """
    edition = edition_for(session, person=person, now=now)
    if edition is None:
        raise Refusal(Reason.EDITION_CLOSED)
    rules.check_ticks(ticked=ticked, clauses=editions.clause_ids(edition))
    _check_key(key, person)
    if standing_certificate(session, person=person, edition=edition) is not None:
        raise Refusal(Reason.SUDAH_MENANDATANGANI)
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


def accept(
    session: Session,
    *,
    person_id: int,
    statement: bytes,
    proof: Mapping[str, str],
    now: datetime,
    keyring: Keyring,
    config: Config,
) -> str:
    """Check a signed statement, issue its certificate and return its number; the same one again gives the same.

    statement  the very bytes that were prepared and signed
    proof      the signature's members of the evidence: `signature`, and for a passkey also
               `authenticatorData` and `clientDataJSON`, in base64url

    Refuses with STATEMENT_UNKNOWN, STATEMENT_FOREIGN, STATEMENT_STALE, SUDAH_MENANDATANGANI,
    KEY_NOT_USABLE, or what `core.evidence.verify` refuses with.  Nothing is written then.
    """
    digest = hashlib.sha256(statement).digest()
    waiting = session.execute(_WAITING, {"digest": digest}).one_or_none()
    if waiting is None:
        return _accepted_before(session, digest=digest, person_id=person_id, now=now)
    prepared, key, person, edition = waiting
    if person.id != person_id:
        raise Refusal(Reason.STATEMENT_FOREIGN)
    _check_usable(session, prepared, key, edition, person=person, now=now)
    evidence = core_evidence.make(
        statement=prepared.statement,
        method=Method(key.method),
        jwk=key.jwk,
        enrolment_record=key.record,
        enrolment_index=key.ledger_index,
        proof=proof,
    )
    stated = core_evidence.verify(evidence, relying_party=config.relying_party, origins=(config.origin,))
    if stated.signer != _signer(person) or stated.text_sha256 != edition.text_sha256:
        raise Refusal(Reason.STATEMENT_STALE)
    _keep(session, prepared=prepared, evidence=evidence, now=now)
    ledger.lock(session)  # from here on nobody else signs: what stands now still stands at the commit
    twin, status_index = certificates.outlook(session, person_id=person.id, edition_code=edition.code)
    if twin is not None:
        raise Refusal(Reason.SUDAH_MENANDATANGANI)
    return certificates.issue(
        session,
        person=person,
        edition=edition,
        key=key,
        evidence_hash=core_evidence.hash(evidence),
        method=KIOSK_METHOD if key.kiosk else Method(key.method).number,
        status_index=status_index,
        now=now,
        keyring=keyring,
        config=config,
    )


def prepared_by_hash(session: Session, *, person: Person, sha256: bytes) -> PreparedStatement | None:
    """Return the person's own prepared statement with this hash, or None."""
    row = session.get(PreparedStatement, sha256)
    return row if row is not None and row.person_id == person.id else None


def signed_by_hash(session: Session, *, person: Person, sha256: bytes) -> IssuedCredential | None:
    """Return the certificate that the person got for the statement with this hash, or None."""
    return _already_accepted(session, digest=sha256, person_id=person.id)


def _already_accepted(session: Session, *, digest: bytes, person_id: int) -> IssuedCredential | None:
    row = session.execute(
        select(StoredEvidence).where(StoredEvidence.statement_sha256 == digest)
    ).scalar_one_or_none()
    if row is None:
        return None
    if row.person_id != person_id:
        raise Refusal(Reason.STATEMENT_FOREIGN)
    return certificates.by_evidence(session, evidence_hash=row.sha256)


def _accepted_before(session: Session, *, digest: bytes, person_id: int, now: datetime) -> str:
    """Return the certificate's number of a statement that is no longer waiting, or refuse."""
    before = _already_accepted(session, digest=digest, person_id=person_id)
    if before is None:
        raise _unknown(session, person=session.get_one(Person, person_id), now=now)
    return before.number


def _keep(session: Session, *, prepared: PreparedStatement, evidence: bytes, now: datetime) -> None:
    """Store the evidence; its statement waits no more."""
    connection = session.connection()
    row = {
        "sha256": core_evidence.hash(evidence),
        "statement_sha256": prepared.sha256,
        "person_id": prepared.person_id,
        "edition_code": prepared.edition_code,
        "evidence": evidence,
        "accepted_at": now,
    }
    connection.execute(_STORE, row)
    connection.execute(_DONE, {"digest": prepared.sha256})


def _check_usable(
    session: Session, prepared: PreparedStatement, key: PersonKey, edition: Edition, *, person: Person, now: datetime
) -> None:
    """Refuse unless the person is asked to sign this edition now, with this key, and has not waited too long."""
    if not (edition_rules.is_open(edition, edition_rules.day_of(now)) and person.signs_as in edition.audience):
        asked = edition_for(session, person=person, now=now)  # by their kind, perhaps, or another one by now
        if asked is None:
            raise Refusal(Reason.EDITION_CLOSED)
        if asked.code != edition.code:
            raise Refusal(Reason.STATEMENT_STALE)
    if rules.is_stale(prepared_at=prepared.prepared_at, now=now):
        raise Refusal(Reason.STATEMENT_STALE)
    _check_key(key, person)


def _unknown(session: Session, *, person: Person, now: datetime) -> Refusal:
    """Say which refusal a statement gets that was never prepared here, or whose preparation is gone."""
    edition = edition_for(session, person=person, now=now)
    if edition is not None and standing_certificate(session, person=person, edition=edition) is not None:
        return Refusal(Reason.SUDAH_MENANDATANGANI)
    return Refusal(Reason.STATEMENT_UNKNOWN)


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
