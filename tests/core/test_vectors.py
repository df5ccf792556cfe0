"""The committed vectors: made without the core, and the core agrees with every one of them."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pakta.core import (
    canonical,
    credential,
    evidence,
    keyset,
    ledgerentry,
    merkle,
    note,
    number,
    policy,
    proof,
    signature,
    statement,
    status,
    tiles,
    verdict,
)
from pakta.core.errors import Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.core.verdict import Inclusion
from tests.vectors import generate

FOLDER = Path(generate.__file__).parent


def read(name: str) -> Any:
    """Return a file of vectors."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


KEYS, CREDENTIALS, STATEMENTS, CHECKPOINT = read("keys"), read("credential"), read("statement"), read("checkpoint")
ISSUER = signature.public_key(KEYS["p256"]["issuer"]["jwk"])
ISSUERS: Any = {bytes.fromhex(KEYS["p256"]["issuer"]["kid"]): ISSUER}
NOW = datetime.fromtimestamp(generate.NOW, UTC)


@pytest.mark.parametrize("name", generate.everything())
def test_making_them_anew_leaves_no_difference(name: str) -> None:
    made = generate.text_of(generate.everything()[name])
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == made


def test_they_are_made_without_the_core() -> None:
    for path in (*FOLDER.glob("*.py"), FOLDER.parent / "core" / "reference.py"):
        modules = {
            name
            for node in ast.walk(ast.parse(path.read_text()))
            for name in (
                [node.module or ""] if isinstance(node, ast.ImportFrom)
                else [each.name for each in node.names] if isinstance(node, ast.Import) else []
            )
        }  # fmt: skip
        assert modules
        assert not [each for each in modules if each.split(".")[0] == "pakta"]


def test_each_file_says_first_where_it_comes_from() -> None:
    for path in FOLDER.glob("*.json"):
        assert next(iter(json.loads(path.read_text()).items())) == ("made by", generate.MADE_BY)


def test_canonical_json_and_thumbprints() -> None:
    found = read("canonical")
    for each in found["values"]:
        assert canonical.encode(each["value"]).decode() == each["form"]
    names, ordered = found["order of members"]["names"], found["order of members"]["ordered"]
    assert list(json.loads(canonical.encode(dict.fromkeys(names, 0)))) == ordered
    assert signature.thumbprint(KEYS["thumbprint"]["jwk"]) == KEYS["thumbprint"]["thumbprint"]
    for key in KEYS["p256"].values():
        assert signature.thumbprint(key["jwk"]) == key["thumbprint"]
        public: Any = signature.public_key(key["jwk"])
        assert signature.key_id(public).hex() == key["kid"]


def test_certificate_numbers() -> None:
    for each in read("number")["numbers"]:
        assert number.from_cti(bytes.fromhex(each["cti"])) == each["number"]
        assert number.parse(each["number"]) == each["number"]


def test_trees_and_their_proofs() -> None:
    found = read("merkle")
    known = [merkle.leaf_hash(bytes.fromhex(each)) for each in found["known roots"]["entries"]]
    assert [merkle.root(known[:size]).hex() for size in range(9)] == found["known roots"]["roots"]
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in found["entries"]]
    roots = [bytes.fromhex(each) for each in found["roots"]]
    assert [merkle.root(leaves[:size]) for size in range(len(leaves) + 1)] == roots
    for each in found["inclusion"]:
        path = [bytes.fromhex(step) for step in each["path"]]
        merkle.verify_inclusion(
            leaf_hash=leaves[each["index"]],
            index=each["index"],
            size=each["size"],
            path=path,
            root=roots[each["size"]],
        )
        assert merkle.inclusion_path(leaves[: each["size"]], each["index"]) == path
    for each in found["consistency"]:
        merkle.verify_consistency(
            old_size=each["old"],
            new_size=each["new"],
            old_root=roots[each["old"]],
            new_root=roots[each["new"]],
            path=[bytes.fromhex(step) for step in each["path"]],
        )


def test_tiles_and_the_proofs_that_are_read_from_them() -> None:
    found = read("tiles")
    for each in found["known addresses"]["addresses"]:
        place = each["level"], each["index"], each["width"]
        assert (tiles.tile_path(*place), tiles.parse_tile_path(each["path"])) == (each["path"], place)
    size = found["size"]
    entries = [hashlib.sha256(at.to_bytes(4, "big")).digest() for at in range(size)]
    stored = {
        tiles.tile_path(tiles.ENTRIES, at, width): tiles.entry_bundle(entries[256 * at : 256 * at + width])
        for at, width in tiles.bundles_for(0, size)
    }
    assert b"".join(map(b"".join, map(tiles.parse_entry_bundle, stored.values()))) == b"".join(entries)
    rows = [[merkle.leaf_hash(each) for each in entries]]
    rows.append([merkle.root(rows[0][at : at + 256]) for at in range(0, size - 255, 256)])
    for level, at, width in tiles.tiles_for(0, size):
        stored[tiles.tile_path(level, at, width)] = b"".join(rows[level][256 * at : 256 * at + width])
    assert {path: hashlib.sha256(tile).hexdigest() for path, tile in stored.items()} == found["sha256"]

    def read_tile(level: int, index: int, width: int) -> bytes:
        return stored[tiles.tile_path(level, index, width)]

    assert tiles.root_from_tiles(size, read_tile).hex() == found["root"]
    for index, path in found["inclusion"].items():
        assert [each.hex() for each in tiles.inclusion_path_from_tiles(int(index), size, read_tile)] == path
    for old, path in found["consistency"].items():
        assert [each.hex() for each in tiles.consistency_path_from_tiles(int(old), size, read_tile)] == path


