"""The city of the vectors: its keys, a person's evidence, a certificate, the ledger, status list and key set."""

from __future__ import annotations

import zlib
from typing import Any

from tests.core import reference
from tests.vectors.primitives import P256, Log, base64url, canonical, cbor, digest, sign1

HOST, ORIGIN = "localhost:5000", "http://localhost:5000"
NOW = 1_795_396_500  # 23 November 2026, 01.15 UTC
ISSUER, STRANGER = P256("pakta vektor penerbit"), P256("pakta vektor penerbit lain")
DEVICE, PASSKEY = P256("pakta vektor kunci perangkat"), P256("pakta vektor kunci sandi")
LOG = Log("pakta vektor buku catatan", f"{HOST}/log")
DIGITS = (0, 3, 5, 8, 10, 13, 15, 17)
NUMBER = "198609262015052901"
BEFORE, AFTER = 5, 6  # entries before and after the certificate's own


def statement(key: P256) -> bytes:
    """Return a person's statement under this key."""
    members = {
        "v": 1, "edition": "ASN-2026", "title": "Pakta Integritas Netralitas ASN",
        "text_sha256": digest(b"naskah").hex(),
        "signer": {
            "kind": "pns", "number": NUMBER, "name": "Siti Lestari", "rank": "Penata, III/c", "position": "Guru",
            "unit": "SD Negeri Kranggan 1", "institution": "Pemerintah Kota Mojokerto",
        },
        "acknowledged": ["netral", "medsos"], "key": key.thumbprint, "place": "Mojokerto",
        "prepared_at": "2026-11-23T01:10:00Z", "nonce": base64url(digest(b"nonce")[:16]),
    }  # fmt: skip
    return b"pakta/statement/v1\n" + canonical(members)


def record(key: P256) -> bytes:
    """Return the enrolment record of a key."""
    members = {
        "v": 1, "number": NUMBER, "key": key.thumbprint, "way": "slip", "earlier": None,
        "salt": base64url(digest(b"salt")[:16]),
    }  # fmt: skip
    return b"pakta/enrolment/v1\n" + canonical(members)


def evidence(key: P256, method: str, proof: dict[str, str]) -> bytes:
    """Return evidence of a statement."""
    enrolment = {"record": base64url(record(key)), "index": 3}
    members = {
        "statement": base64url(statement(key)),
        "method": method,
        "jwk": key.jwk,
        "enrolment": enrolment,
        **proof,
    }
    return canonical(members)


def by_device() -> bytes:
    """Return evidence by a device key."""
    return evidence(DEVICE, "device", {"signature": base64url(DEVICE.sign(statement(DEVICE)))})


def by_passkey() -> bytes:
    """Return evidence by a passkey of `localhost`."""
    challenge = base64url(digest(statement(PASSKEY)))
    client = canonical({"type": "webauthn.get", "challenge": challenge, "origin": ORIGIN, "crossOrigin": False})
    data = digest(b"localhost") + b"\x05" + bytes(4)
    return evidence(
        PASSKEY,
        "passkey",
        {
            "authenticatorData": base64url(data),
            "clientDataJSON": base64url(client),
            "signature": base64url(PASSKEY.sign_der(data + digest(client))),
        },
    )


def entry(kind: int, payload: bytes) -> bytes:
    """Return a ledger entry."""
    return bytes((1, kind)) + digest(b"pakta/ledger/v1\0" + payload)


def claims(**changed: Any) -> dict[int, Any]:
    """Return the certificate's claims; a change set to None leaves the member out."""
    own = {1: "SD Negeri Kranggan 1", 2: "ASN-2026", 3: digest(by_device()), 4: 2, 5: BEFORE}
    members = {
        1: HOST, 4: NOW + 157_766_400, 6: NOW - 60, 7: digest(b"cti")[:16],
        65535: {"status_list": {"idx": 9, "uri": f"{ORIGIN}/s/0"}}, 169: {4: "Siti Lestari"}, -70001: own,
    }  # fmt: skip
    members |= {int(name[1:]): value for name, value in changed.items()}
    return {name: value for name, value in members.items() if value is not None}


def address(raw: bytes) -> str:
    """Return the QR's address."""
    groups = [raw[at : at + 7] for at in range(0, len(raw), 7)]
    return f"{ORIGIN}/v#" + "".join(f"{int.from_bytes(each, 'big'):0{DIGITS[len(each)]}}" for each in groups)


def log_entries(signed: bytes) -> list[bytes]:
    """Return the ledger: strangers' entries around the certificate's own."""
    before = [entry(2, digest(bytes((at,)))) for at in range(BEFORE)]
    after = [entry(2, digest(bytes((at + 100,)))) for at in range(AFTER)]
    return [*before, entry(1, signed), *after]


def head(entries: list[bytes]) -> bytes:
    """Return the signed head of a ledger."""
    return LOG.checkpoint(len(entries), reference.mth(entries))


def packed(values: dict[int, int], size: int = 32) -> bytes:
    """Return two bits a place, the lowest first."""
    out = bytearray(size // 4)
    for place, value in values.items():
        out[place // 4] |= value << place % 4 * 2
    return bytes(out)


def status_token(values: dict[int, int], *, at: int = NOW - 600, by: P256 = ISSUER) -> bytes:
    """Return a signed status list; its bytes are stored and not squeezed, so that every zlib writes the same."""
    squeeze = zlib.compressobj(0)
    lst = squeeze.compress(packed(values)) + squeeze.flush()
    members = {2: f"{ORIGIN}/s/0", 4: at + 172_800, 6: at, 65533: {"bits": 2, "lst": lst}, 65534: 43_200}
    return sign1(by, cbor(members), "application/statuslist+cwt")[1]


def key_set(version: int = 3, *, by: P256 = ISSUER, said: dict[str, dict[str, Any]] | None = None) -> bytes:
    """Return a signed key set.

    said  of each of its keys, by the words they are made from: its member `pakta`; empty where there is none
    """
    known = [P256(word) for word in said or {by.word: {}}]
    keys = [{**key.jwk, "kid": base64url(key.kid), "use": "sig", "alg": "ES256"} for key in known]
    for key, pakta in zip(keys, (said or {}).values(), strict=False):
        key |= {"pakta": pakta} if pakta else {}
    members: dict[str, Any] = {
        "keys": keys, "version": version, "iss": HOST, "issued_at": "2026-11-23T01:00:00Z",
        "log": {"origin": LOG.name, "vkey": LOG.vkey}, "witness_policy": None,
    }  # fmt: skip
    header = base64url(canonical({"alg": "ES256", "kid": base64url(by.kid)}))
    sealed = by.sign(f"{header}.{base64url(canonical(members))}".encode())
    return canonical({**members, "signature": f"{header}..{base64url(sealed)}"})
