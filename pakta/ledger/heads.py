"""Checkpoints as they were signed and stored ("kepala"), and what their signatures say."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.core import note
from pakta.core.errors import Reason, Refusal
from pakta.ledger.models import Checkpoint


def newest(session: Session) -> Checkpoint | None:
    """Return the newest signed head, or None before the first one."""
    return session.execute(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).scalar_one_or_none()


def covering(session: Session, *, index: int) -> Checkpoint | None:
    """Return the first signed head that covers an entry, or None while none does."""
    return session.execute(
        select(Checkpoint).where(Checkpoint.size > index).order_by(Checkpoint.size).limit(1)
    ).scalar_one_or_none()


def any_between(session: Session, *, first: int, last: int) -> bool:
    """Say whether a head of `first` to `last` entries was ever signed."""
    wanted = select(Checkpoint.size).where(Checkpoint.size.between(first, last)).limit(1)
    return session.execute(wanted).first() is not None


def hold_origin(session: Session, *, origin: str) -> None:
    """Check that the ledger was begun under `origin`; refuses with LEDGER_ELSEWHERE, its detail the other host."""
    head = newest(session)
    begun = head.note.split(b"\n", 1)[0].decode() if head else origin
    if begun != origin:
        raise Refusal(Reason.LEDGER_ELSEWHERE, begun.removesuffix("/log"))


def verify(row: Checkpoint, *, verifier_key: str) -> None:
    """Check that our key signed this head, and that the row says what the signed text says.

    Refuses as `note.verify` and `note.parse_checkpoint` do, with OTHER_LOG or LEDGER_CHANGED.
    """
    stated = note.parse_checkpoint(note.verify(row.note, verifier_key=verifier_key))
    if stated.origin != note.parse_vkey(verifier_key).name:
        raise Refusal(Reason.OTHER_LOG)
    if (stated.size, stated.root) != (row.size, row.root):
        raise Refusal(Reason.LEDGER_CHANGED, str(row.size))
