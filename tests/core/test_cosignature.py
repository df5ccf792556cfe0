"""Cosignatures: what a witness says, when, and of which checkpoint."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.core import cosignature, merkle, note
from pakta.core.errors import Reason
from tests.core.refusing import each_flip, refused

LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC = KEY.public_key().public_bytes_raw()
NAME = "saksi.contoh.go.id"
VKEY = cosignature.vkey(name=NAME, public_key=PUBLIC)
BODY = note.checkpoint_body(origin="pakta.contoh.go.id/log", size=5, root=merkle.EMPTY_ROOT)
HEAD = note.sign(BODY, name="pakta.contoh.go.id/log", public_key=LOG.public_key().public_bytes_raw(), sign=LOG.sign)
# C2SP tlog-cosignature's example; its text names no public key, so that only its form can be read
EXAMPLE = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe"
    "+mbIUBkBIfZ+qnA==\n"
)


def line(at: int, *, body: bytes = BODY, key: Ed25519PrivateKey = KEY, name: str = NAME) -> bytes:
    """Return a witness's signature line."""
    public = key.public_key().public_bytes_raw()
    return cosignature.sign(body, at=at, name=name, public_key=public, sign=key.sign).encode()


def test_a_cosignature_gives_back_its_time() -> None:
    assert cosignature.verify(HEAD + line(1_790_000_000), verifier_key=VKEY) == 1_790_000_000


def test_the_message_is_the_one_of_the_standard() -> None:
    signature = KEY.sign(b"cosignature/v1\ntime 7\n" + BODY)
    own = note.signature_line(
        name=NAME, public_key=PUBLIC, kind=b"\x04", signature=(7).to_bytes(8, "big") + signature
    )
    assert own.encode() == line(7)


def test_the_example_of_the_standard_has_the_form_that_is_read_here() -> None:
    known = note.Verifier("witness.example.com/w1", bytes.fromhex("8d66cf3f"), bytes(32))
    _, (signature,) = note.signatures_of(HEAD + EXAMPLE.encode(), known=known)
    assert (len(signature), int.from_bytes(signature[:8], "big")) == (72, 1_679_315_147)


def test_a_log_key_and_a_witness_key_are_not_taken_for_each_other() -> None:
    assert note.vkey(name=NAME, public_key=PUBLIC) != VKEY
    with refused(Reason.VKEY_MALFORMED):
        note.parse_vkey(VKEY)
    with refused(Reason.VKEY_MALFORMED):
        cosignature.parse_vkey(note.vkey(name=NAME, public_key=PUBLIC))


def test_the_same_key_s_plain_signature_is_no_cosignature() -> None:
    plain = note.sign(BODY, name=NAME, public_key=PUBLIC, sign=KEY.sign)
    with refused(Reason.NOTE_UNSIGNED):
        cosignature.verify(plain, verifier_key=VKEY)


def test_no_flipped_bit_holds() -> None:
    whole = HEAD + line(1_790_000_000)
    for changed in each_flip(whole):
        if changed[: len(BODY)] == BODY and changed[-len(line(0)) :] == line(1_790_000_000):
            continue  # the log's own signature is not looked at here
        with refused(Reason.NOTE_MALFORMED, Reason.NOTE_UNSIGNED, Reason.NOTE_SIGNATURE):
            cosignature.verify(changed, verifier_key=VKEY)


def test_a_cosignature_of_another_head_or_of_nobody_known_is_refused() -> None:
    other = note.checkpoint_body(origin="pakta.contoh.go.id/log", size=6, root=merkle.EMPTY_ROOT)
    with refused(Reason.NOTE_SIGNATURE):
        cosignature.verify(HEAD + line(9, body=other), verifier_key=VKEY)
    with refused(Reason.NOTE_UNSIGNED):
        cosignature.verify(HEAD, verifier_key=VKEY)
    with refused(Reason.NOTE_UNSIGNED):
        cosignature.verify(HEAD + line(9, name="lain.contoh.go.id"), verifier_key=VKEY)


def test_of_two_cosignatures_the_earliest_counts_and_both_must_hold() -> None:
    assert cosignature.verify(HEAD + line(9) + line(7), verifier_key=VKEY) == 7
    with refused(Reason.NOTE_SIGNATURE):
        cosignature.verify(HEAD + line(9) + line(7, body=b"x\n"), verifier_key=VKEY)


@pytest.mark.parametrize("signature", [b"", bytes(7), bytes(71), bytes(73)])
def test_a_cosignature_of_another_length_is_refused(signature: bytes) -> None:
    odd = note.signature_line(name=NAME, public_key=PUBLIC, kind=note.COSIGNATURE, signature=signature)
    with refused(Reason.NOTE_SIGNATURE, Reason.NOTE_MALFORMED):
        cosignature.verify(HEAD + odd.encode(), verifier_key=VKEY)


def test_a_cosignature_of_the_last_second_holds_and_a_good_one_beyond_all_time_is_refused() -> None:
    assert cosignature.verify(HEAD + line((1 << 63) - 1), verifier_key=VKEY) == (1 << 63) - 1
    for beyond in (1 << 63, (1 << 64) - 1):
        with refused(Reason.NOTE_SIGNATURE):
            cosignature.verify(HEAD + line(beyond), verifier_key=VKEY)
