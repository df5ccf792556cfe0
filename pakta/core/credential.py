"""The credential: a CWT in COSE_Sign1, and the address of decimal digits that its QR holds.

Source: docs/credential.md; RFC 8392 (CWT), IETF Token Status List (claim 65535).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core import cbor, cose
from pakta.core.cbor import Cbor
from pakta.core.errors import Reason, Refusal

ISS, EXP, IAT, CTI, STATUS, NAME, PAKTA = 1, 4, 6, 7, 65535, 169, -70001
FULL_NAME = 4
UNIT, EDITION, EVIDENCE_HASH, METHOD, INDEX = 1, 2, 3, 4, 5
METHODS = (1, 2, 3)  # passkey, device key, device key on a kiosk
NAME_AND_UNIT_LIMIT = 160  # bytes of UTF-8
EDITION_LIMIT = 12  # bytes
LONGEST = 800  # bytes
GROUP, DIGITS = 7, (0, 3, 5, 8, 10, 13, 15, 17)  # bytes in a group; digits for 0 to 7 bytes
MOST_DIGITS = 2_000
QUERY = 256  # characters that an address may have beside its origin and the most digits
DECIMAL = re.compile(r"[0-9]+")
SKEW = 300  # seconds that an issue time may lie ahead of the reader's clock
SPACES = " \t\r\n"
PLACE = re.compile(r"(https?)://([!-.0-9:->@-~]+)([/?][!-~]*)?", re.ASCII | re.IGNORECASE)  # host: printable, no / ?
LOCAL = re.compile(r"(localhost|127\.0\.0\.1)(:[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a credential says.

    name           None in marked institutions      times          seconds since 1970
    method         1 passkey, 2 device, 3 kiosk     ledger_index   where its own entry stands
    evidence_hash  SHA-256 of the evidence
    """

    issuer: str
    expires_at: int
    issued_at: int
    cti: bytes
    status_index: int
    status_uri: str
    name: str | None
    unit: str
    edition: str
    evidence_hash: bytes
    method: int
    ledger_index: int


@dataclass(frozen=True, slots=True)
class Credential:
    """A checked credential: its claims, the key that signed it, and the ledger payload of its entry."""

    claims: Claims
    kid: bytes
    to_be_signed: bytes


def to_be_signed(claims: Claims, *, kid: bytes) -> bytes:
    """Return the COSE Sig_structure: what the issuer signs and the ledger entry is the hash of.

    Refuses with NAME_TOO_LONG, CLAIMS_MALFORMED, or CBOR_MALFORMED (a lone surrogate).
    """
    if len(((claims.name or "") + claims.unit).encode(errors="replace")) > NAME_AND_UNIT_LIMIT:
        raise Refusal(Reason.NAME_TOO_LONG)
    payload = _payload(claims)
    _claims(cbor.decode(payload))
    return cose.sig_structure(protected=cose.protected_header(kid=kid), payload=payload)


def assemble(claims: Claims, *, kid: bytes, signature: bytes) -> bytes:
    """Return the credential's bytes from its claims and the issuer's signature of 64 bytes."""
    return cose.assemble(protected=cose.protected_header(kid=kid), payload=_payload(claims), signature=signature)


def parse(cose_bytes: bytes) -> Credential:
    """Read a credential without judging it; refuses with CBOR_MALFORMED, COSE_MALFORMED or CLAIMS_MALFORMED."""
    if len(cose_bytes) > LONGEST:
        raise Refusal(Reason.COSE_MALFORMED)
    found = cose.parse(cose_bytes)
    kid = found.header.get(cose.KEY_ID)
    if not isinstance(kid, bytes):
        raise Refusal(Reason.COSE_MALFORMED)
    signed = cose.sig_structure(protected=found.protected, payload=found.payload)
    return Credential(_claims(cbor.decode(found.payload)), kid, signed)


def verify(cose_bytes: bytes, *, issuer_keys: Mapping[bytes, ec.EllipticCurvePublicKey], now: datetime) -> Credential:
    """Return the credential after checking form, signature and times.

    issuer_keys  by key id: the first 8 bytes of SHA-256 over the key's SubjectPublicKeyInfo

    Refuses with CBOR_MALFORMED, COSE_MALFORMED, CLAIMS_MALFORMED, ISSUER_UNKNOWN,
    SIGNATURE_DIFFERS, NOT_YET_VALID or EXPIRED.
    """
    found = parse(cose_bytes)
    cose.verify(cose.parse(cose_bytes), keys=issuer_keys)
    moment = now.astimezone(UTC).timestamp()
    if found.claims.issued_at > moment + SKEW:
        raise Refusal(Reason.NOT_YET_VALID)
    if found.claims.expires_at <= moment:
        raise Refusal(Reason.EXPIRED)
    return found


def to_address(cose_bytes: bytes, *, origin: str) -> str:
    """Return the address in the QR: `ORIGIN/v#` and decimal digits."""
    groups = (cose_bytes[at : at + GROUP] for at in range(0, len(cose_bytes), GROUP))
    digits = "".join(str(int.from_bytes(each, "big")).zfill(DIGITS[len(each)]) for each in groups)
    return f"{origin}/v#{digits}"


