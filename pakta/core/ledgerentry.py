"""One entry of the ledger: 34 bytes that say the kind and hide the payload.

    0x01 || kind || SHA-256("pakta/ledger/v1\\0" || payload)

Source: docs/ledger.md.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

VERSION = 1
LENGTH = 34  # bytes
PREFIX = b"pakta/ledger/v1\0"


class EntryKind(IntEnum):
    """What an entry records."""

    CREDENTIAL = 1
    KEY_ENROLLED = 2
    KEY_REVOKED = 3
    KEY_RECOVERED = 4
    TEXT_PUBLISHED = 5
    STATUS_LIST = 6
    KEY_SET = 7
    SCRIPTS_RELEASED = 8
    SUSPENDED = 9
    REVOKED = 10
    REINSTATED = 11
    LOG_SUCCEEDED = 12


JSON_KINDS = frozenset(
    {EntryKind.TEXT_PUBLISHED, EntryKind.KEY_SET, EntryKind.SCRIPTS_RELEASED, EntryKind.LOG_SUCCEEDED}
)
PUBLIC = JSON_KINDS | {EntryKind.STATUS_LIST}


def entry(kind: EntryKind, payload: bytes) -> bytes:
    """Return the entry for a payload of this kind."""
    return bytes((VERSION, kind)) + hashlib.sha256(PREFIX + payload).digest()
