"""A person's key as a JWK, its thumbprint (RFC 7638), and ES256 signatures of 64 bytes r || s."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pakta.core import canonical
from pakta.core.errors import Reason, Refusal

MEMBERS = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}
LEAST_RSA, MOST_RSA = 2048, 4096  # bits
EXPONENT = "AQAB"  # 65537

# What a person's key may sign is this closed list of prefixes.
STATEMENT_PREFIX = b"pakta/statement/v1\n"
KEY_PREFIX = b"pakta/key/v1\n"
DISPUTE_PREFIX = b"pakta/dispute/v1\n"

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


def public_key(jwk: Mapping[str, object]) -> PublicKey:
    """Return the public key of a JWK that holds exactly the public members; refuses with KEY_MALFORMED."""
    names = MEMBERS.get(str(jwk.get("kty")))
    if names is None or set(jwk) != set(names) or not all(isinstance(jwk[name], str) for name in names):
        raise Refusal(Reason.KEY_MALFORMED)
    try:
        return _ec(jwk) if jwk["kty"] == "EC" else _rsa(jwk)
    except ValueError as error:
        raise Refusal(Reason.KEY_MALFORMED) from error


def jwk_of(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """Return a P-256 key as a JWK."""
    numbers = key.public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": canonical.base64url(numbers.x.to_bytes(32, "big")),
        "y": canonical.base64url(numbers.y.to_bytes(32, "big")),
    }


def key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the key id of an issuer's key: the first 8 bytes of SHA-256 over its SubjectPublicKeyInfo."""
    info = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(info).digest()[:8]


def thumbprint(jwk: Mapping[str, object]) -> str:
    """Return the RFC 7638 thumbprint: base64url of SHA-256 over the required members; refuses with KEY_MALFORMED."""
    names = MEMBERS.get(str(jwk.get("kty")))
    if names is None or not all(isinstance(jwk.get(name), str) for name in names):
        raise Refusal(Reason.KEY_MALFORMED)
    try:
        form = canonical.encode({name: str(jwk[name]) for name in names})
    except ValueError as error:  # a lone surrogate
        raise Refusal(Reason.KEY_MALFORMED) from error
    return canonical.base64url(hashlib.sha256(form).digest())


def verify_es256(*, key: PublicKey, signature: bytes, message: bytes) -> None:
    """Check an ES256 signature of 64 bytes; refuses with SIGNATURE_MALFORMED or SIGNATURE_DIFFERS."""
    if len(signature) != 64 or not isinstance(key, ec.EllipticCurvePublicKey):
        raise Refusal(Reason.SIGNATURE_MALFORMED)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Refusal(Reason.SIGNATURE_DIFFERS) from error


def _ec(jwk: Mapping[str, object]) -> ec.EllipticCurvePublicKey:
    x, y = canonical.from_base64url(str(jwk["x"])), canonical.from_base64url(str(jwk["y"]))
    if jwk["crv"] != "P-256" or len(x) != 32 or len(y) != 32:
        raise ValueError("not a P-256 point")
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
    return numbers.public_key()


def _rsa(jwk: Mapping[str, object]) -> rsa.RSAPublicKey:
    octets = canonical.from_base64url(str(jwk["n"]))
    n = int.from_bytes(octets, "big")
    if octets[:1] == b"\0" or not LEAST_RSA <= n.bit_length() <= MOST_RSA or jwk["e"] != EXPONENT:
        raise ValueError("not an RSA key that we accept")  # a zero in front would give it a second thumbprint
    return rsa.RSAPublicNumbers(65537, n).public_key()