def from_address(text: str, *, origin: str) -> bytes:
    """Return the credential's bytes out of a QR's address; spaces around it and capitals in the host are forgiven.

    A query before the # is passed over: the page's own language is one, and messengers add theirs.
    Refuses with ADDRESS_MALFORMED, OTHER_HOST, or DIGITS_MALFORMED.
    """
    if len(text) > len(origin) + QUERY + MOST_DIGITS:
        raise Refusal(Reason.DIGITS_MALFORMED)
    before, mark, digits = text.strip(SPACES).partition("#")
    _check_place(before, origin)
    if not mark:
        raise Refusal(Reason.ADDRESS_MALFORMED)
    return from_digits(digits)


def from_digits(digits: str) -> bytes:
    """Return the bytes that a QR's digits stand for; refuses with DIGITS_MALFORMED."""
    if not DECIMAL.fullmatch(digits) or len(digits) > MOST_DIGITS:
        raise Refusal(Reason.DIGITS_MALFORMED)
    full = DIGITS[GROUP]
    out = b""
    for at in range(0, len(digits), full):
        part = digits[at : at + full]
        if len(part) not in DIGITS:
            raise Refusal(Reason.DIGITS_MALFORMED)
        count, value = DIGITS.index(len(part)), int(part)
        if value >= 1 << 8 * count:
            raise Refusal(Reason.DIGITS_MALFORMED)
        out += value.to_bytes(count, "big")
    return out


def _check_place(before: str, origin: str) -> None:
    found = PLACE.fullmatch(before)
    if found is None:
        raise Refusal(Reason.ADDRESS_MALFORMED)
    scheme, host, path = found[1].lower(), found[2].lower(), found[3] or ""
    if f"{scheme}://{host}" != origin:
        raise Refusal(Reason.OTHER_HOST, host[:80])
    if scheme == "http" and not LOCAL.fullmatch(host):
        raise Refusal(Reason.ADDRESS_MALFORMED)
    if path.partition("?")[0] != "/v":
        raise Refusal(Reason.ADDRESS_MALFORMED)


def _payload(claims: Claims) -> bytes:
    own: dict[int | str, Cbor] = {
        UNIT: claims.unit,
        EDITION: claims.edition,
        EVIDENCE_HASH: claims.evidence_hash,
        METHOD: claims.method,
        INDEX: claims.ledger_index,
    }
    members: dict[int | str, Cbor] = {
        ISS: claims.issuer,
        EXP: claims.expires_at,
        IAT: claims.issued_at,
        CTI: claims.cti,
        STATUS: {"status_list": {"idx": claims.status_index, "uri": claims.status_uri}},
        PAKTA: own,
    }
    if claims.name is not None:
        members[NAME] = {FULL_NAME: claims.name}
    return cbor.encode(members)


def _claims(value: Cbor) -> Claims:
    members = _map(value)
    wanted = {ISS, EXP, IAT, CTI, STATUS, PAKTA}
    own = _map(members.get(PAKTA))
    pointer = _map(_map(members.get(STATUS)).get("status_list"))
    if set(members) - {NAME} != wanted or set(own) != {UNIT, EDITION, EVIDENCE_HASH, METHOD, INDEX}:
        raise Refusal(Reason.CLAIMS_MALFORMED)
    if set(_map(members[STATUS])) != {"status_list"} or set(pointer) != {"idx", "uri"}:
        raise Refusal(Reason.CLAIMS_MALFORMED)
    claims = Claims(
        issuer=_text(members[ISS]),
        expires_at=_count(members[EXP]),
        issued_at=_count(members[IAT]),
        cti=_bytes(members[CTI], 16),
        status_index=_count(pointer["idx"]),
        status_uri=_text(pointer["uri"]),
        name=_name(members),
        unit=_text(own[UNIT]),
        edition=_text(own[EDITION]),
        evidence_hash=_bytes(own[EVIDENCE_HASH], 32),
        method=_count(own[METHOD]),
        ledger_index=_count(own[INDEX]),
    )
    if claims.method not in METHODS or len(claims.edition.encode()) > EDITION_LIMIT:
        raise Refusal(Reason.CLAIMS_MALFORMED)
    return claims


def _name(members: Mapping[int | str, Cbor]) -> str | None:
    if NAME not in members:
        return None
    given = _map(members[NAME])
    if set(given) != {FULL_NAME}:
        raise Refusal(Reason.CLAIMS_MALFORMED)
    return _text(given[FULL_NAME])


def _map(value: Cbor) -> Mapping[int | str, Cbor]:
    if not isinstance(value, dict):
        raise Refusal(Reason.CLAIMS_MALFORMED)
    return value


def _text(value: Cbor) -> str:
    if not isinstance(value, str) or not value:
        raise Refusal(Reason.CLAIMS_MALFORMED)
    return value


def _count(value: Cbor) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 53:
        raise Refusal(Reason.CLAIMS_MALFORMED)
    return value


def _bytes(value: Cbor, length: int) -> bytes:
    if not isinstance(value, bytes) or len(value) != length:
        raise Refusal(Reason.CLAIMS_MALFORMED)
    return value
