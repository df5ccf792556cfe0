"""The published files that a verdict needs, from our own database."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pakta.certificates import publishing
from pakta.core.policy import Policy
from pakta.ledger import storedtiles, witnessing
from pakta.roster import service as roster
from pakta.verification import changerows
from pakta.verification.publicfiles import Files as Files


def from_database(session: Session, *, policy: Policy | None) -> Files:
    """Return the files as this installation serves them now, to whoever demands what `policy` demands."""
    key_set, status_list = publishing.newest_key_set(session), publishing.newest_status_list(session)
    head = witnessing.newest(session, policy=policy)
    return Files(
        key_set=key_set.text if key_set else None,
        status_token=status_list.token if status_list else None,
        checkpoint=head.note if head else None,
        pending=lambda: _pending(session, policy),
        demo=lambda: roster.is_invented(session),
        changes=lambda: changerows.text(session),
        read_tile=storedtiles.reader(session),
    )


def _pending(session: Session, policy: Policy | None) -> bytes | None:
    head = witnessing.pending(session, policy=policy)
    return head.note if head else None
