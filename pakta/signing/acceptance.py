"""Accepting what comes back signed: first the evidence is checked, then certificates are issued.

Checking needs no lock: it is most of the work, and many do it at once.  Accepting is behind the
ledger's lock; there everything that the check has read is read again, and must still stand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Row, Select, Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from pakta.accounts.models import PersonKey
from pakta.certificates import confirming, renewing
from pakta.certificates import service as certificates
from pakta.certificates.confirming import Standing
from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.certificates.rules import ReasonClass
from pakta.certificates.service import Accepted
from pakta.config import Config
from pakta.core import evidence as core_evidence
from pakta.core.errors import Reason, Refusal
from pakta.core.evidence import Method
from pakta.core.statement import Signer
from pakta.editions import rules as edition_rules
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.keyring import Keyring
from pakta.ledger import service as ledger
from pakta.roster import counters
from pakta.roster.models import Institution, Person, Unit
from pakta.roster.rules import LEFT
from pakta.signing import rules
from pakta.signing.models import PreparedStatement

KIOSK_METHOD = 3
EVIDENCE = cast(Table, StoredEvidence.__table__)
PREPARED = cast(Table, PreparedStatement.__table__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A statement that waits for its signature, with all that a signing depends on."""

    sha256: bytes
    statement: bytes
    prepared_at: datetime
    person_id: int
    signs_as: str
    kind: str
    status: str
    number: str
    name: str
    rank: str
    position: str
    unit_id: int
    unit: str
    unit_short: str
    institution: str
    marked: bool
    code: str  # the edition's
    opens_on: date
    closes_on: date
    audience: list[str]
    text_sha256: str
    key_id: int
    key_owner: int
    method: str
    kiosk: bool
    jwk: dict[str, Any]
    record: bytes
    record_index: int
    suspended_at: datetime | None
    revoked_at: datetime | None

    @property
    def signer(self) -> Signer:
        """Return the signer as the roster knows them."""
        return Signer(self.kind, self.number, self.name, self.rank, self.position, self.unit, self.institution)


@dataclass(frozen=True, slots=True)
class Checked:
    """A signed statement whose evidence is good, and what it depends on as it stood at the check."""

    waiting: Waiting
    evidence: bytes
    evidence_hash: bytes


_STORE = insert(EVIDENCE)
_DONE = delete(PREPARED).where(PREPARED.c.sha256.in_(bindparam("digests", expanding=True)))
_WAITING: Select[Any] = (
    select(
        *(PREPARED.c.sha256, PREPARED.c.statement, PREPARED.c.prepared_at, PREPARED.c.person_id),
        *(Person.signs_as, Person.kind, Person.status, Person.number, Person.name, Person.rank, Person.position),
        Person.unit_id,
        *(Unit.name.label("unit"), Unit.short_name.label("unit_short")),
        *(Institution.name.label("institution"), Institution.marked),
        *(Edition.code, Edition.opens_on, Edition.closes_on, Edition.audience, Edition.text_sha256),
        *(PersonKey.id.label("key_id"), PersonKey.person_id.label("key_owner"), PersonKey.method, PersonKey.kiosk),
        *(PersonKey.jwk, PersonKey.record, PersonKey.ledger_index.label("record_index")),
        *(PersonKey.suspended_at, PersonKey.revoked_at),
    )
    .select_from(PREPARED)
    .join(PersonKey, PersonKey.id == PREPARED.c.key_id)
    .join(Person, Person.id == PREPARED.c.person_id)
    .join(Unit, Unit.id == Person.unit_id)
    .join(Institution, Institution.id == Unit.institution_id)
    .join(Edition, Edition.code == PREPARED.c.edition_code)
    .where(PREPARED.c.sha256.in_(bindparam("digests", expanding=True)))
)
# Read behind the writer's lock: the same statement again waits there, and then finds its certificate; who suspends
# the key waits there, and finds the pact; and what a broken-off commit revoked is revoked again by then.
_HELD = _WAITING.with_for_update(of=(PREPARED, PersonKey))
_FREE = _WAITING.with_for_update(of=(PREPARED, PersonKey), skip_locked=True)


