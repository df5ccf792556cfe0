"""A ledger whose newest entries are lost for good goes on under a new name (docs/decisions/0016).

Rules    The tree stays, at its indexes; only its name changes: HOST/log, HOST/log/2, …  The first entry
         under the new name (kind 12, public) is the last head that somebody holds under the old one, so
         that everybody sees what was lost, and when.  Heads under earlier names still verify.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pakta.config import Config
from pakta.core import canonical, note
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.keyring import Keyring
from pakta.ledger import heads, service
from pakta.ledger.models import Payload, WitnessState


def succeed(session: Session, *, held: bytes, now: datetime, keyring: Keyring, config: Config) -> int:
    """Enter the head that somebody holds under the old name as the new name's first entry; return its index.

    held    a checkpoint's note under the old name, signed by our key
    config  of the new name: `log` is one more than that of the head

    Refuses as `note.verify` and `note.parse_checkpoint` do, with OTHER_LOG where the head is not of
    the name before, and with LEDGER_NOT_BEHIND where we hold a signed head over as many entries.
    """
    session.execute(delete(WitnessState))  # what witnesses hold of the old name no longer stands in the way
    service.lock(session)
    if heads.name_of(held) not in heads.earlier_names(config.log_origin)[-1:]:
        raise Refusal(Reason.OTHER_LOG)
    former = heads.vkey_for(held, verifier_key=service.verifier_key(keyring, config))
    head = note.parse_checkpoint(note.verify(held, verifier_key=former))
    index, newest_head = service.next_index(session), heads.newest(session)
    signed = newest_head.size if newest_head else 0
    if head.size <= signed:
        raise Refusal(Reason.LEDGER_NOT_BEHIND, f"{head.size} <= {signed}")
    payload = canonical.encode(
        {
            "v": 1,
            "origin": config.log_origin,
            "previous": held.decode(),
            "kept": index,
            "signed": signed,
            "at": now.astimezone(UTC).isoformat(timespec="seconds"),
        }
    )
    return service.append(session, kind=EntryKind.LOG_SUCCEEDED, payload=payload, now=now)


def newest(session: Session) -> Payload | None:
    """Return the last succession that was entered, or None."""
    rows = select(Payload).where(Payload.kind == int(EntryKind.LOG_SUCCEEDED)).order_by(Payload.index.desc())
    return session.execute(rows.limit(1)).scalar_one_or_none()
