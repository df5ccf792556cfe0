"""Strict COSE_Sign1 (RFC 9052) with ES256 over deterministic CBOR (RFC 8949 section 4.2.1).

Only what Pakta itself writes is read: definite lengths, shortest forms, sorted unique keys, no
floats, one tag (18), an empty unprotected header, nothing after the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core import signature
from pakta.core.errors import Reason, Refusal

SIGN1 = 18  # tag
ES256 = -7
ALGORITHM, KEY_ID, TYPE = 1, 4, 16  # header labels
LONGEST = 1_048_576  # bytes; a credential's own limit is lower
DEEPEST = 8

Cbor = None | bool | int | str | bytes | list["Cbor"] | dict[int | str, "Cbor"]


@dataclass(frozen=True, slots=True)
class Sign1:
    """A parsed COSE_Sign1 whose signature has not been judged yet."""

    protected: bytes
    header: Mapping[int | str, Cbor]
    payload: bytes
    signature: bytes


def encode(value: Cbor) -> bytes:
    """Return the core-deterministic CBOR of a value."""
    return _encode_sorted(value)


def decode(data: bytes) -> Cbor:
    """Return the value of deterministic CBOR; refuses with CBOR_MALFORMED any other form."""
    value = _loads(data)
    _check(value, 0)
    if _encode_sorted(value) != data:
        raise Refusal(Reason.CBOR_MALFORMED)
    return value


def protected_header(*, kid: bytes, typ: str | None = None) -> bytes:
    """Return the protected header's bytes: ES256, the key id, and a type where one is given."""
    header: dict[int | str, Cbor] = {ALGORITHM: ES256, KEY_ID: kid}
    if typ is not None:
        header[TYPE] = typ
    return _encode_sorted(header)


def sig_structure(*, protected: bytes, payload: bytes) -> bytes:
    """Return the bytes that a COSE_Sign1 signature is over (RFC 9052 section 4.4)."""
    return encode(["Signature1", protected, b"", payload])


def assemble(*, protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return the tagged COSE_Sign1 bytes."""
    return b"\xd2" + encode([protected, {}, payload, signature])


def parse(data: bytes) -> Sign1:
    """Read a COSE_Sign1 without judging its signature; refuses with CBOR_MALFORMED or COSE_MALFORMED."""
    if len(data) > LONGEST or data[:1] != b"\xd2":
        raise Refusal(Reason.COSE_MALFORMED)
    parts = decode(data[1:])
    if not isinstance(parts, list) or len(parts) != 4 or parts[1] != {} or not isinstance(parts[1], dict):
        raise Refusal(Reason.COSE_MALFORMED)
    protected, _, payload, sig = parts
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(sig, bytes)):
        raise Refusal(Reason.COSE_MALFORMED)
    header = decode(protected)
    if not isinstance(header, dict) or header.get(ALGORITHM) != ES256 or len(sig) != 64:
        raise Refusal(Reason.COSE_MALFORMED)
    return Sign1(protected, header, payload, sig)


def verify(found: Sign1, *, keys: Mapping[bytes, ec.EllipticCurvePublicKey], typ: str | None = None) -> None:
    """Check the header's exact members and the signature under the key that it names.

    Refuses with COSE_MALFORMED, ISSUER_UNKNOWN, or SIGNATURE_DIFFERS.
    """
    wanted = {ALGORITHM, KEY_ID} if typ is None else {ALGORITHM, KEY_ID, TYPE}
    kid = found.header.get(KEY_ID)
    if set(found.header) != wanted or not isinstance(kid, bytes) or found.header.get(TYPE) != typ:
        raise Refusal(Reason.COSE_MALFORMED)
    if kid not in keys:
        raise Refusal(Reason.ISSUER_UNKNOWN)
    signature.verify_es256(
        key=keys[kid],
        signature=found.signature,
        message=sig_structure(protected=found.protected, payload=found.payload),
    )


def _loads(data: bytes) -> Cbor:
    try:
        value: Cbor = cbor2.loads(data)
    except Exception as error:  # whatever foreign bytes make the parser raise
        raise Refusal(Reason.CBOR_MALFORMED) from error
    return value


def _check(value: object, depth: int) -> None:
    """Refuse whatever is not in the small set of types that our formats use."""
    if depth > DEEPEST:
        raise Refusal(Reason.CBOR_MALFORMED)
    if isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if type(key) not in (int, str):
                raise Refusal(Reason.CBOR_MALFORMED)
            _check(item, depth + 1)
    elif type(value) not in (int, str, bytes, bool, type(None)):
        raise Refusal(Reason.CBOR_MALFORMED)


def _encode_sorted(value: Cbor) -> bytes:
    """Encode with map keys in the order of RFC 8949 4.2.1: by the bytes of their encoding.

    cbor2's canonical form sorts shorter keys first (RFC 7049), which differs for long keys.
    """
    if isinstance(value, dict):
        pairs = sorted((cbor2.dumps(key), _encode_sorted(item)) for key, item in value.items())
        return _head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(_encode_sorted(item) for item in value)
    return cbor2.dumps(value)


def _head(major: int, count: int) -> bytes:
    whole = cbor2.dumps(count)
    return bytes((whole[0] | major << 5,)) + whole[1:]
