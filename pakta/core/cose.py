"""Strict COSE_Sign1 (RFC 9052) with ES256: one tag (18), an empty unprotected header, a payload that is there.

Only what Pakta itself writes is read, in the one form that `pakta.core.cbor` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core import cbor, signature
from pakta.core.cbor import Cbor
from pakta.core.errors import Reason, Refusal

SIGN1 = 18  # tag
CONTEXT = "Signature1"
ES256 = -7
ALGORITHM, KEY_ID, TYPE = 1, 4, 16  # header labels
LONGEST = 1_048_576  # bytes; a credential's own limit is lower
SIGNATURE_LENGTH = 64  # bytes: r || s
TAGGED = bytes((0xC0 | SIGN1,))


@dataclass(frozen=True, slots=True)
class Sign1:
    """A parsed COSE_Sign1 whose signature has not been judged yet."""

    protected: bytes
    header: Mapping[int | str, Cbor]
    payload: bytes
    signature: bytes


def protected_header(*, kid: bytes, typ: str | None = None) -> bytes:
    """Return the protected header's bytes: ES256, the key id, and a type where one is given."""
    header: dict[int | str, Cbor] = {ALGORITHM: ES256, KEY_ID: kid}
    if typ is not None:
        header[TYPE] = typ
    return cbor.encode(header)


def sig_structure(*, protected: bytes, payload: bytes) -> bytes:
    """Return the bytes that a COSE_Sign1 signature is over (RFC 9052 section 4.4)."""
    return cbor.encode([CONTEXT, protected, b"", payload])


def assemble(*, protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return the tagged COSE_Sign1 bytes."""
    return TAGGED + cbor.encode([protected, {}, payload, signature])


def parse(data: bytes) -> Sign1:
    """Read a COSE_Sign1 without judging its signature; refuses with CBOR_MALFORMED or COSE_MALFORMED."""
    if len(data) > LONGEST or data[:1] != TAGGED:
        raise Refusal(Reason.COSE_MALFORMED)
    parts = cbor.decode(data[1:])
    if not isinstance(parts, list) or len(parts) != 4 or parts[1] != {} or not isinstance(parts[1], dict):
        raise Refusal(Reason.COSE_MALFORMED)
    protected, _, payload, sig = parts
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(sig, bytes)):
        raise Refusal(Reason.COSE_MALFORMED)
    header = cbor.decode(protected)
    if not isinstance(header, dict) or header.get(ALGORITHM) != ES256 or len(sig) != SIGNATURE_LENGTH:
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
