"""Erasing a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import service as accounts
from pakta.accounts.models import PersonKey, Slip
from pakta.certificates import places
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.core.ledgerentry import PUBLIC, EntryKind
from pakta.erasure import belongings
from pakta.ledger import absences
from pakta.ledger import service as ledger
from pakta.roster import correcting, counters, history, parents
from pakta.roster.models import Person
from pakta.roster.rules import Pepper

# Private payloads without a row of their own that names their index; kind 1 holds no number.
SEARCHED = tuple(kind for kind in EntryKind if kind not in PUBLIC and kind is not EntryKind.CREDENTIAL)


@dataclass(frozen=True, slots=True)
class Erased:
    """How much there was: entries of the ledger whose payload is gone, and certificates."""

    entries: int
    certificates: int


def erase(session: Session, *, person: Person, now: datetime, pepper: Pepper) -> Erased:
    """Erase everything that we hold about a person; what stays cannot be linked to them by what we hold.

    Nobody can sign, enrol or dispute in their name meanwhile, and afterwards there is nobody to do it for.
    """
    _hold(session, person=person)
    path, found = person.unit.path, certificates.of_person(session, person_id=person.id)
    kind, held_in = person.kind, _lineages(session, person=person, found=found)
    indexes = _indexes(session, person=person, found=found)
    counters.person_removed(session, person=person, now=now)
    entries = absences.erase(session, indexes=indexes, pepper=pepper)
    places.keep(session, values=[(row.status_index, row.status) for row in found], pepper=pepper)
    accounts.forget_tries_of(session, number=person.number, pepper=pepper)
    belongings.remove(session, person_id=person.id, now=now)
    counters.smooth(session, path=path)
    history.forget(session, unit_ids=held_in, kind=kind)
    session.flush()
    session.expire_all()
    return Erased(entries=entries, certificates=len(found))


def _hold(session: Session, *, person: Person) -> None:
    """Take the locks that enrolling and signing take, the writer's first: who is about to do so is waited for.

    Before them no import or merger is waited for behind the turn (docs/decisions/0093).  The person's own row is
    held by `counters.person_removed`, before anything is deleted.
    """
    correcting.wait(session)
    session.expire(person)  # they may have come to another unit meanwhile
    accounts.hold_keys(session, person_id=person.id)
    session.execute(select(Slip.id).where(Slip.person_id == person.id).order_by(Slip.id).with_for_update()).all()
    ledger.lock(session)


def _lineages(session: Session, *, person: Person, found: Sequence[IssuedCredential]) -> set[int]:
    """Return the units in whose past the person was counted: where they stand or signed, and all ever above."""
    return parents.ever_above(session, unit_ids={person.unit_id, *(row.unit_id for row in found)})


def _indexes(session: Session, *, person: Person, found: Sequence[IssuedCredential]) -> set[int]:
    """Return every entry with a private payload about the person."""
    keys = accounts.hold_keys(session, person_id=person.id)
    rows = {row.ledger_index for row in found} | {key.ledger_index for key in keys}
    return rows | absences.holding(session, kinds=SEARCHED, needles=_needles(person, keys=keys, found=found))


def _needles(person: Person, *, keys: Sequence[PersonKey], found: Sequence[IssuedCredential]) -> list[bytes]:
    """Return what a payload about the person holds: a number as a member of its own, since some are short."""
    words = [("number", person.number), *(("key", key.thumbprint) for key in keys)]
    words += [("credential", row.number) for row in found]
    return [f'"{name}":"{value}"'.encode() for name, value in words]
