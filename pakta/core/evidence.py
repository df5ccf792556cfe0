"""Evidence: statement, signature, key and enrolment together; what proves one signature.

Evidence is a JSON object in RFC 8785 form.  It holds the identity number, so it is private.
Source: docs/statement.md.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pakta.core import canonical, passkey, signature, statement
from pakta.core.errors import Reason, Refusal
from pakta.core.statement import Statement

ENROLMENT_PREFIX = b"pakta/enrolment/v1\n"
LONGEST = 32_768  # bytes
WAYS = ("slip", "recovery")  # a further key, vouched for by an earlier one, is refused until that can be checked


class Method(StrEnum):
    """What the person signed with."""

    PASSKEY = "passkey"
    DEVICE = "device"

    @property
    def number(self) -> int:
        """Return the integer that stands for the method in a credential."""
        return 1 if self is Method.PASSKEY else 2


PROOF_MEMBERS = {
    Method.PASSKEY: ("authenticatorData", "clientDataJSON", "signature"),
    Method.DEVICE: ("signature",),
}


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A parsed enrolment record: the number and key that it ties, and the way in which it came."""

    number: str
    key: str
    way: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Parsed evidence.  proof: the signature's members, decoded; record: the enrolment payload's bytes."""

    statement: bytes
    method: Method
    jwk: Mapping[str, object]
    record: bytes
    index: int
    proof: Mapping[str, bytes]


def make_enrolment(*, number: str, key: str, way: str, earlier: Mapping[str, str] | None) -> bytes:
    """Return the enrolment record's bytes: the ledger payload that ties a key to a number."""
    members: dict[str, canonical.Json] = {
        "v": 1,
        "number": number,
        "key": key,
        "way": way,
        "earlier": dict(earlier) if earlier else None,
        "salt": canonical.base64url(secrets.token_bytes(16)),
    }
    return ENROLMENT_PREFIX + canonical.encode(members)


def parse_enrolment(record: bytes) -> Enrolment:
    """Read an enrolment record; refuses with ENROLMENT_MALFORMED."""
    if not record.startswith(ENROLMENT_PREFIX):
        raise Refusal(Reason.ENROLMENT_MALFORMED)
    members = canonical.decode_object(record[len(ENROLMENT_PREFIX) :], reason=Reason.ENROLMENT_MALFORMED)
    if set(members) != {"v", "number", "key", "way", "earlier", "salt"} or members["v"] is True:
        raise Refusal(Reason.ENROLMENT_MALFORMED)
    number, key, way = members["number"], members["key"], members["way"]
    if members["v"] != 1 or not isinstance(number, str) or not isinstance(key, str) or not isinstance(way, str):
        raise Refusal(Reason.ENROLMENT_MALFORMED)
    if way not in WAYS or members["earlier"] is not None:
        raise Refusal(Reason.ENROLMENT_MALFORMED)
    if len(_bytes(members["salt"], Reason.ENROLMENT_MALFORMED)) != 16:
        raise Refusal(Reason.ENROLMENT_MALFORMED)
    return Enrolment(number, key, way)


def make(
    *,
    statement: bytes,
    method: Method,
    jwk: Mapping[str, str],
    enrolment_record: bytes,
    enrolment_index: int,
    proof: Mapping[str, str],
) -> bytes:
    """Return evidence in its canonical form; `proof` holds the signature's members in base64url.

    Refuses with SIGNATURE_MALFORMED where a member is missing or unknown.
    """
    if set(proof) != set(PROOF_MEMBERS[method]):
        raise Refusal(Reason.SIGNATURE_MALFORMED)
    members: dict[str, canonical.Json] = {
        "statement": canonical.base64url(statement),
        "method": method.value,
        "jwk": dict(jwk),
        "enrolment": {"record": canonical.base64url(enrolment_record), "index": enrolment_index},
        **proof,
    }
    return canonical.encode(members)


def parse(text: bytes) -> Evidence:
    """Read evidence without judging its signature; refuses with EVIDENCE_MALFORMED."""
    if len(text) > LONGEST:
        raise Refusal(Reason.EVIDENCE_MALFORMED)
    members = canonical.decode_object(text, reason=Reason.EVIDENCE_MALFORMED)
    enrolment, jwk = members.get("enrolment"), members.get("jwk")
    if members.get("method") not in tuple(Method) or not isinstance(jwk, dict) or not isinstance(enrolment, dict):
        raise Refusal(Reason.EVIDENCE_MALFORMED)
    method = Method(str(members["method"]))
    names = PROOF_MEMBERS[method]
    index = enrolment.get("index")
    if set(members) != {"statement", "method", "jwk", "enrolment", *names} or set(enrolment) != {
        "record",
        "index",
    }:
        raise Refusal(Reason.EVIDENCE_MALFORMED)
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise Refusal(Reason.EVIDENCE_MALFORMED)
    return Evidence(
        statement=_bytes(members["statement"], Reason.EVIDENCE_MALFORMED),
        method=method,
        jwk=jwk,
        record=_bytes(enrolment["record"], Reason.EVIDENCE_MALFORMED),
        index=index,
        proof={name: _bytes(members[name], Reason.SIGNATURE_MALFORMED) for name in names},
    )


def verify(evidence_bytes: bytes, *, relying_party: str, origins: Collection[str]) -> Statement:
    """Return the statement after checking that this key, enrolled for this number, signed it.

    That the enrolment stands in the ledger before the statement's entry is checked by whoever
    holds the ledger: `parse(...)` gives its record and index.

    Refuses with EVIDENCE_MALFORMED, STATEMENT_MALFORMED, ENROLMENT_MALFORMED, ENROLMENT_DIFFERS,
    KEY_MALFORMED, KEY_DIFFERS, SIGNATURE_MALFORMED, SIGNATURE_DIFFERS or the passkey reasons.
    """
    found = parse(evidence_bytes)
    stated = statement.parse(found.statement)
    public = signature.public_key(found.jwk)
    if signature.thumbprint(found.jwk) != stated.key:
        raise Refusal(Reason.KEY_DIFFERS)
    enrolled = parse_enrolment(found.record)
    if enrolled.key != stated.key or enrolled.number != stated.signer.number:
        raise Refusal(Reason.ENROLMENT_DIFFERS)
    if found.method is Method.DEVICE:
        signature.verify_es256(key=public, signature=found.proof["signature"], message=found.statement)
    else:
        passkey.verify(
            message=found.statement,
            jwk=found.jwk,
            authenticator_data=found.proof["authenticatorData"],
            client_data=found.proof["clientDataJSON"],
            signature_bytes=found.proof["signature"],
            relying_party=relying_party,
            origins=origins,
        )
    return stated


def hash(evidence_bytes: bytes) -> bytes:
    """Return the evidence hash that the credential carries: SHA-256 of the canonical form."""
    return hashlib.sha256(evidence_bytes).digest()


def _bytes(value: object, reason: Reason) -> bytes:
    if not isinstance(value, str):
        raise Refusal(reason)
    try:
        return canonical.from_base64url(value)
    except ValueError as error:
        raise Refusal(reason) from error
