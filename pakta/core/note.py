"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), signed with Ed25519.

A note is text that ends with a newline, an empty line, and one line a signature:
`— NAME BASE64(key id || signature)`.  A verifier key is `NAME+HEX8+BASE64(0x01 || public key)`; witnesses
have keys of their own kind, 0x04 (`pakta.core.cosignature`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pakta.core import merkle
from pakta.core.errors import Reason, Refusal

ED25519, COSIGNATURE = b"\x01", b"\x04"  # kinds of keys
MARK = "— "
LONGEST = 1_000_000  # bytes
MOST_SIGNATURES = 100
NAME = re.compile(r"[^\s+\ud800-\udfff]+")
DECIMAL = re.compile(r"0|[1-9][0-9]{0,14}")  # below 2**53, so that every reader can hold it


@dataclass(frozen=True, slots=True)
class Verifier:
    """A parsed verifier key: name, 4 bytes of key id, 32 bytes of Ed25519 public key."""

    name: str
    key_id: bytes
    public_key: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: the log's origin, its size in entries, and the root hash."""

    origin: str
    size: int
    root: bytes


def vkey(*, name: str, public_key: bytes, kind: bytes = ED25519) -> str:
    """Return the text of a verifier key."""
    return f"{name}+{_key_id(name, public_key, kind).hex()}+{_base64(kind + public_key)}"


def parse_vkey(text: str, *, kind: bytes = ED25519) -> Verifier:
    """Read the text of a verifier key; refuses with VKEY_MALFORMED, also a key of another kind."""
    parts = text.split("+", 2)
    if len(parts) != 3 or not NAME.fullmatch(parts[0]):
        raise Refusal(Reason.VKEY_MALFORMED)
    key = from_base64(parts[2], Reason.VKEY_MALFORMED)
    if len(key) != 33 or key[:1] != kind or parts[1] != _key_id(parts[0], key[1:], kind).hex():
        raise Refusal(Reason.VKEY_MALFORMED)
    return Verifier(parts[0], bytes.fromhex(parts[1]), key[1:])


def sign(body: bytes, *, name: str, public_key: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """Return the note over `body`, which ends with a newline, with one signature."""
    line = signature_line(name=name, public_key=public_key, kind=ED25519, signature=sign(body))
    return body + b"\n" + line.encode()


def signature_line(*, name: str, public_key: bytes, kind: bytes, signature: bytes) -> str:
    """Return one signature line of a note, with its newline."""
    return f"{MARK}{name} {_base64(_key_id(name, public_key, kind) + signature)}\n"


def verify(text: str | bytes, *, verifier_key: str) -> bytes:
    """Return the signed text of a note after checking its signature under this key.

    Signatures of other keys are passed over, as the format demands.

    Refuses with NOTE_MALFORMED, NOTE_UNSIGNED (no signature of this key) or NOTE_SIGNATURE.
    Source: C2SP signed-note.
    """
    known = parse_vkey(verifier_key)
    body, own = signatures_of(_utf8(text) if isinstance(text, str) else text, known=known)
    for signature in own:
        try:
            Ed25519PublicKey.from_public_bytes(known.public_key).verify(signature, body)
        except InvalidSignature as error:
            raise Refusal(Reason.NOTE_SIGNATURE) from error
    return body


def signatures_of(text: bytes, *, known: Verifier) -> tuple[bytes, list[bytes]]:
    """Return a note's body, not yet to be believed, and the signatures that claim to be of this key, one or more.

    Refuses with NOTE_MALFORMED or NOTE_UNSIGNED.
    """
    body, signatures = _parse(text)
    own = [sig for name, key_id, sig in signatures if (name, key_id) == (known.name, known.key_id)]
    if not own:
        raise Refusal(Reason.NOTE_UNSIGNED)
    return body, own


def unverified_body(text: bytes) -> bytes:
    """Return a note's body, which nobody vouches for yet; refuses with NOTE_MALFORMED."""
    body, _ = _parse(text)
    return body


def checkpoint_body(*, origin: str, size: int, root: bytes) -> bytes:
    """Return the text of a checkpoint, ready to be signed."""
    return f"{origin}\n{size}\n{_base64(root)}\n".encode()


def parse_checkpoint(body: bytes) -> Checkpoint:
    """Read the text of a checkpoint; extension lines are passed over.  Refuses with CHECKPOINT_MALFORMED."""
    try:
        lines = body.decode().split("\n")
    except UnicodeDecodeError as error:
        raise Refusal(Reason.CHECKPOINT_MALFORMED) from error
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not DECIMAL.fullmatch(lines[1]):
        raise Refusal(Reason.CHECKPOINT_MALFORMED)
    return Checkpoint(lines[0], int(lines[1]), parse_hash(lines[2], Reason.CHECKPOINT_MALFORMED))


def _parse(note: bytes) -> tuple[bytes, list[tuple[str, bytes, bytes]]]:
    body, mark, tail = note.rpartition(b"\n\n")
    if not mark or len(note) > LONGEST or not tail.endswith(b"\n") or any(byte < 32 and byte != 10 for byte in note):
        raise Refusal(Reason.NOTE_MALFORMED)
    try:
        lines = tail.decode().split("\n")[:-1]
        body.decode()
    except UnicodeDecodeError as error:
        raise Refusal(Reason.NOTE_MALFORMED) from error
    if not 1 <= len(lines) <= MOST_SIGNATURES:
        raise Refusal(Reason.NOTE_MALFORMED)
    return body + b"\n", [_parse_signature(line) for line in lines]


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.removeprefix(MARK).split(" ")
    if not line.startswith(MARK) or len(parts) != 2 or not NAME.fullmatch(parts[0]):
        raise Refusal(Reason.NOTE_MALFORMED)
    data = from_base64(parts[1], Reason.NOTE_MALFORMED)
    if len(data) < 5:
        raise Refusal(Reason.NOTE_MALFORMED)
    return parts[0], data[:4], data[4:]


def fingerprint(verifier_key: str) -> str:
    """Return the SHA-256 of a verifier key's public key in groups of four, as two people compare it by telephone."""
    digest = hashlib.sha256(parse_vkey(verifier_key).public_key).hexdigest()
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Refusal(Reason.NOTE_MALFORMED) from error


def _key_id(name: str, public_key: bytes, kind: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key).digest()[:4]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def parse_hash(text: str, reason: Reason) -> bytes:
    """Return the 32 bytes of a hash written in base64; refuses with `reason` any but its one form."""
    data = from_base64(text, reason)
    if len(data) != merkle.HASH_LENGTH:
        raise Refusal(reason)
    return data


def from_base64(text: str, reason: Reason) -> bytes:
    """Return the bytes written in base64; refuses with `reason` any but its one form."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(reason) from error
    if _base64(data) != text:
        raise Refusal(reason)
    return data