@pytest.mark.parametrize("method", ["device", "passkey"])
def test_evidence_holds_and_its_hash_is_that_of_its_text(method: str) -> None:
    text = STATEMENTS["evidence"][method]["text"].encode()
    stated = evidence.verify(text, relying_party=STATEMENTS["relying party"], origins=(STATEMENTS["origin"],))
    assert stated.signer.name == "Siti Lestari"
    assert evidence.hash(text).hex() == STATEMENTS["evidence"][method]["sha256"]


def test_statement_and_enrolment_are_read() -> None:
    assert statement.parse(STATEMENTS["statement"].encode()).edition == "ASN-2026"
    record = STATEMENTS["enrolment record"].encode()
    assert evidence.parse_enrolment(record).key == KEYS["p256"]["device"]["thumbprint"]
    assert ledgerentry.entry(EntryKind.KEY_ENROLLED, record).hex() == STATEMENTS["enrolment entry"]


@pytest.mark.parametrize("name", ["named", "unnamed"])
def test_a_certificate_is_made_and_read_to_the_byte(name: str) -> None:
    found = CREDENTIALS[name]
    raw = credential.from_address(found["address"], origin=generate.ORIGIN)
    read_back = credential.verify(raw, issuer_keys=ISSUERS, now=NOW)
    assert raw.hex() == found["cose"]
    assert credential.to_address(raw, origin=generate.ORIGIN) == found["address"]
    assert credential.to_be_signed(read_back.claims, kid=read_back.kid).hex() == found["to be signed"]
    assert credential.assemble(read_back.claims, kid=read_back.kid, signature=raw[-64:]).hex() == found["cose"]
    assert ledgerentry.entry(EntryKind.CREDENTIAL, read_back.to_be_signed).hex() == found["entry"]
    assert number.from_cti(read_back.claims.cti) == found["number"]
    assert (read_back.claims.name is None) == (name == "unnamed")


def test_a_checkpoint_and_a_proof_hold() -> None:
    known = CHECKPOINT["known note"]
    assert known["note"].startswith(note.verify(known["note"], verifier_key=known["vkey"]).decode())
    head = note.parse_checkpoint(note.verify(CHECKPOINT["checkpoint"], verifier_key=CHECKPOINT["vkey"]))
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in CHECKPOINT["entries"]]
    assert (head.size, head.root) == (len(leaves), merkle.root(leaves))
    entry = bytes.fromhex(CREDENTIALS["named"]["entry"])
    found = proof.parse(CHECKPOINT["proof"].encode())
    proof.verify(found, entry=entry, verifier_key=CHECKPOINT["vkey"], origin=head.origin)
    made = proof.make(index=found.index, path=found.path, checkpoint=CHECKPOINT["checkpoint"].encode())
    assert made.decode() == CHECKPOINT["proof"]


def test_a_status_list_is_read() -> None:
    found = read("status")
    token = status.verify(bytes.fromhex(found["token"]), issuer_keys=ISSUERS, uri=found["uri"], now=NOW)
    packed = status.decode(token.lst)
    assert packed.hex() == found["packed"]
    assert {place: status.get(packed, int(place)) for place in found["values"]} == found["values"]
    example = found["draft example"]
    assert status.decode(status.encode(example["values"])).hex() == example["packed"]


def test_a_key_set_holds() -> None:
    found = read("keyset")
    assert keyset.verify(found["text"].encode(), host=found["host"]).issuer_keys.keys() == ISSUERS.keys()


@pytest.mark.parametrize("name", read("verdicts")["cases"])
def test_every_verdict(name: str) -> None:
    case = read("verdicts")["cases"][name]
    given = case["given"]

    def raw(text: str | None) -> bytes | None:
        return None if text is None else base64.b64decode(text)

    head = raw(given["checkpoint"])
    given_paths = (given["path"], given["marked"])
    path, marked = (None if each is None else [base64.b64decode(text) for text in each] for each in given_paths)
    said = verdict.decide(
        address=given["address"],
        origin=given["origin"],
        keyset_text=raw(given["keySet"]),
        status_token=raw(given["statusToken"]),
        inclusion=None if head is None else Inclusion(head, path, marked),
        now=datetime.fromtimestamp(given["now"], UTC),
        newest_version=given["newestVersion"],
        newest_status=given["newestStatus"],
        policy=policy.parse(given["policyText"].encode()) if "policyText" in given else None,
    )
    assert (said.word.value, said.reason.value if said.reason else None) == (case["word"], case["reason"])


@pytest.mark.parametrize("name", read("successors")["pairs"])
def test_every_later_key_set(name: str) -> None:
    given, host = read("successors")["pairs"][name], read("successors")["host"]
    known, found = (keyset.verify(given[each].encode(), host=host) for each in ("known", "found"))
    reason = None
    try:
        keyset.verify_continues(found, known=known)
    except Refusal as refusal:
        reason = refusal.reason.value
    assert reason == given["reason"]
