"""Pure decisions about a certificate's status."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.notices.rules import Kind

LIST_STEP = 16_384  # a status list's length is a multiple of this; at least so many new indexes lie inside it


class Status(IntEnum):
    """A credential's value in the status list (IETF Token Status List)."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2


class ReasonClass(StrEnum):
    """Why a certificate was revoked or suspended; the class is public, the story is not."""

    DATA_WRONG = "data-salah"
    LEFT_SERVICE = "keluar"
    KEY_LOST = "kunci-hilang"
    DISPUTE = "sengketa"
    ADMINISTRATIVE = "administratif"


ENTRY: dict[Status, EntryKind] = {
    Status.SUSPENDED: EntryKind.SUSPENDED,
    Status.REVOKED: EntryKind.REVOKED,
    Status.VALID: EntryKind.REINSTATED,
}
NOTICE: dict[Status, Kind] = {
    Status.SUSPENDED: Kind.CERTIFICATE_SUSPENDED,
    Status.REVOKED: Kind.CERTIFICATE_REVOKED,
    Status.VALID: Kind.CERTIFICATE_REINSTATED,
}


def check_change(*, old: int, new: Status) -> None:
    """Refuse a change of status that the rules do not know.

    A revoked certificate stays revoked; reinstating is for suspended ones only.
    Refuses with STATUS_FINAL or STATUS_SAME.
    """
    if old == new:
        raise Refusal(Reason.STATUS_SAME)
    if old == Status.REVOKED:
        raise Refusal(Reason.STATUS_FINAL)


def list_length(entries: int) -> int:
    """Return how many places the status list has that is published behind so many entries of the ledger."""
    return (entries // LIST_STEP + 2) * LIST_STEP


def list_is_short(*, published_at: int, entries: int) -> bool:
    """Say whether a longer list should follow the one of index `published_at`, before indexes lie outside it."""
    return entries - published_at > LIST_STEP // 2