def check(
    session: Session, *, person_id: int, statement: bytes, proof: Mapping[str, str], now: datetime, config: Config
) -> Checked | None:
    """Check a signed statement, or return None where it does not wait (see `accepted_before`).

    statement  the very bytes that were prepared and signed
    proof      the signature's members of the evidence: `signature`, and for a passkey also
               `authenticatorData` and `clientDataJSON`, in base64url

    Refuses with STATEMENT_FOREIGN, STATEMENT_STALE, PERSON_NOT_ACTIVE, EDITION_CLOSED, KEY_NOT_USABLE, or what
    `core.evidence.verify` refuses with.
    """
    waiting = _read(session, _WAITING, [hashlib.sha256(statement).digest()])
    if not waiting:
        return None
    found = waiting[0]
    if found.person_id != person_id:
        raise Refusal(Reason.STATEMENT_FOREIGN)
    _check_usable(session, found, now=now)
    evidence = core_evidence.make(
        statement=found.statement,
        method=Method(found.method),
        jwk=found.jwk,
        enrolment_record=found.record,
        enrolment_index=found.record_index,
        proof=proof,
    )
    stated = core_evidence.verify(evidence, relying_party=config.relying_party, origins=(config.origin,))
    if stated.signer != found.signer or stated.text_sha256 != found.text_sha256:
        raise Refusal(Reason.STATEMENT_STALE)
    return Checked(found, evidence, core_evidence.hash(evidence))


def accept(session: Session, *, checked: Checked, now: datetime, keyring: Keyring, config: Config) -> str:
    """Issue the certificate for one checked statement and return its number; waits for whoever holds it.

    Refuses as `check` does where something has changed since, with SUDAH_MENANDATANGANI, and with
    WITNESSES_SILENT.
    """
    waiting = checked.waiting
    ledger.lock(session)
    held = _read(session, _HELD, [waiting.sha256])
    if not held:
        return accepted_before(session, statement=waiting.statement, person_id=waiting.person_id, now=now)
    outcome = _accept(session, [(held[0], checked)], now=now, keyring=keyring, config=config)[0]
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def accept_together(
    session: Session, *, checked: Sequence[Checked], now: datetime, keyring: Keyring, config: Config
) -> list[str | Refusal | None]:
    """Issue the certificates for many, and return for each its number or why it is refused.

    None stands where somebody signs in with the key at this moment, where the statement does not wait any more,
    and where its signer has another one among these: that one is to be handed to `accept`.
    """
    ledger.lock(session)
    free = {each.sha256: each for each in _read(session, _FREE, [each.waiting.sha256 for each in checked])}
    chosen: dict[int, tuple[Waiting, Checked]] = {}
    for each in checked:
        if each.waiting.sha256 in free:
            chosen.setdefault(each.waiting.person_id, (free[each.waiting.sha256], each))
    done = _accept(session, list(chosen.values()), now=now, keyring=keyring, config=config) if chosen else []
    outcomes = {id(one): outcome for (_, one), outcome in zip(chosen.values(), done, strict=True)}
    return [outcomes.get(id(each)) for each in checked]


def accepted_before(session: Session, *, statement: bytes, person_id: int, now: datetime) -> str:
    """Return the number of the certificate of a statement that no longer waits.

    Refuses with STATEMENT_FOREIGN, SUDAH_MENANDATANGANI, or STATEMENT_UNKNOWN.
    """
    before = certificate_of(session, digest=hashlib.sha256(statement).digest(), person_id=person_id)
    if before is not None:
        return before.number
    person = session.get(Person, person_id)
    if person is None:  # erased meanwhile
        raise Refusal(Reason.STATEMENT_UNKNOWN)
    edition = editions.open_edition_for(session, signs_as=person.signs_as, kind=person.kind, now=now)
    standing = edition and renewing.settled(session, person_id=person_id, edition_code=edition.code)
    raise Refusal(Reason.SUDAH_MENANDATANGANI if standing else Reason.STATEMENT_UNKNOWN)


def certificate_of(session: Session, *, digest: bytes, person_id: int) -> IssuedCredential | None:
    """Return the certificate for the statement with this hash, or None; refuses with STATEMENT_FOREIGN."""
    row = session.execute(
        select(StoredEvidence).where(StoredEvidence.statement_sha256 == digest)
    ).scalar_one_or_none()
    if row is None:
        return None
    if row.person_id != person_id:
        raise Refusal(Reason.STATEMENT_FOREIGN)
    return certificates.by_evidence(session, evidence_hash=row.sha256)


