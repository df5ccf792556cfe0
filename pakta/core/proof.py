"""Inclusion proofs as files (C2SP tlog-proof): index, path and the checkpoint that they lead to."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from pakta.core import merkle, note
from pakta.core.errors import Reason, Refusal
from pakta.core.note import Checkpoint

HEADER = "c2sp.org/tlog-proof@v1"
LONGEST_PATH = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """A parsed proof: where the entry stands, its path, and the checkpoint note's bytes."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes


def make(*, index: int, path: Sequence[bytes], checkpoint: bytes) -> bytes:
    """Return the text of a proof."""
    lines = [HEADER, f"index {index}", *(base64.b64encode(each).decode() for each in path), "", ""]
    return "\n".join(lines).encode() + checkpoint


def parse(text: bytes) -> Proof:
    """Read the text of a proof; refuses with PROOF_MALFORMED."""
    head, mark, checkpoint = text.partition(b"\n\n")
    try:
        lines = head.decode().split("\n")
    except UnicodeDecodeError as error:
        raise Refusal(Reason.PROOF_MALFORMED) from error
    if len(lines) > 1 and lines[1].startswith("extra "):
        _check_extra(lines.pop(1).removeprefix("extra "))
    if not mark or lines[0] != HEADER or len(lines) < 2 or len(lines) > LONGEST_PATH + 2:
        raise Refusal(Reason.PROOF_MALFORMED)
    word, _, digits = lines[1].partition(" ")
    if word != "index" or not note.DECIMAL.fullmatch(digits):
        raise Refusal(Reason.PROOF_MALFORMED)
    return Proof(int(digits), tuple(note.parse_hash(line, Reason.PROOF_MALFORMED) for line in lines[2:]), checkpoint)


def _check_extra(encoded: str) -> None:
    """Check the form of extra data, which nobody vouches for and nobody here reads; there is no line without any."""
    if not note.from_base64(encoded, Reason.PROOF_MALFORMED):
        raise Refusal(Reason.PROOF_MALFORMED)


def verify(found: Proof, *, entry: bytes, verifier_key: str, origin: str) -> Checkpoint:
    """Return the checkpoint after checking its signature, its origin, and that `entry` stands under it.

    Refuses as `note.verify` and `merkle.verify_inclusion` do, and with OTHER_LOG.
    """
    checkpoint = note.parse_checkpoint(note.verify(found.checkpoint, verifier_key=verifier_key))
    if checkpoint.origin != origin:
        raise Refusal(Reason.OTHER_LOG)
    merkle.verify_inclusion(
        leaf_hash=merkle.leaf_hash(entry),
        index=found.index,
        size=checkpoint.size,
        path=found.path,
        root=checkpoint.root,
    )
    return checkpoint
