"""Cosignatures: a witness's word, with its time, that a log has only grown (C2SP tlog-cosignature, Ed25519).

A cosignature is a signature line of a note whose body is a checkpoint.  Its bytes are the time in
seconds since 1970, eight bytes big-endian, and an Ed25519 signature over

    cosignature/v1
    time SECONDS
    the checkpoint's body

A witness's verifier key is `NAME+HEX8+BASE64(0x04 || public key)`.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pakta.core import note
from pakta.core.errors import Reason, Refusal
from pakta.core.note import Verifier

HEADER = "cosignature/v1"
TIME_LENGTH = 8  # bytes
LATEST = 1 << 63  # seconds, the first one that is refused


def vkey(*, name: str, public_key: bytes) -> str:
    """Return the text of a witness's verifier key."""
    return note.vkey(name=name, public_key=public_key, kind=note.COSIGNATURE)


def parse_vkey(text: str) -> Verifier:
    """Read the text of a witness's verifier key; refuses with VKEY_MALFORMED, also a log's key."""
    return note.parse_vkey(text, kind=note.COSIGNATURE)


def sign(body: bytes, *, at: int, name: str, public_key: bytes, sign: Callable[[bytes], bytes]) -> str:
    """Return the signature line, with its newline, of a witness over a checkpoint's body.

    at  seconds since 1970
    """
    signature = at.to_bytes(TIME_LENGTH, "big") + sign(_message(body, at))
    return note.signature_line(name=name, public_key=public_key, kind=note.COSIGNATURE, signature=signature)


def verify(text: bytes, *, verifier_key: str) -> int:
    """Return when the witness with this key cosigned a note, in seconds since 1970.

    Where it did so more than once, each signature must hold, and the earliest counts.  Signatures of
    other keys are passed over.

    Refuses with NOTE_MALFORMED, NOTE_UNSIGNED (no signature of this key) or NOTE_SIGNATURE.
    Source: C2SP tlog-cosignature.
    """
    known = parse_vkey(verifier_key)
    body, own = note.signatures_of(text, known=known)
    return min(_verify_one(body, each, known=known) for each in own)


def _verify_one(body: bytes, signature: bytes, *, known: Verifier) -> int:
    at = int.from_bytes(signature[:TIME_LENGTH], "big")
    if len(signature) != TIME_LENGTH + 64 or at >= LATEST:
        raise Refusal(Reason.NOTE_SIGNATURE)
    try:
        Ed25519PublicKey.from_public_bytes(known.public_key).verify(signature[TIME_LENGTH:], _message(body, at))
    except InvalidSignature as error:
        raise Refusal(Reason.NOTE_SIGNATURE) from error
    return at


def _message(body: bytes, at: int) -> bytes:
    return f"{HEADER}\ntime {at}\n".encode() + body
