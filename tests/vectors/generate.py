"""Write the test vectors anew: `python -m tests.vectors.generate`; the same bytes each time.

Nothing here uses `pakta.core`: see README.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.core import reference
from tests.vectors import facts, verdicts, witnessed
from tests.vectors.city import (
    BEFORE,
    DEVICE,
    HOST,
    ISSUER,
    LOG,
    NOW,
    NUMBER,
    ORIGIN,
    PASSKEY,
    STRANGER,
    address,
    by_device,
    by_passkey,
    claims,
    entry,
    head,
    key_set,
    log_entries,
    packed,
    record,
    statement,
    status_token,
)  # fmt: skip
from tests.vectors.primitives import canonical, cbor, digest, sign1, standard

HERE = Path(__file__).parent
MADE_BY = "python -m tests.vectors.generate, from fixed keys made for it; facts from elsewhere name their source"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TREE = [digest(bytes((at,))) + b"\x00\x01" for at in range(11)]
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
        "successors": {"host": HOST, "pairs": witnessed.successors()},
        "verdicts": {"cases": {**verdicts.verdicts(), **witnessed.verdicts()}},
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


if __name__ == "__main__":
    for file, content in everything().items():
        (HERE / f"{file}.json").write_text(text_of(content), encoding="utf-8")
