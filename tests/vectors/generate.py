"""Write the test vectors anew: `python -m tests.vectors.generate`; the same bytes each time.

Nothing here uses `pakta.core`: see README.md.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

from tests.core import reference
from tests.vectors import facts
from tests.vectors.primitives import P256, Log, base64url, canonical, cbor, digest, sign1, standard

HERE = Path(__file__).parent
MADE_BY = "python -m tests.vectors.generate, from fixed keys made for it; facts from elsewhere name their source"
HOST, ORIGIN = "localhost:5000", "http://localhost:5000"
NOW = 1_795_396_500  # 23 November 2026, 01.15 UTC
ISSUER, STRANGER = P256("pakta vektor penerbit"), P256("pakta vektor penerbit lain")
DEVICE, PASSKEY = P256("pakta vektor kunci perangkat"), P256("pakta vektor kunci sandi")
LOG = Log("pakta vektor buku catatan", f"{HOST}/log")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DIGITS = (0, 3, 5, 8, 10, 13, 15, 17)
NUMBER = "198609262015052901"
TREE = [digest(bytes((at,))) + b"\x00\x01" for at in range(11)]
BEFORE, AFTER = 5, 6  # entries before and after the certificate's own
TILED = 600  # entries under the tiles


def everything() -> dict[str, Any]:
    """Return every file's content by its name."""
    return {
        "keys": keys(),
        "canonical": of_canonical(),
        "number": {"numbers": numbers()},
        "merkle": merkle(),
        "tiles": tiles(),
        "statement": statements(),
        "credential": credentials(),
        "checkpoint": checkpoints(),
        "status": statuses(),
        "keyset": {"host": HOST, "text": key_set().decode()},
        "verdicts": {"cases": verdicts()},
    }


def text_of(content: Any) -> str:
    """Return a file's text, which says first where it comes from."""
    return json.dumps({"made by": MADE_BY, **content}, indent=1, ensure_ascii=False) + "\n"


def keys() -> Any:
    """Return the keys."""
    people = {"issuer": ISSUER, "stranger": STRANGER, "device": DEVICE, "passkey": PASSKEY}
    return {
        "p256": {
            name: {
                "private": digest(key.word.encode()).hex(),
                "jwk": key.jwk,
                "thumbprint": key.thumbprint,
                "kid": key.kid.hex(),
            }
            for name, key in people.items()
        },
        "log": {"public": LOG.public.hex(), "vkey": LOG.vkey},
        "thumbprint": facts.THUMBPRINT,
    }


def of_canonical() -> Any:
    """Return JSON values in their canonical form."""
    values = [
        {},
        {"b": 1, "a": [True, None, "é", '\n"\\']},
        {"nomor": NUMBER, "nama": "Siti Lestari", "10": 1, "9": 2},
    ]
    forms = [{"value": each, "form": canonical(each).decode()} for each in values]
    return {"values": forms, "order of members": facts.ORDER_OF_MEMBERS}


def numbers() -> Any:
    """Return certificate numbers by their ids."""
    ids = [bytes(16), bytes(range(16)), b"\xff" * 16, digest(b"nomor")[:16]]
    return [{"cti": each.hex(), "number": number(each)} for each in ids]


def number(cti: bytes) -> str:
    """Return 16 letters of 5 bits and the Luhn mod 32 check character."""
    value = int.from_bytes(cti[:10], "big")
    points = [value >> 5 * at & 31 for at in range(15, -1, -1)]
    total = 0
    for place, point in enumerate(reversed(points)):
        doubled = point * 2 if place % 2 == 0 else point
        total += doubled // 32 + doubled % 32
    return "".join(ALPHABET[each] for each in points) + ALPHABET[-total % 32]


def merkle() -> Any:
    """Return roots and proofs of every tree of up to 11 entries."""
    sizes = range(len(TREE) + 1)
    return {
        "known roots": facts.KNOWN_ROOTS,
        "entries": [each.hex() for each in TREE],
        "roots": [reference.mth(TREE[:size]).hex() for size in sizes],
        "inclusion": [
            {"index": at, "size": size, "path": [each.hex() for each in reference.path(at, TREE[:size])]}
            for size in sizes[1:] for at in range(size)
        ],
        "consistency": [
            {"old": old, "new": new, "path": [each.hex() for each in reference.proof(old, TREE[:new])]}
            for new in sizes[1:] for old in range(1, new + 1)
        ],
    }  # fmt: skip


