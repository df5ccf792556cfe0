"""Checkpoints as they were signed and stored ("kepala"), and what their signatures say."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.core import note
from pakta.core.errors import Reason, Refusal
from pakta.ledger.models import Checkpoint
from pakta.ledger.names import SUFFIX as SUFFIX
from pakta.ledger.names import earlier_names as earlier_names
from pakta.ledger.names import number_of as number_of


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


def hold_origin(session: Session, *, origin: str, lagging: bool = False) -> None:
    """Check that the ledger was begun, or goes on, under `origin`.

    lagging  an earlier name will do: what comes back from the copy may bring it to this one

    Refuses with LEDGER_ELSEWHERE, its detail the other host; with LEDGER_RENAMED where it goes on under a
    later name; and with LEDGER_NOT_RENAMED where `ledger succeed` has not brought it to this name.
    """
    head = newest(session)
    begun = name_of(head.note) if head else origin
    if begun in earlier_names(origin):
        if lagging:
            return
        raise Refusal(Reason.LEDGER_NOT_RENAMED, str(number_of(begun)))
    if origin in earlier_names(begun):
        raise Refusal(Reason.LEDGER_RENAMED, str(number_of(begun)))
    if begun != origin:
        raise Refusal(Reason.LEDGER_ELSEWHERE, SUFFIX.sub("", begun))


def verify(row: Checkpoint, *, verifier_key: str) -> None:
    """Check that our key signed this head, and that the row says what the signed text says.

    A head under an earlier name of the ledger (docs/decisions/0016) was signed by the same key.

    Refuses as `note.verify` and `note.parse_checkpoint` do, with OTHER_LOG or LEDGER_CHANGED.
    """
    stated = note.parse_checkpoint(note.verify(row.note, verifier_key=vkey_for(row.note, verifier_key=verifier_key)))
    if stated.origin != name_of(row.note):
        raise Refusal(Reason.OTHER_LOG)
    if (stated.size, stated.root) != (row.size, row.root):
        raise Refusal(Reason.LEDGER_CHANGED, str(row.size))


def vkey_for(text: bytes, *, verifier_key: str) -> str:
    """Return our verifier key under the name of this note: the ledger's present name, or an earlier one.

    Refuses with OTHER_LOG where the note is of neither.
    """
    known, name = note.parse_vkey(verifier_key), name_of(text)
    if name != known.name and name not in earlier_names(known.name):
        raise Refusal(Reason.OTHER_LOG)
    return note.vkey(name=name, public_key=known.public_key)


def name_of(text: bytes) -> str:
    """Return a note's first line, which a checkpoint's log is called by; not yet to be believed."""
    return text.split(b"\n", 1)[0].decode(errors="replace")
