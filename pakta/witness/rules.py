"""Whether a witness may cosign: pure decisions, in the order of C2SP tlog-witness.

1. the origin is one whose keys are trusted (404)
2. a trusted key signed the checkpoint, and each signature that claims to be of one holds (403)
3. the request's old size is not above the checkpoint's (400)
4. at the size of our head stands our head's root (409)
5. the request's old size is the size of our head (409)
6. the checkpoint's tree begins with our head's (422)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from pakta.core import merkle, note
from pakta.core.errors import Reason, Refusal
from pakta.core.note import Checkpoint
from pakta.core.submission import Submission


class Doubt(StrEnum):
    """What a refused checkpoint, signed by the log itself, says of the log."""

    FORKED = "forked"  # another root at a size that was cosigned: proof by itself
    INCONSISTENT = "inconsistent"  # the proof did not hold: the log's lie, or a submitter's


@dataclass(frozen=True, slots=True)
class Head:
    """The last checkpoint cosigned of a log: size, root, time in seconds since 1970, and its note."""

    size: int
    root: bytes
    cosigned_at: int
    note: bytes


NOTHING_YET = Head(0, merkle.EMPTY_ROOT, 0, b"")


class Refused(Exception):
    """A request that is not cosigned: the HTTP status, the reason, and what it says of the log, if anything."""

    def __init__(self, status: HTTPStatus, reason: Reason, doubt: Doubt | None = None) -> None:
        super().__init__(f"{status.value} {reason}")
        self.status = status
        self.reason = reason
        self.doubt = doubt


def check_signed(checkpoint: bytes, *, verifier_keys: Sequence[str]) -> None:
    """Check that one of the keys trusted for the origin signed the note; raises Refused."""
    if not verifier_keys:
        raise Refused(HTTPStatus.NOT_FOUND, Reason.OTHER_LOG)
    if not any([_signed(checkpoint, each) for each in verifier_keys]):  # a list: each signature must hold
        raise Refused(HTTPStatus.FORBIDDEN, Reason.NOTE_UNSIGNED)


def _signed(checkpoint: bytes, verifier_key: str) -> bool:
    try:
        note.verify(checkpoint, verifier_key=verifier_key)
    except Refusal as refusal:
        if refusal.reason is Reason.NOTE_UNSIGNED:
            return False
        raise Refused(HTTPStatus.FORBIDDEN, refusal.reason) from refusal
    return True


def check_follows(found: Checkpoint, *, submitted: Submission, head: Head) -> None:
    """Check that a checkpoint goes on from our head, as the request says and proves; raises Refused."""
    if submitted.old_size > found.size:
        raise Refused(HTTPStatus.BAD_REQUEST, Reason.SIZE_OUTSIDE)
    if found.size == head.size and found.root != head.root:
        raise Refused(HTTPStatus.CONFLICT, Reason.ROOT_DIFFERS, Doubt.FORKED)
    if submitted.old_size != head.size:
        raise Refused(HTTPStatus.CONFLICT, Reason.SIZE_OUTSIDE)
    try:
        merkle.verify_consistency(
            old_size=head.size, new_size=found.size, old_root=head.root, new_root=found.root, path=submitted.path
        )
    except Refusal as refusal:
        doubt = Doubt.INCONSISTENT if 0 < head.size < found.size else None
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, refusal.reason, doubt) from refusal