def tiles() -> Any:
    """Return the tiles of a tree whose entry number N is SHA-256 of N as four bytes, and proofs in it."""
    entries = [digest(at.to_bytes(4, "big")) for at in range(TILED)]
    leaves = [reference.mth([each]) for each in entries]
    nodes = [reference.mth(entries[at : at + 256]) for at in range(0, TILED - 255, 256)]
    bundled = [b"\0\x20" + each for each in entries]
    return {
        "known addresses": facts.TILE_ADDRESSES,
        "entry": "number N is SHA-256 of N as four bytes, big-endian",
        "size": TILED,
        "root": reference.mth(entries).hex(),
        "sha256": {**cut("entries", bundled), **cut("0", leaves), **cut("1", nodes)},
        "inclusion": {
            str(at): [each.hex() for each in reference.path(at, entries)] for at in (0, 255, 256, 511, 512, 599)
        },
        "consistency": {
            str(old): [each.hex() for each in reference.proof(old, entries)] for old in (1, 255, 256, 300, 512, 600)
        },
    }


def cut(level: str, row: list[bytes]) -> dict[str, str]:
    """Return the hash of each tile's bytes by its address."""
    parts = [row[at : at + 256] for at in range(0, len(row), 256)]
    ends = ["" if len(part) == 256 else f".p/{len(part)}" for part in parts]
    return {
        f"{level}/{at:03}{end}": digest(b"".join(part)).hex()
        for at, (part, end) in enumerate(zip(parts, ends, strict=True))
    }


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


def statements() -> Any:
    """Return the statement and the evidence of both methods."""
    return {
        "statement": statement(DEVICE).decode(),
        "enrolment record": record(DEVICE).decode(),
        "enrolment entry": entry(2, record(DEVICE)).hex(),
        "relying party": "localhost",
        "origin": ORIGIN,
        "evidence": {
            name: {"text": each.decode(), "sha256": digest(each).hex()}
            for name, each in (("device", by_device()), ("passkey", by_passkey()))
        },
    }


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


def credentials() -> Any:
    """Return the certificate and the one of a marked institution."""
    return {
        name: {
            "payload": cbor(members).hex(), "to be signed": signed.hex(), "cose": raw.hex(), "address": address(raw),
            "entry": entry(1, signed).hex(), "number": number(members[7]),
        }
        for name, members in (("named", claims()), ("unnamed", claims(_169=None)))
        for signed, raw in (sign1(ISSUER, cbor(members)),)
    }  # fmt: skip


def log_entries(signed: bytes) -> list[bytes]:
    """Return the ledger: strangers' entries around the certificate's own."""
    before = [entry(2, digest(bytes((at,)))) for at in range(BEFORE)]
    after = [entry(2, digest(bytes((at + 100,)))) for at in range(AFTER)]
    return [*before, entry(1, signed), *after]


def head(entries: list[bytes]) -> bytes:
    """Return the signed head of a ledger."""
    return LOG.checkpoint(len(entries), reference.mth(entries))


def checkpoints() -> Any:
    """Return a checkpoint and the certificate's proof file."""
    entries = log_entries(sign1(ISSUER, cbor(claims()))[0])
    path = "".join(f"{standard(each)}\n" for each in reference.path(BEFORE, entries))
    proof = f"c2sp.org/tlog-proof@v1\nindex {BEFORE}\n{path}\n".encode() + head(entries)
    return {
        "known note": facts.NOTE,
        "vkey": LOG.vkey,
        "entries": [each.hex() for each in entries],
        "checkpoint": head(entries).decode(),
        "proof": proof.decode(),
    }


