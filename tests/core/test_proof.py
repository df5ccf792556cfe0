"""Proofs as files: what a PDF carries, so that a stranger needs nothing else."""

from __future__ import annotations

import base64

import pytest

from pakta.core import note, proof
from pakta.core.errors import Reason
from tests.core.refusing import flipped, refused
from tests.verification.paper import City

CITY = City()
CITY.pad(11)
ENTRY = CITY.entries[4]
VKEY = note.vkey(name="localhost:5000/log", public_key=CITY.ledger_public)
GOOD = proof.make(index=4, path=CITY.path(4), checkpoint=CITY.checkpoint())

LONG = base64.b64encode(bytes(32)) + b"\n"


def verify(text: bytes, *, entry: bytes = ENTRY, origin: str = "localhost:5000/log") -> int:
    """Verify a proof; return the size of the tree that it leads to."""
    return proof.verify(proof.parse(text), entry=entry, verifier_key=VKEY, origin=origin).size


def test_a_proof_is_read_back_and_leads_to_its_head() -> None:
    found = proof.parse(GOOD)
    assert (found.index, list(found.path), found.checkpoint) == (4, CITY.path(4), CITY.checkpoint())
    assert verify(GOOD) == 11


def test_a_line_of_extra_data_is_passed_over() -> None:
    assert verify(GOOD.replace(b"\nindex", b"\nextra AAAA\nindex")) == 11


@pytest.mark.parametrize(
    "extra", ["extra", "extra ", "extra AAA", "extra AAB=", "extra AAAA ", "extra AAAA\nextra AAAA"]
)
def test_a_line_of_extra_data_has_one_form_and_stands_once(extra: str) -> None:
    with refused(Reason.PROOF_MALFORMED):
        verify(GOOD.replace(b"\nindex", f"\n{extra}\nindex".encode()))


def test_extra_data_stands_before_the_index_only() -> None:
    with refused(Reason.PROOF_MALFORMED):
        verify(GOOD.replace(b"index 4\n", b"index 4\nextra AAAA\n"))


def test_the_head_of_a_proof_is_a_whole_note() -> None:
    for text in (GOOD[:-1], GOOD + b"\n", GOOD.replace(b"\n", b"\r\n"), GOOD.replace(b"\n\n", b"\n\n\n", 1)):
        with refused(
            Reason.NOTE_MALFORMED, Reason.CHECKPOINT_MALFORMED, Reason.NOTE_SIGNATURE, Reason.PROOF_MALFORMED
        ):
            verify(text)


@pytest.mark.parametrize("index", [3, 5, 11, 10**14])
def test_a_proof_under_another_index_is_refused(index: int) -> None:
    with refused(Reason.ROOT_DIFFERS, Reason.PATH_LENGTH, Reason.INDEX_OUTSIDE):
        verify(GOOD.replace(b"index 4", b"index %d" % index))


def test_a_proof_may_have_63_hashes_and_no_more() -> None:
    head = b"c2sp.org/tlog-proof@v1\nindex 4\n"
    assert len(proof.parse(head + LONG * 63 + b"\n" + CITY.checkpoint()).path) == 63
    with refused(Reason.PROOF_MALFORMED):
        proof.parse(head + LONG * 64 + b"\n" + CITY.checkpoint())


def test_every_place_of_the_tree_has_a_proof_for_its_own_entry_only() -> None:
    for index, entry in enumerate(CITY.entries):
        text = proof.make(index=index, path=CITY.path(index), checkpoint=CITY.checkpoint())
        assert verify(text, entry=entry) == 11
        with refused(Reason.ROOT_DIFFERS):
            verify(text, entry=CITY.entries[index - 1])


def test_a_flipped_bit_of_the_path_or_the_entry_is_refused() -> None:
    path = CITY.path(4)
    for bit in range(0, 256, 7):
        text = proof.make(index=4, path=[flipped(path[0], bit), *path[1:]], checkpoint=CITY.checkpoint())
        with refused(Reason.ROOT_DIFFERS):
            verify(text)
    for bit in range(8 * len(ENTRY)):
        with refused(Reason.ROOT_DIFFERS):
            verify(GOOD, entry=flipped(ENTRY, bit))


def test_the_head_of_another_log_is_refused() -> None:
    with refused(Reason.OTHER_LOG):
        verify(GOOD, origin="lain/log")


@pytest.mark.parametrize(
    "text",
    [
        b"", b"\n\n", GOOD.replace(b"@v1", b"@v2"), GOOD.replace(b"index 4", b"index 04"),
        GOOD.replace(b"index 4", b"4"),
        GOOD.replace(b"index 4", b"index -4"), GOOD.replace(b"\nindex 4", b""), GOOD.replace(b"index", b"indeks"),
        GOOD.replace(b"index 4\n", b"index 4\nAAAA\n"), GOOD.replace(b"index 4\n", b"index 4\n\xff\n"),
        GOOD.replace(b"index 4\n", b"index 4\n=\n"), GOOD.replace(b"index 4\n", b"index 4\n" + LONG * 64),
        GOOD.replace(b"index 4\n", b"index 4\n" + LONG[:-3] + b"B=\n"), GOOD.split(b"\n\n")[0],
        b"c2sp.org/tlog-proof@v1\n\n" + CITY.checkpoint(),
    ],
)  # fmt: skip
def test_what_is_no_proof_is_refused(text: bytes) -> None:
    with refused(Reason.PROOF_MALFORMED):
        proof.parse(text)
