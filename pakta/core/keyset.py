"""The key set: the issuer's public keys as a JWKS, versioned and signed, with the ledger's key.

The signature is a compact JWS with a detached payload: the RFC 8785 form of all other members.
A key may carry a member `pakta`:
    compromised_at, size, root   not to be trusted from then on; what lies under that head was signed before
    endorsed_by, endorsement     an earlier key's word, in ES256, that this one succeeds it
Source: RFC 7515, RFC 7517, docs/credential.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core import canonical, note, signature
from pakta.core.canonical import Json
from pakta.core.errors import Reason, Refusal

LONGEST = 65_536  # bytes
MEMBERS = {"keys", "version", "iss", "issued_at", "log", "witness_policy", "signature"}
KEY_MEMBERS = {"kty", "crv", "x", "y", "kid", "use", "alg"}
COMPROMISE, ENDORSEMENT = {"compromised_at", "size", "root"}, {"endorsed_by", "endorsement"}
SUCCESSOR = b"pakta/successor/v1\n"
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True, slots=True)
class Compromise:
    """Since when a key is not to be trusted (RFC 3339, UTC), and the head witnessed last before that."""

    at: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Endorsement:
    """An earlier key's signature over its successor: its key id, and 64 bytes."""

    by: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class KeySet:
    """A parsed key set.

    log_vkey  the ledger's verifier key (C2SP text)     payload  what the signature is over
    signer    the id of the key that claims to have signed it
    """

    version: int
    issuer: str
    issued_at: str
    issuer_keys: Mapping[bytes, ec.EllipticCurvePublicKey]
    log_origin: str
    log_vkey: str
    payload: bytes
    jws: str
    signer: bytes
    compromised: Mapping[bytes, Compromise] = field(default_factory=dict)
    endorsements: Mapping[bytes, Endorsement] = field(default_factory=dict)

    @property
    def sound_keys(self) -> Mapping[bytes, ec.EllipticCurvePublicKey]:
        """Return the keys that are trusted without regard to time."""
        return {kid: key for kid, key in self.issuer_keys.items() if kid not in self.compromised}