def _accept(
    session: Session, held: Sequence[tuple[Waiting, Checked]], *, now: datetime, keyring: Keyring, config: Config
) -> list[str | Refusal]:
    """Refuse before anything is written, then write all that is left: a refusal leaves nothing behind.

    held  read behind the ledger's lock, where nobody else signs: what stands now still stands at the commit
    """
    ledger.check_may_issue(session, now=now)
    standing = certificates.all_standing(session, person_ids=[waiting.person_id for waiting, _ in held])
    again = _again(session, standing)
    outcomes: list[Refusal | None] = []
    for waiting, checked in held:
        try:
            _check_again(session, waiting, checked, standing=standing - again.keys(), now=now)
            outcomes.append(None)
        except Refusal as refusal:
            outcomes.append(refusal)
    good = [checked for (_, checked), outcome in zip(held, outcomes, strict=True) if outcome is None]
    old = [again.get((each.waiting.person_id, each.waiting.code)) for each in good]
    if any(old):  # all people before the first counter: an import holds them in that order, too
        counters.share(session, person_ids=[each.waiting.person_id for each in good])
    confirming.give_way(session, old=[each for each in old if each], now=now, keyring=keyring, config=config)
    numbers = _issue(session, good, now=now, keyring=keyring, config=config) if good else []
    for each, number in zip(old, numbers, strict=True):
        if each is not None:
            renewing.link(session, old=each[0], number=number, now=now)
    given = iter(numbers)
    return [next(given) if outcome is None else outcome for outcome in outcomes]


def _again(session: Session, standing: set[Standing]) -> Mapping[Standing, tuple[IssuedCredential, ReasonClass]]:
    """Return which certificates give way to new ones of their owners, and with which class they are revoked."""
    if not standing:
        return {}
    found = {
        who: (row, ReasonClass.ADMINISTRATIVE) for who, row in confirming.doubtful(session, standing=standing).items()
    }
    for who, renewal in renewing.renewals(session, standing=standing).items():
        found[who] = (session.get_one(IssuedCredential, renewal.credential_id), renewal.reason)
    return found


def _issue(
    session: Session, good: Sequence[Checked], *, now: datetime, keyring: Keyring, config: Config
) -> list[str]:
    connection = session.connection()
    connection.execute(_STORE, [_evidence_row(each, now) for each in good])
    connection.execute(_DONE, {"digests": [each.waiting.sha256 for each in good]})
    accepted = [_accepted(each) for each in good]
    return certificates.issue(session, accepted=accepted, now=now, keyring=keyring, config=config)


def _check_again(
    session: Session, waiting: Waiting, checked: Checked, *, standing: set[Standing], now: datetime
) -> None:
    _check_usable(session, waiting, now=now)
    if waiting != checked.waiting:
        raise Refusal(Reason.STATEMENT_STALE)
    if (waiting.person_id, waiting.code) in standing:
        raise Refusal(Reason.SUDAH_MENANDATANGANI)


def _check_usable(session: Session, waiting: Waiting, *, now: datetime) -> None:
    """Refuse unless the person is asked to sign this edition now, with this key, and has not waited too long."""
    if waiting.status in LEFT:
        raise Refusal(Reason.PERSON_NOT_ACTIVE)
    if not (edition_rules.is_open(waiting, edition_rules.day_of(now)) and waiting.signs_as in waiting.audience):
        # by their kind, perhaps, or another one by now
        asked = editions.open_edition_for(session, signs_as=waiting.signs_as, kind=waiting.kind, now=now)
        if asked is None:
            raise Refusal(Reason.EDITION_CLOSED)
        if asked.code != waiting.code:
            raise Refusal(Reason.STATEMENT_STALE)
    if rules.is_stale(prepared_at=waiting.prepared_at, now=now):
        raise Refusal(Reason.STATEMENT_STALE)
    if waiting.key_owner != waiting.person_id or waiting.suspended_at or waiting.revoked_at:
        raise Refusal(Reason.KEY_NOT_USABLE)


def _read(session: Session, question: Select[Any], digests: Sequence[bytes]) -> list[Waiting]:
    rows: Sequence[Row[Any]] = session.connection().execute(question, {"digests": digests}).all()
    return [Waiting(**row._mapping) for row in rows]


def _evidence_row(checked: Checked, now: datetime) -> dict[str, Any]:
    return {
        "sha256": checked.evidence_hash,
        "statement_sha256": checked.waiting.sha256,
        "person_id": checked.waiting.person_id,
        "edition_code": checked.waiting.code,
        "evidence": checked.evidence,
        "accepted_at": now,
    }


def _accepted(checked: Checked) -> Accepted:
    waiting = checked.waiting
    return Accepted(
        person_id=waiting.person_id,
        name=waiting.name,
        unit_id=waiting.unit_id,
        unit=waiting.unit,
        unit_short=waiting.unit_short,
        marked=waiting.marked,
        edition_code=waiting.code,
        closes_on=waiting.closes_on,
        key_id=waiting.key_id,
        method=KIOSK_METHOD if waiting.kiosk else Method(waiting.method).number,
        evidence_hash=checked.evidence_hash,
    )