def packed(values: dict[int, int], size: int = 32) -> bytes:
    """Return two bits a place, the lowest first."""
    out = bytearray(size // 4)
    for place, value in values.items():
        out[place // 4] |= value << place % 4 * 2
    return bytes(out)


def status_token(values: dict[int, int], *, at: int = NOW - 600) -> bytes:
    """Return a signed status list; its bytes are stored and not squeezed, so that every zlib writes the same."""
    squeeze = zlib.compressobj(0)
    lst = squeeze.compress(packed(values)) + squeeze.flush()
    members = {2: f"{ORIGIN}/s/0", 4: at + 172_800, 6: at, 65533: {"bits": 2, "lst": lst}, 65534: 43_200}
    return sign1(ISSUER, cbor(members), "application/statuslist+cwt")[1]


def statuses() -> Any:
    """Return a list, its places and its token."""
    values = {1: 1, 6: 2, 9: 0, 31: 3}
    return {
        "values": {str(place): value for place, value in values.items()},
        "packed": packed(values).hex(),
        "token": status_token(values).hex(),
        "uri": f"{ORIGIN}/s/0",
        "now": NOW,
        "draft example": facts.TWO_BITS,
    }


def key_set(version: int = 3) -> bytes:
    """Return a signed key set."""
    jwk = {**ISSUER.jwk, "kid": base64url(ISSUER.kid), "use": "sig", "alg": "ES256"}
    members: dict[str, Any] = {
        "keys": [jwk], "version": version, "iss": HOST, "issued_at": "2026-11-23T01:00:00Z",
        "log": {"origin": LOG.name, "vkey": LOG.vkey}, "witness_policy": None,
    }  # fmt: skip
    header = base64url(canonical({"alg": "ES256", "kid": base64url(ISSUER.kid)}))
    sealed = ISSUER.sign(f"{header}.{base64url(canonical(members))}".encode())
    return canonical({**members, "signature": f"{header}..{base64url(sealed)}"})


def case(word: str, reason: str | None, **changed: Any) -> dict[str, Any]:
    """Return a call of the rules, and what they must say; bytes in base64."""
    _signed, raw = sign1(changed.pop("by", ISSUER), cbor(claims(**changed.pop("claims", {}))))
    entries = log_entries(sign1(ISSUER, cbor(claims()))[0])
    given: dict[str, Any] = {
        "address": address(raw), "origin": ORIGIN, "keySet": key_set(), "statusToken": status_token({}),
        "checkpoint": head(entries), "path": reference.path(BEFORE, entries), "now": NOW, "newestVersion": 0,
        "newestStatus": 0,
    }  # fmt: skip
    given |= changed
    given["path"] = None if given["path"] is None else [standard(each) for each in given["path"]]
    plain = {name: standard(value) if isinstance(value, bytes) else value for name, value in given.items()}
    return {"word": word, "reason": reason, "given": plain}


def verdicts() -> Any:
    """Return a case for each verdict and cause."""
    raw = sign1(ISSUER, cbor(claims()))[1]
    good = address(raw)
    other = log_entries(b"another certificate")
    return {
        "good": case("SAH", None),
        "revoked": case("DICABUT", "STATUS_REVOKED", statusToken=status_token({9: 1})),
        "suspended": case("DITANGGUHKAN", "STATUS_SUSPENDED", statusToken=status_token({9: 2})),
        "expired": case("KEDALUWARSA", "EXPIRED", now=NOW + 157_766_400),
        "strange issuer": case("TIDAK DIKENAL", "ISSUER_UNKNOWN", by=STRANGER),
        "issuer of another host": case("TIDAK DIKENAL", "ISSUER_UNKNOWN", claims={"_1": "pakta.contoh.go.id"}),
        "changed digit": case(
            "TIDAK DIKENAL", "SIGNATURE_DIFFERS", address=good[:-1] + str((int(good[-1]) + 1) % 10)
        ),
        "truncated": case("TIDAK DIKENAL", "CBOR_MALFORMED", address=address(raw[:140])),
        "another host": case("TIDAK DIKENAL", "OTHER_HOST", address=good.replace("5000", "5001")),
        "ten thousand digits": case("TIDAK DIKENAL", "DIGITS_MALFORMED", address=f"{ORIGIN}/v#" + "1" * 10_000),
        "not in the ledger": case(
            "TIDAK DIKENAL", "NOT_IN_LEDGER", checkpoint=head(other), path=reference.path(BEFORE, other)
        ),
        "ledger behind": case("TIDAK DAPAT DIPERIKSA", "LEDGER_BEHIND", checkpoint=head(other[:BEFORE])),
        "no ledger": case("TIDAK DAPAT DIPERIKSA", "LEDGER_MISSING", checkpoint=None),
        "no tiles": case("TIDAK DAPAT DIPERIKSA", "LEDGER_MISSING", path=None),
        "no key set": case("TIDAK DAPAT DIPERIKSA", "KEYSET_MISSING", keySet=None),
        "key set rolled back": case("TIDAK DAPAT DIPERIKSA", "KEYSET_ROLLED_BACK", newestVersion=4),
        "no status list": case("TIDAK DAPAT DIPERIKSA", "STATUS_MISSING", statusToken=None),
        "status list stale": case(
            "TIDAK DAPAT DIPERIKSA", "STATUS_STALE", statusToken=status_token({}, at=NOW - 172_800)
        ),
        "status list rolled back": case("TIDAK DAPAT DIPERIKSA", "STATUS_ROLLED_BACK", newestStatus=NOW),
        "not yet valid": case("TIDAK DAPAT DIPERIKSA", "NOT_YET_VALID", now=NOW - 86_400),
    }


if __name__ == "__main__":
    for file, content in everything().items():
        (HERE / f"{file}.json").write_text(text_of(content), encoding="utf-8")