def build(
    *,
    issuer_keys: Mapping[bytes, ec.EllipticCurvePublicKey],
    version: int,
    host: str,
    issued_at: datetime,
    log_origin: str,
    log_vkey: str,
    compromised: Mapping[bytes, Compromise] | None = None,
    endorsements: Mapping[bytes, Endorsement] | None = None,
) -> bytes:
    """Return the canonical bytes of a new key set, to be signed and laid into the ledger."""
    members: dict[str, Json] = {
        "keys": [
            {**_jwk(kid, key), **_pakta((compromised or {}).get(kid), (endorsements or {}).get(kid))}
            for kid, key in sorted(issuer_keys.items())
        ],
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
    read = [_key(each) for each in keys]
    issuer_keys = {kid: key for kid, key, _ in read}
    if len(issuer_keys) != len(keys):
        raise Refusal(Reason.KEYSET_MALFORMED)
    said = {kid: _read_pakta(members) for kid, _, members in read}
    unsigned = {name: value for name, value in members.items() if name != "signature"}
    jws = _text(members["signature"])
    return KeySet(
        version=version,
        issuer=_text(members["iss"]),
        issued_at=_text(members["issued_at"]),
        issuer_keys=issuer_keys,
        log_origin=_text(log["origin"]),
        log_vkey=_text(log["vkey"]),
        payload=canonical.encode(cast(Json, unsigned)),
        jws=jws,
        signer=_signer(jws),
        compromised={kid: each for kid, (each, _) in said.items() if each},
        endorsements={kid: each for kid, (_, each) in said.items() if each},
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
    if found.signer not in found.sound_keys:
        raise Refusal(Reason.KEYSET_MALFORMED)
    header, _, sealed = found.jws.split(".")
    signature.verify_es256(
        key=found.issuer_keys[found.signer],
        signature=_bytes(sealed),
        message=_signing_input(header, found.payload),
    )
    return found


def endorse(
    *, successor: ec.EllipticCurvePublicKey, host: str, kid: bytes, sign: Callable[[bytes], bytes]
) -> Endorsement:
    """Return the word of the key `kid` that `successor` comes after it; `sign` is that key's ES256."""
    return Endorsement(kid, sign(_successor(successor, host=host, by=kid)))


def verify_continues(found: KeySet, *, known: KeySet) -> None:
    """Check that a key which `known` trusts signed the later set `found`, or vouches for the one that did.

    known  the set that was believed before     found  checked by `verify`

    Refuses with KEYSET_UNVOUCHED.
    """
    trusted = dict(known.sound_keys)
    while found.signer not in trusted:
        vouched = [kid for kid in found.endorsements if kid not in trusted and _is_endorsed(found, kid, trusted)]
        if not vouched:
            raise Refusal(Reason.KEYSET_UNVOUCHED)
        trusted |= {kid: found.issuer_keys[kid] for kid in vouched}


def _is_endorsed(found: KeySet, kid: bytes, trusted: Mapping[bytes, ec.EllipticCurvePublicKey]) -> bool:
    endorsement = found.endorsements[kid]
    if endorsement.by not in trusted:
        return False
    message = _successor(found.issuer_keys[kid], host=found.issuer, by=endorsement.by)
    try:
        signature.verify_es256(key=trusted[endorsement.by], signature=endorsement.signature, message=message)
    except Refusal:
        return False
    return True


def _successor(key: ec.EllipticCurvePublicKey, *, host: str, by: bytes) -> bytes:
    members: dict[str, Json] = {"iss": host, "by": canonical.base64url(by), "key": {**signature.jwk_of(key)}}
    return SUCCESSOR + canonical.encode(members)


def _signing_input(header: str, payload: bytes) -> bytes:
    return f"{header}.{canonical.base64url(payload)}".encode()


def _jwk(kid: bytes, key: ec.EllipticCurvePublicKey) -> dict[str, Json]:
    return {**signature.jwk_of(key), "kid": canonical.base64url(kid), "use": "sig", "alg": "ES256"}


def _pakta(compromise: Compromise | None, endorsement: Endorsement | None) -> dict[str, Json]:
    said: dict[str, Json] = {}
    if compromise:
        root = canonical.base64url(compromise.root)
        said |= {"compromised_at": compromise.at, "size": compromise.size, "root": root}
    if endorsement:
        by, sealed = canonical.base64url(endorsement.by), canonical.base64url(endorsement.signature)
        said |= {"endorsed_by": by, "endorsement": sealed}
    return {"pakta": said} if said else {}


def _read_pakta(key: Mapping[str, object]) -> tuple[Compromise | None, Endorsement | None]:
    """Read what a key set says of one of its keys."""
    said = key.get("pakta", {})
    if not isinstance(said, dict) or ("pakta" in key and not said):
        raise Refusal(Reason.KEYSET_MALFORMED)
    members = cast(dict[str, object], said)
    compromised, endorsed = COMPROMISE & set(members), ENDORSEMENT & set(members)
    if set(members) - COMPROMISE - ENDORSEMENT or compromised not in (set(), COMPROMISE):
        raise Refusal(Reason.KEYSET_MALFORMED)
    if endorsed not in (set(), ENDORSEMENT):
        raise Refusal(Reason.KEYSET_MALFORMED)
    endorsement = Endorsement(_bytes(members["endorsed_by"]), _bytes(members["endorsement"])) if endorsed else None
    return _compromise(members) if compromised else None, endorsement


def _compromise(members: Mapping[str, object]) -> Compromise:
    at, size, root = _text(members["compromised_at"]), members["size"], _bytes(members["root"])
    if type(size) is not int or size < 0 or len(root) != 32 or not MOMENT.fullmatch(at):
        raise Refusal(Reason.KEYSET_MALFORMED)
    return Compromise(at, size, root)


def _signer(jws: str) -> bytes:
    """Return the key id that a detached JWS names; refuses with KEYSET_MALFORMED any but its one form."""
    parts = jws.split(".")
    if len(parts) != 3 or parts[1]:
        raise Refusal(Reason.KEYSET_MALFORMED)
    header = canonical.decode_object(_bytes(parts[0]), reason=Reason.KEYSET_MALFORMED)
    if set(header) != {"alg", "kid"} or header["alg"] != "ES256":
        raise Refusal(Reason.KEYSET_MALFORMED)
    return _bytes(header["kid"])


def _key(value: object) -> tuple[bytes, ec.EllipticCurvePublicKey, Mapping[str, object]]:
    if not isinstance(value, dict) or set(value) - {"pakta"} != KEY_MEMBERS:
        raise Refusal(Reason.KEYSET_MALFORMED)
    members = cast(dict[str, object], value)
    if members["alg"] != "ES256" or members["use"] != "sig":
        raise Refusal(Reason.KEYSET_MALFORMED)
    key = signature.public_key({name: members[name] for name in ("kty", "crv", "x", "y")})
    kid = _bytes(members["kid"])
    if not isinstance(key, ec.EllipticCurvePublicKey) or kid != signature.key_id(key):
        raise Refusal(Reason.KEYSET_MALFORMED)
    return kid, key, members


def _bytes(value: object) -> bytes:
    try:
        return canonical.from_base64url(_text(value))
    except ValueError as error:
        raise Refusal(Reason.KEYSET_MALFORMED) from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Refusal(Reason.KEYSET_MALFORMED)
    return value
