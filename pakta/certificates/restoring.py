"""After a restore: what was revoked, suspended or reinstated after the backup is so again.

The copy of the ledger holds these entries with their payloads (`ledger.copy`).  A certificate that was
issued after the backup has no row any more; its place in the status list keeps its value (`LostStatus`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.certificates import publishing, rules, service
from pakta.certificates.models import IssuedCredential, LostStatus
from pakta.certificates.rules import Status
from pakta.config import Config
from pakta.core import canonical
from pakta.core.errors import Reason
from pakta.keyring import Keyring
from pakta.ledger import service as ledger
from pakta.ledger.models import Payload


@dataclass(frozen=True, slots=True)
class Reapplied:
    """How many certificates got back their status, and of how many others only the status came back."""

    again: int
    lost: int


@dataclass(frozen=True, slots=True)
class _Change:
    index: int
    status: Status
    reason: str
    at: datetime


def reapply_statuses(session: Session, *, now: datetime, keyring: Keyring, config: Config) -> Reapplied:
    """Give each certificate the status that its last entry in the ledger says, and publish a new status list."""
    ledger.lock(session)
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
    if again or lost:
        publishing.publish_status_list(session, now=now, keyring=keyring, config=config)
    return Reapplied(again, lost)


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
