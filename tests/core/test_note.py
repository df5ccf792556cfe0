"""Signed notes and checkpoints: read as C2SP wrote them, and nothing looser."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.core import merkle, note
from pakta.core.errors import Reason
from tests.core.refusing import each_flip, refused

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
NAME = "pakta.contoh.go.id/log"
VKEY = note.vkey(name=NAME, public_key=PUBLIC)
BODY = note.checkpoint_body(origin=NAME, size=5, root=merkle.EMPTY_ROOT)
GOOD = note.sign(BODY, name=NAME, public_key=PUBLIC, sign=KEY.sign)
LINE = GOOD.decode().splitlines()[-1]
# C2SP signed-note's example: a note of two lines under one key
EXAMPLE_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
EXAMPLE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


@pytest.mark.parametrize(("length", "is_whole"), [(0, False), (3, False), (4, False), (5, True)])
def test_a_line_of_whomever_holds_more_than_a_key_id(length: int, is_whole: bool) -> None:
    text = GOOD + f"— lain {base64.b64encode(bytes(length)).decode()}\n".encode()
    if is_whole:
        assert note.verify(text, verifier_key=VKEY) == BODY
    else:
        with refused(Reason.NOTE_MALFORMED):
            note.verify(text, verifier_key=VKEY)


def test_the_example_of_the_standard_verifies() -> None:
    assert note.verify(EXAMPLE, verifier_key=EXAMPLE_VKEY).decode().startswith("If you think")


def test_what_was_signed_is_given_back() -> None:
    assert note.verify(GOOD, verifier_key=VKEY) == BODY
    assert note.verify(GOOD.decode(), verifier_key=VKEY) == BODY
    assert note.parse_checkpoint(BODY) == note.Checkpoint(NAME, 5, merkle.EMPTY_ROOT)
    assert note.parse_vkey(VKEY).public_key == PUBLIC


def test_the_body_can_be_read_before_anyone_vouches_for_it() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    theirs = note.sign(BODY, name="x", public_key=stranger.public_key().public_bytes_raw(), sign=stranger.sign)
    assert note.unverified_body(theirs) == note.unverified_body(GOOD) == BODY
    with refused(Reason.NOTE_MALFORMED):
        note.unverified_body(GOOD[:-1])


def test_no_flipped_bit_holds() -> None:
    for changed in each_flip(GOOD):
        with refused(Reason.NOTE_MALFORMED, Reason.NOTE_UNSIGNED, Reason.NOTE_SIGNATURE):
            note.verify(changed, verifier_key=VKEY)


def test_signatures_of_others_are_passed_over_and_each_of_ours_must_hold() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    theirs = note.sign(BODY, name="saksi", public_key=other.public_key().public_bytes_raw(), sign=other.sign)
    line = theirs.decode().splitlines()[-1]
    assert note.verify(GOOD + f"{line}\n".encode(), verifier_key=VKEY) == BODY
    with refused(Reason.NOTE_UNSIGNED):
        note.verify(theirs, verifier_key=VKEY)
    forged = LINE[:-8] + "AAAAAAA="
    with refused(Reason.NOTE_SIGNATURE):
        note.verify(GOOD + f"{forged}\n".encode(), verifier_key=VKEY)


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n", BODY.decode(), f"{BODY.decode()}\n", GOOD.decode()[:-1], GOOD.decode() + "\n",
        GOOD.decode().replace("—", "-"), GOOD.decode().replace(NAME, "a b"), f"{BODY.decode()}\n— {NAME}\n",
        f"{BODY.decode()}\n— {NAME} AAAA\n", f"{BODY.decode()}\n— {NAME} A\n", f"{BODY.decode()}\n— {NAME} é\n",
        f"{BODY.decode()}\n— {NAME} AAAAAAB=\n", GOOD.decode() + f"{LINE}\n" * 100, "\ud800", "a\tb" + GOOD.decode(),
        "x" * 1_000_001,
    ],
)  # fmt: skip
def test_what_is_no_signed_note_is_refused(text: str) -> None:
    with refused(Reason.NOTE_MALFORMED):
        note.verify(text, verifier_key=VKEY)


@pytest.mark.parametrize("raw", [b"\xff" + GOOD, GOOD[:-1] + b"\xff\n"])
def test_bytes_that_are_no_utf_8_are_refused(raw: bytes) -> None:
    with refused(Reason.NOTE_MALFORMED):
        note.verify(raw, verifier_key=VKEY)


@pytest.mark.parametrize(
    "text",
    [
        "", NAME, f"{NAME}+{VKEY.split('+')[1]}", VKEY.replace(VKEY.split("+")[1], "00000000"), " " + VKEY,
        VKEY.replace("+A", "+B", 1), VKEY[:-4], VKEY + "AAAA", f"{NAME}+{VKEY.split('+')[1]}+é", f"+{VKEY}",
    ],
)  # fmt: skip
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with refused(Reason.VKEY_MALFORMED):
        note.parse_vkey(text)


ROOT = base64.b64encode(merkle.EMPTY_ROOT).decode()


def test_extension_lines_are_passed_over() -> None:
    assert note.parse_checkpoint(BODY + b"more\nand more\n").size == 5


@pytest.mark.parametrize(
    "body",
    [
        "", "a\n5\n", f"a\n5\n{ROOT}", f"\n5\n{ROOT}\n", f"a\n05\n{ROOT}\n", f"a\n-5\n{ROOT}\n", f"a\n٥\n{ROOT}\n",
        f"a\n{10**15}\n{ROOT}\n", f"a\n5\n{ROOT[:-4]}\n", f"a\n5\n{ROOT} \n", f"a\n5\n{ROOT}\n\n", "a\n5\né\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(body: str) -> None:
    with refused(Reason.CHECKPOINT_MALFORMED):
        note.parse_checkpoint(body.encode())


def test_a_checkpoint_that_is_no_utf_8_is_refused() -> None:
    with refused(Reason.CHECKPOINT_MALFORMED):
        note.parse_checkpoint(b"\xff\n5\n" + ROOT.encode() + b"\n")


def test_a_fingerprint_is_of_the_key_whatever_its_name() -> None:
    key = bytes(range(32))
    digest = hashlib.sha256(key).hexdigest()
    for name in ("pakta.example/log", "lain.example/log"):
        said = note.fingerprint(note.vkey(name=name, public_key=key))
        assert said.replace(" ", "") == digest and said[4] == " "
