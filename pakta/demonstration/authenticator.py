"""Software authenticators: what a phone or a browser does, without the phone or the browser.

They sign with real keys and build real WebAuthn bytes, so that the demonstration and the
tests go through the same checks as people do.

SoftwareDeviceKey  the WebCrypto key of a browser: ES256, r‖s signatures
SoftwarePasskey    a platform authenticator with user verification: registration and assertions
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
ECDSA = ec.ECDSA(hashes.SHA256())


def base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SoftwareDeviceKey:
    """A P-256 key as a browser's IndexedDB would hold it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        self.jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url(numbers.x.to_bytes(32, "big")),
            "y": base64url(numbers.y.to_bytes(32, "big")),
        }

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte r‖s signature, as WebCrypto gives it."""
        r, s = decode_dss_signature(self._key.sign(message, ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def proof(self, message: bytes) -> dict[str, str]:
        """Return the signature's members of the evidence."""
        return {"signature": base64url(self.sign(message))}


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an authenticator gives back when it signs."""

    authenticator_data: bytes
    client_data: bytes
    signature: bytes


class SoftwarePasskey:
    """A passkey of one relying party; synced by default, as on most phones.

    rp_id   the exact host     origin  scheme and host
    use_rsa True for the RS256 of Windows Hello
    """

    def __init__(self, rp_id: str, origin: str, *, use_rsa: bool = False, synced: bool = True) -> None:
        self.rp_id = rp_id
        self.origin = origin
        self.synced = synced
        self.credential_id = secrets.token_bytes(32)
        self.user_handle = b""
        self.count = 0
        self._rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048) if use_rsa else None
        self._ec = None if use_rsa else ec.generate_private_key(ec.SECP256R1())

    def register(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create` with these options, as the browser would post it."""
        self.user_handle = _bytes(options["user"]["id"])
        client = self._client_data("webauthn.create", _bytes(options["challenge"]))
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._cose_key()
        data = self._authenticator_data(ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            {
                "clientDataJSON": base64url(client),
                "attestationObject": base64url(attestation),
                "transports": ["internal"],
            }
        )

    def sign_in(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get` with these options, as the browser would post it."""
        made = self.assertion(hashlib.sha256(b"pakta/sign-in/v1\n" + _bytes(options["challenge"])).digest())
        return self._credential(
            {
                "clientDataJSON": base64url(made.client_data),
                "authenticatorData": base64url(made.authenticator_data),
                "signature": base64url(made.signature),
                "userHandle": base64url(self.user_handle),
            }
        )

    def sign(self, message: bytes) -> Assertion:
        """Sign a statement's bytes: an assertion whose challenge is their SHA-256."""
        return self.assertion(hashlib.sha256(message).digest())

    def proof(self, message: bytes) -> dict[str, str]:
        """Return the signature's members of the evidence."""
        made = self.sign(message)
        return {
            "signature": base64url(made.signature),
            "authenticatorData": base64url(made.authenticator_data),
            "clientDataJSON": base64url(made.client_data),
        }

    def assertion(self, challenge: bytes) -> Assertion:
        """Return an assertion over `challenge`, with the person present and verified."""
        self.count += 0 if self.synced else 1  # synced passkeys never count
        client = self._client_data("webauthn.get", challenge)
        data = self._authenticator_data(0)
        message = data + hashlib.sha256(client).digest()
        return Assertion(authenticator_data=data, client_data=client, signature=self._sign(message))

    def _sign(self, message: bytes) -> bytes:
        if self._rsa is not None:
            return self._rsa.sign(message, padding.PKCS1v15(), hashes.SHA256())
        if self._ec is None:
            raise ValueError("a passkey without a key")
        return self._ec.sign(message, ECDSA)

    def _cose_key(self) -> bytes:
        if self._rsa is not None:
            public = self._rsa.public_key().public_numbers()
            exponent = public.e.to_bytes(3, "big")
            return cbor2.dumps({1: 3, 3: -257, -1: public.n.to_bytes(256, "big"), -2: exponent})
        if self._ec is None:
            raise ValueError("a passkey without a key")
        point = self._ec.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _client_data(self, kind: str, challenge: bytes) -> bytes:
        data = {
            "type": kind,
            "challenge": base64url(challenge),
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(data, separators=(",", ":")).encode()

    def _authenticator_data(self, more: int) -> bytes:
        flags = PRESENT | VERIFIED | more | ((ELIGIBLE | BACKED_UP) if self.synced else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes((flags,)) + self.count.to_bytes(4, "big")

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = base64url(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
