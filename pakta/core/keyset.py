"""The key set: the issuer's public keys as a JWKS, versioned and signed, with the ledger's key.

The signature is a compact JWS with a detached payload: the RFC 8785 form of all other members.
Source: RFC 7515, RFC 7517, docs/credential.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core import canonical, note, signature
from pakta.core.canonical import Json
from pakta.core.errors import Reason, Refusal

LONGEST = 65_536  # bytes
MEMBERS = {"keys", "version", "iss", "issued_at", "log", "witness_policy", "signature"}
KEY_MEMBERS = {"kty", "crv", "x", "y", "kid", "use", "alg"}


@dataclass(frozen=True, slots=True)
class KeySet:
    """A parsed key set.  log_vkey: the ledger's verifier key (C2SP text); payload: what the signature is over."""

    version: int
    issuer: str
    issued_at: str
    issuer_keys: Mapping[bytes, ec.EllipticCurvePublicKey]
    log_origin: str
    log_vkey: str
    payload: bytes
    jws: str


def build(
    *,
    issuer_keys: Mapping[bytes, ec.EllipticCurvePublicKey],
    version: int,
    host: str,
    issued_at: datetime,
    log_origin: str,
    log_vkey: str,
) -> bytes:
    """Return the canonical bytes of a new key set, to be signed and laid into the ledger."""
    members: dict[str, Json] = {
        "keys": [_jwk(kid, key) for kid, key in sorted(issuer_keys.items())],
        "version": version,
        "iss": host,
        "issued_at": issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "log": {"origin": log_origin, "vkey": log_vkey},
        "witness_policy": None,
    }
    return canonical.encode(members)


def sign(payload: bytes, *, kid: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """Return the key set that is served: the payload's members and the detached JWS over them."""
    header = canonical.base64url(canonical.encode({"alg": "ES256", "kid": canonical.base64url(kid)}))
    sealed = sign(_signing_input(header, payload))
    members = cast(dict[str, Json], json.loads(payload))
    return canonical.encode({**members, "signature": f"{header}..{canonical.base64url(sealed)}"})


def parse(text: bytes) -> KeySet:
    """Read a key set without judging its signature; refuses with KEYSET_MALFORMED."""
    if len(text) > LONGEST:
        raise Refusal(Reason.KEYSET_MALFORMED)
    members = canonical.decode_object(text, reason=Reason.KEYSET_MALFORMED)
    log, version, keys = members.get("log"), members.get("version"), members.get("keys")
    if set(members) != MEMBERS or not isinstance(keys, list) or not isinstance(log, dict):
        raise Refusal(Reason.KEYSET_MALFORMED)
    if set(log) != {"origin", "vkey"} or type(version) is not int or version < 1:
        raise Refusal(Reason.KEYSET_MALFORMED)
    if members["witness_policy"] is not None or not keys:
        raise Refusal(Reason.KEYSET_MALFORMED)
    note.parse_vkey(_text(log["vkey"]))
    issuer_keys = dict(_key(each) for each in keys)
    if len(issuer_keys) != len(keys):
        raise Refusal(Reason.KEYSET_MALFORMED)
    unsigned = {name: value for name, value in members.items() if name != "signature"}
    return KeySet(
        version=version,
        issuer=_text(members["iss"]),
        issued_at=_text(members["issued_at"]),
        issuer_keys=issuer_keys,
        log_origin=_text(log["origin"]),
        log_vkey=_text(log["vkey"]),
        payload=canonical.encode(cast(Json, unsigned)),
        jws=_text(members["signature"]),
    )


def verify(text: bytes, *, host: str, not_before: int = 0) -> KeySet:
    """Return the key set after checking that one of its own keys signed it.

    not_before  the newest version seen so far; an older one is refused

    Refuses with KEYSET_MALFORMED, KEYSET_OTHER, KEYSET_ROLLED_BACK, or SIGNATURE_DIFFERS.
    """
    found = parse(text)
    if found.issuer != host:
        raise Refusal(Reason.KEYSET_OTHER)
    if found.version < not_before:
        raise Refusal(Reason.KEYSET_ROLLED_BACK)
    parts = found.jws.split(".")
    if len(parts) != 3 or parts[1]:
        raise Refusal(Reason.KEYSET_MALFORMED)
    try:
        header = canonical.decode_object(canonical.from_base64url(parts[0]), reason=Reason.KEYSET_MALFORMED)
        kid = canonical.from_base64url(_text(header.get("kid")))
        sealed = canonical.from_base64url(parts[2])
    except ValueError as error:
        raise Refusal(Reason.KEYSET_MALFORMED) from error
    if set(header) != {"alg", "kid"} or header["alg"] != "ES256" or kid not in found.issuer_keys:
        raise Refusal(Reason.KEYSET_MALFORMED)
    signature.verify_es256(
        key=found.issuer_keys[kid], signature=sealed, message=_signing_input(parts[0], found.payload)
    )
    return found


def _signing_input(header: str, payload: bytes) -> bytes:
    return f"{header}.{canonical.base64url(payload)}".encode()


def _jwk(kid: bytes, key: ec.EllipticCurvePublicKey) -> dict[str, Json]:
    return {**signature.jwk_of(key), "kid": canonical.base64url(kid), "use": "sig", "alg": "ES256"}


def _key(value: object) -> tuple[bytes, ec.EllipticCurvePublicKey]:
    if not isinstance(value, dict) or set(value) != KEY_MEMBERS or value["alg"] != "ES256" or value["use"] != "sig":
        raise Refusal(Reason.KEYSET_MALFORMED)
    members = cast(dict[str, object], value)
    key = signature.public_key({name: members[name] for name in ("kty", "crv", "x", "y")})
    try:
        kid = canonical.from_base64url(_text(members["kid"]))
    except ValueError as error:
        raise Refusal(Reason.KEYSET_MALFORMED) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or kid != signature.key_id(key):
        raise Refusal(Reason.KEYSET_MALFORMED)
    return kid, key


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Refusal(Reason.KEYSET_MALFORMED)
    return value
