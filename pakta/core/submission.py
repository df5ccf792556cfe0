"""What a log submits to a witness (C2SP tlog-witness, `add-checkpoint`).

old SIZE
BASE64 of each hash of the consistency proof
(an empty line)
the checkpoint, a signed note
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from pakta.core import note
from pakta.core.errors import Reason, Refusal

LONGEST_PATH = 63


@dataclass(frozen=True, slots=True)
class Submission:
    """A parsed request: the size that the witness is thought to know, the proof from it, the checkpoint's note."""

    old_size: int
    path: tuple[bytes, ...]
    checkpoint: bytes


def make(*, old_size: int, path: Sequence[bytes], checkpoint: bytes) -> bytes:
    """Return the body of a request."""
    lines = [f"old {old_size}", *(base64.b64encode(each).decode() for each in path), "", ""]
    return "\n".join(lines).encode() + checkpoint


def parse(body: bytes) -> Submission:
    """Read the body of a request; refuses with SUBMISSION_MALFORMED."""
    head, mark, checkpoint = body.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Refusal(Reason.SUBMISSION_MALFORMED) from error
    word, _, digits = lines[0].partition(" ")
    if not mark or word != "old" or not note.DECIMAL.fullmatch(digits) or len(lines) > LONGEST_PATH + 1:
        raise Refusal(Reason.SUBMISSION_MALFORMED)
    return Submission(
        int(digits), tuple(note.parse_hash(line, Reason.SUBMISSION_MALFORMED) for line in lines[1:]), checkpoint
    )
