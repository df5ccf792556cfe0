"""Keys and encodings of the vectors: other libraries' work, and nothing of `pakta.core`."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

DETERMINISTIC = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


def digest(data: bytes) -> bytes:
    """Return SHA-256."""
    return hashlib.sha256(data).digest()


def base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def standard(data: bytes) -> str:
    """Return base64 with padding."""
    return base64.b64encode(data).decode()


def canonical(value: Any) -> bytes:
    """Return RFC 8785 JSON; right for members whose names are ASCII and numbers that are small integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def cbor(value: Any) -> bytes:
    """Return core deterministic CBOR."""
    return cbor2.dumps(value, canonical=True)


class P256:
    """A P-256 key whose private number is the hash of a word."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.private = ec.derive_private_key(int.from_bytes(digest(word.encode()), "big"), ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        self.jwk = {"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y)}
        spki = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.kid = digest(spki)[:8]
        self.thumbprint = base64url(digest(canonical(self.jwk)))

    def sign(self, message: bytes) -> bytes:
        """Return r || s."""
        r, s = decode_dss_signature(self.private.sign(message, DETERMINISTIC))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def sign_der(self, message: bytes) -> bytes:
        """Return the signature as authenticators give it."""
        return self.private.sign(message, DETERMINISTIC)


class Log:
    """An Ed25519 ledger key under a name."""

    def __init__(self, word: str, name: str) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(digest(word.encode()))
        self.public = self.private.public_key().public_bytes_raw()
        self.key_id = digest(name.encode() + b"\n\x01" + self.public)[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{standard(bytes((1,)) + self.public)}"

    def checkpoint(self, size: int, root: bytes) -> bytes:
        """Return a signed checkpoint."""
        body = f"{self.name}\n{size}\n{standard(root)}\n".encode()
        line = f"\n— {self.name} {standard(self.key_id + self.private.sign(body))}\n"
        return body + line.encode()


class Witness:
    """An Ed25519 key of a witness under a name (C2SP tlog-cosignature)."""

    def __init__(self, word: str, name: str) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(digest(word.encode()))
        self.public = self.private.public_key().public_bytes_raw()
        self.key_id = digest(name.encode() + b"\n\x04" + self.public)[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{standard(bytes((4,)) + self.public)}"

    def line(self, body: bytes, *, at: int) -> bytes:
        """Return the signature line over a checkpoint's body at a time in seconds since 1970."""
        signed = self.private.sign(f"cosignature/v1\ntime {at}\n".encode() + body)
        return f"— {self.name} {standard(self.key_id + at.to_bytes(8, 'big') + signed)}\n".encode()

    @property
    def pinned(self) -> dict[str, str]:
        """Return how a browser's policy names it."""
        return {"name": self.name, "id": self.key_id.hex(), "key": standard(self.public)}


def sign1(key: P256, payload: bytes, typ: str | None = None) -> tuple[bytes, bytes]:
    """Return what a COSE_Sign1 signature is over, and the tagged COSE_Sign1."""
    header: dict[int, Any] = {1: -7, 4: key.kid} | ({16: typ} if typ else {})
    protected = cbor(header)
    signed = cbor(["Signature1", protected, b"", payload])
    return signed, cbor(cbor2.CBORTag(18, [protected, {}, payload, key.sign(signed)]))
