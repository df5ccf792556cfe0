"""After entries came back from the copy of the ledger: what they say holds again, all in one transaction.

What was revoked, suspended or reinstated is so again, and the key sets are those that readers have seen
(`ledger.copy` holds both).  A certificate that was issued after the backup has no row any more; its place in
the status list keeps its value (`LostStatus`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.certificates import publishing, rules, service
from pakta.certificates.models import IssuedCredential, LostStatus
from pakta.certificates.rules import Status
from pakta.config import Config
from pakta.core import canonical
from pakta.core.errors import Reason, Refusal
from pakta.keyring import Keyring
from pakta.ledger import sequencer
from pakta.ledger import service as ledger
from pakta.ledger.models import Payload

# Why nothing can be signed yet, though all that came back holds: other keys are needed, or other entries.
WITHHELD = frozenset(
    {Reason.ISSUER_REPLACED, Reason.KEY_SET_LOST, Reason.LEDGER_BEHIND_WITNESSES, Reason.WITNESSES_UNHEARD}
)


@dataclass(frozen=True, slots=True)
class Reapplied:
    """How many certificates got back their status, and of how many others only the status came back.

    withheld  why neither key set nor status list could be signed; None where they were
    """

    again: int
    lost: int
    withheld: Refusal | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """How many entries came back, and what that led to."""

    entries: int
    applied: Reapplied


@dataclass(frozen=True, slots=True)
class _Change:
    index: int
    status: Status
    reason: str
    at: datetime


def put_back(
    session: Session, *, path: Path, now: datetime, keyring: Keyring, config: Config, vouched: bool = False
) -> PutBack:
    """Put back what the copy of the ledger at `path` holds beyond the database, and give effect to it.

    vouched  as in `publishing.publish_key_set`

    Refuses as `ledger.replay` and `sequencer.sequence` do.
    """
    entries = ledger.replay(session, path=path)
    # Signed before anything is entered over it: what witnesses claim is held against what was signed (0052).
    sequencer.sequence(session, keyring=keyring, config=config, now=now, returned=True)
    again, lost = _reapply(session)
    withheld = _publish(session, now=now, keyring=keyring, config=config, vouched=vouched, changed=True)
    return PutBack(entries, Reapplied(again, lost, withheld))


def settle(session: Session, *, now: datetime, keyring: Keyring, config: Config, anew: bool = False) -> Reapplied:
    """Give effect to entries that came back in another way, behind the writer's lock.

    anew  sign a new status list even where nothing has changed
    """
    again, lost = _reapply(session)
    changed = bool(again or lost or anew)
    withheld = _publish(session, now=now, keyring=keyring, config=config, vouched=False, changed=changed)
    return Reapplied(again, lost, withheld)


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


def _reapply(session: Session) -> tuple[int, int]:
    """Give each certificate the status that its last entry in the ledger says; return how many, and lost ones."""
    again = lost = 0
    for number, change in _last_changes(session).items():
        row = session.execute(select(IssuedCredential).where(IssuedCredential.number == number)).scalar_one_or_none()
        if row is None:
            session.merge(LostStatus(status_index=change.index, number=number, status=int(change.status)))
            lost += 1
        elif (row.status, _to_second(row.status_at)) != (change.status, change.at):
            service.move_counter(session, row=row, status=change.status)
            row.status, row.status_class, row.status_at = int(change.status), change.reason, change.at
            again += 1
    session.flush()
    return again, lost


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
