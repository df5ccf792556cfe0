"""After entries came back from the copy of the ledger: what they say holds again, all in one transaction.

What was revoked, suspended or reinstated is so again, a person's revoked key too, and the key sets are those
that readers have seen (`ledger.copy` holds all of it).  A certificate that was issued after the backup has no row
any more; its place in the status list keeps its value (`LostStatus`).  That a key was suspended by "Bukan saya" the
ledger does not say; it is suspended again where a certificate of it comes back suspended for a dispute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy import LargeBinary, func, select
from sqlalchemy.orm import Session

from pakta.accounts import service as accounts
from pakta.certificates import publishing, rules, service
from pakta.certificates.models import IssuedCredential, LostStatus
from pakta.certificates.rules import ReasonClass, Status
from pakta.config import Config
from pakta.core import canonical
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.keyring import Keyring
from pakta.ledger import sequencer
from pakta.ledger import service as ledger
from pakta.ledger.models import Absence, Entry, Payload

# Why nothing can be signed yet, though all that came back holds: other keys are needed, or other entries.
WITHHELD = frozenset(
    {Reason.ISSUER_REPLACED, Reason.KEY_SET_LOST, Reason.LEDGER_BEHIND_WITNESSES, Reason.WITNESSES_UNHEARD}
)


@dataclass(frozen=True, slots=True)
class Reapplied:
    """How many certificates got back their status, and of how many others only the status came back.

    revoked    how many people's keys were revoked again     suspended  how many were suspended again
    doubted    how many of the lost certificates are suspended for a dispute: nothing says with which key
    slips      how many slips were cancelled: after the backup each may have been used, or replaced by another
    withheld   why neither key set nor status list could be signed; None where they were
    """

    again: int = 0
    lost: int = 0
    revoked: int = 0
    suspended: int = 0
    doubted: int = 0
    slips: int = 0
    withheld: Refusal | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """How many entries came back, and what that led to.

    unnamed  how many revocations of keys came back from an old copy, which does not hold of which key
    """

    entries: int
    applied: Reapplied
    unnamed: int


@dataclass(frozen=True, slots=True)
class _Change:
    index: int
    status: Status
    reason: str
    at: datetime

    @property
    def disputed(self) -> bool:
        """Say whether somebody had said "Bukan saya"."""
        return (self.status, self.reason) == (Status.SUSPENDED, ReasonClass.DISPUTE)


def put_back(
    session: Session,
    *,
    path: Path,
    now: datetime,
    keyring: Keyring,
    config: Config,
    vouched: bool = False,
    restored: bool = False,
) -> PutBack:
    """Put back what the copy of the ledger at `path` holds beyond the database, and give effect to it.

    vouched   as in `publishing.publish_key_set`
    restored  the database has just come back from a backup: slips are cancelled also where no entry was lost

    Refuses as `ledger.replay`, `sequencer.check_name` and `sequencer.sequence` do.
    """
    entries = ledger.replay(session, path=path)
    sequencer.check_name(session, config=config)
    if entries:
        # Signed before anything is entered over it: what witnesses claim is held against what was signed (0052).
        sequencer.sequence(session, keyring=keyring, config=config, now=now, returned=True)
    unnamed = _unnamed(session, first=ledger.size(session) - entries)
    applied = _reapply(session, now=now)
    slips = accounts.cancel_slips(session, now=now) if entries or restored else 0
    withheld = _publish(session, now=now, keyring=keyring, config=config, vouched=vouched, changed=True)
    return PutBack(entries, replace(applied, slips=slips, withheld=withheld), unnamed)


def settle(session: Session, *, now: datetime, keyring: Keyring, config: Config, restored: bool = False) -> Reapplied:
    """Give effect to entries that came back in another way, behind the writer's lock.

    restored  the database has just come back from a backup: a new status list is signed in any case, and slips are
              cancelled
    """
    applied = _reapply(session, now=now)
    if restored:
        applied = replace(applied, slips=accounts.cancel_slips(session, now=now))
    changed = bool(applied.again or applied.lost or restored)
    withheld = _publish(session, now=now, keyring=keyring, config=config, vouched=False, changed=changed)
    return replace(applied, withheld=withheld)


def _publish(
    session: Session, *, now: datetime, keyring: Keyring, config: Config, vouched: bool, changed: bool
) -> Refusal | None:
    """Publish the key set first, then the status list under it; return what stands in the way."""
    try:
        publishing.publish_key_set(session, now=now, keyring=keyring, config=config, vouched=vouched)
        if changed or publishing.status_list_is_due(session, now=now):
            publishing.publish_status_list(session, now=now, keyring=keyring, config=config)
    except Refusal as refusal:
        if refusal.reason not in WITHHELD:
            raise
        return refusal
    return None


def _reapply(session: Session, *, now: datetime) -> Reapplied:
    """Revoke keys again, and give each certificate the status that its last entry in the ledger says."""
    done = Reapplied(revoked=accounts.revoke_keys_again(session, now=now))
    for number, change in _last_changes(session).items():
        row = session.execute(select(IssuedCredential).where(IssuedCredential.number == number)).scalar_one_or_none()
        if row is None:
            session.merge(LostStatus(status_index=change.index, number=number, status=int(change.status)))
            done = replace(done, lost=done.lost + 1, doubted=done.doubted + change.disputed)
        elif (row.status, _to_second(row.status_at)) != (change.status, change.at):
            service.move_counter(session, row=row, status=change.status, now=now)
            row.status, row.status_class, row.status_at = int(change.status), change.reason, change.at
            service.tell(session, row=row, now=now)  # the first notice is lost with what was lost
            suspended = change.disputed and _suspend_key(session, key_id=row.key_id, now=now)
            done = replace(done, again=done.again + 1, suspended=done.suspended + suspended)
    session.flush()
    return done


def _suspend_key(session: Session, *, key_id: int, now: datetime) -> bool:
    """Suspend a key as "Bukan saya" does; say whether it stood."""
    key = accounts.key_by_id(session, key_id=key_id)
    stood = key.suspended_at is None and key.revoked_at is None
    accounts.suspend_key(session, key=key, now=now)
    return stood


def _unnamed(session: Session, *, first: int) -> int:
    """Return how many revocations of keys have come back without their payload, from the index `first` on."""
    kind = func.substr(Entry.entry, 2, 1, type_=LargeBinary)
    found = select(func.count()).select_from(Absence).join(Entry, Entry.index == Absence.index)
    found = found.where(Absence.cause == "replayed", Absence.index >= first, kind == bytes((EntryKind.KEY_REVOKED,)))
    return session.execute(found).scalar_one()


def _last_changes(session: Session) -> Mapping[str, _Change]:
    """Return the last change of status of each certificate number."""
    kinds = [int(kind) for kind in rules.ENTRY.values()]
    rows = select(Payload.payload).where(Payload.kind.in_(kinds)).order_by(Payload.index)
    found: dict[str, _Change] = {}
    for payload in session.execute(rows).scalars():
        members = canonical.decode_object(payload.removeprefix(service.STATUS_PREFIX), reason=Reason.STATUS_MALFORMED)
        at = datetime.fromisoformat(str(members["at"]))
        status = Status(cast(int, members["status"]))
        found[str(members["credential"])] = _Change(cast(int, members["index"]), status, str(members["class"]), at)
    return found


def _to_second(moment: datetime | None) -> datetime | None:
    """Return a moment as precisely as an entry says it."""
    return moment.replace(microsecond=0) if moment else None
