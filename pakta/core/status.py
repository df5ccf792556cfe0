"""The status list: two bits a credential, as a signed CWT (IETF Token Status List).

Values: 0 valid, 1 revoked, 2 suspended.  Four places a byte, the lowest bits first; compressed by zlib.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core import cbor, cose
from pakta.core.cbor import Cbor
from pakta.core.errors import Reason, Refusal

SUB, EXP, IAT, LIST, TTL = 2, 4, 6, 65533, 65534
TYPE = "application/statuslist+cwt"
BITS = 2
PER_BYTE = 8 // BITS
LONGEST_LIST = 4 * 1_048_576  # bytes, decompressed: 16 million places
SKEW = 300  # seconds


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a status list token says; times in seconds since 1970, ttl in seconds, lst compressed."""

    uri: str
    issued_at: int
    expires_at: int
    ttl: int
    lst: bytes


def encode(values: Sequence[int]) -> bytes:
    """Return the compressed list of these values (0 to 3), one a place."""
    padded = bytes(values) + bytes(-len(values) % PER_BYTE)
    packed = bytes(
        padded[at] | padded[at + 1] << 2 | padded[at + 2] << 4 | padded[at + 3] << 6
        for at in range(0, len(padded), PER_BYTE)
    )
    return zlib.compress(packed, 9)


def decode(list_bytes: bytes) -> bytes:
    """Return the packed list of a compressed one; refuses with STATUS_MALFORMED, also one that is too large."""
    inflate = zlib.decompressobj()
    try:
        packed = inflate.decompress(list_bytes, LONGEST_LIST + 1)
    except zlib.error as error:
        raise Refusal(Reason.STATUS_MALFORMED) from error
    if not inflate.eof or inflate.unused_data or not 0 < len(packed) <= LONGEST_LIST:
        raise Refusal(Reason.STATUS_MALFORMED)
    return packed


def get(list_bytes: bytes, index: int) -> int:
    """Return the value at a place of a packed list; refuses with STATUS_OUTSIDE."""
    if not 0 <= index < len(list_bytes) * PER_BYTE:
        raise Refusal(Reason.STATUS_OUTSIDE)
    return list_bytes[index // PER_BYTE] >> (index % PER_BYTE * BITS) & 3


def to_be_signed(claims: TokenClaims, *, kid: bytes) -> bytes:
    """Return the COSE Sig_structure that the issuer signs."""
    return cose.sig_structure(protected=cose.protected_header(kid=kid, typ=TYPE), payload=_payload(claims))


def assemble(claims: TokenClaims, *, kid: bytes, signature: bytes) -> bytes:
    """Return the token's bytes from its claims and the issuer's signature."""
    return cose.assemble(
        protected=cose.protected_header(kid=kid, typ=TYPE), payload=_payload(claims), signature=signature
    )


def verify(
    token: bytes,
    *,
    issuer_keys: Mapping[bytes, ec.EllipticCurvePublicKey],
    uri: str,
    now: datetime,
    not_before: int = 0,
) -> TokenClaims:
    """Return a token's claims after checking form, signature, subject and freshness.

    not_before  the issue time of the newest list seen so far, in seconds; an older one is refused

    Refuses with CBOR_MALFORMED, COSE_MALFORMED, STATUS_MALFORMED, ISSUER_UNKNOWN,
    SIGNATURE_DIFFERS, STATUS_OTHER, STATUS_STALE or STATUS_ROLLED_BACK.
    """
    found = cose.parse(token)
    cose.verify(found, keys=issuer_keys, typ=TYPE)
    claims = _claims(cbor.decode(found.payload))
    moment = now.astimezone(UTC).timestamp()
    if claims.uri != uri:
        raise Refusal(Reason.STATUS_OTHER)
    if claims.expires_at <= moment or claims.issued_at > moment + SKEW:
        raise Refusal(Reason.STATUS_STALE)
    if claims.issued_at < not_before:
        raise Refusal(Reason.STATUS_ROLLED_BACK)
    return claims


def read(to_be_signed: bytes) -> TokenClaims:
    """Return the claims of a list as the ledger holds it: its Sig_structure, without the signature.

    Refuses with CBOR_MALFORMED or STATUS_MALFORMED.
    """
    parts = cbor.decode(to_be_signed)
    if not isinstance(parts, list) or len(parts) != 4 or parts[0] != cose.CONTEXT or parts[2] != b"":
        raise Refusal(Reason.STATUS_MALFORMED)
    protected, payload = parts[1], parts[3]
    if not isinstance(protected, bytes) or not isinstance(payload, bytes):
        raise Refusal(Reason.STATUS_MALFORMED)
    header = cbor.decode(protected)
    if not isinstance(header, dict) or header.get(cose.TYPE) != TYPE:
        raise Refusal(Reason.STATUS_MALFORMED)
    return _claims(cbor.decode(payload))


def _payload(claims: TokenClaims) -> bytes:
    return cbor.encode(
        {
            SUB: claims.uri,
            EXP: claims.expires_at,
            IAT: claims.issued_at,
            TTL: claims.ttl,
            LIST: {"bits": BITS, "lst": claims.lst},
        }
    )


def _claims(value: Cbor) -> TokenClaims:
    if not isinstance(value, dict) or set(value) != {SUB, EXP, IAT, TTL, LIST}:
        raise Refusal(Reason.STATUS_MALFORMED)
    packed, uri = value[LIST], value[SUB]
    if not isinstance(packed, dict) or set(packed) != {"bits", "lst"} or packed["bits"] != BITS:
        raise Refusal(Reason.STATUS_MALFORMED)
    lst = packed["lst"]
    if not isinstance(lst, bytes) or not isinstance(uri, str):
        raise Refusal(Reason.STATUS_MALFORMED)
    return TokenClaims(uri, _seconds(value[IAT]), _seconds(value[EXP]), _seconds(value[TTL]), lst)


def _seconds(value: Cbor) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 53:
        raise Refusal(Reason.STATUS_MALFORMED)
    return value
