"""What `make bench-certificate` measures, on a few: the same work, read back, and the size of a slice of the list."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from pakta import keyring
from pakta.certificates import seal
from pakta.core import status
from tests import documents
from tests.bench import certificate, statuslist

SLICE = 200_000


@pytest.mark.parametrize("what", statuslist.patterns(1_000))
def test_a_slice_of_the_status_list_keeps_to_its_share_of_the_bytes(what: str) -> None:
    found = statuslist.listed(what, statuslist.patterns(SLICE)[what])
    assert found.size <= statuslist.LARGEST * SLICE // statuslist.ENTRIES
    assert status.decode(status.encode(bytes(SLICE))) == bytes(SLICE // status.PER_BYTE)


def test_a_list_that_cannot_be_that_small_is_called_too_large() -> None:
    values = bytearray(at * 7919 % 64 // 16 for at in range(SLICE))
    found = statuslist.listed("anything", values)
    assert found.size < statuslist.LARGEST
    assert statuslist.missed([found]) == []
    heavy = statuslist.Listed("heavy", statuslist.LARGEST + 1, 0, 0.0, 0.0)
    assert statuslist.missed([found, heavy]) == [f"heavy: the list has {statuslist.LARGEST + 1:,} bytes"]


def test_what_pyhanko_seals_beside_ours_is_the_same_file_as_it_was_before_our_seal(tmp_path: Path) -> None:
    keys = make_keys(tmp_path)
    plain = documents.unsealed()
    ours = seal.seal(plain, key=keys.seal, signed_at=documents.NOW, city=documents.CITY)
    assert certificate.unsealed(ours) == plain
    bare = certificate.bare_seal(keys.seal)(plain)
    assert bare.startswith(plain)
    names = [len(PdfFileReader(io.BytesIO(each)).embedded_signatures) for each in (plain, ours, bare)]
    assert names == [0, 1, 1]


def make_keys(folder: Path) -> keyring.Keyring:
    """Return new keys."""
    keyring.create(folder / "keys", host=documents.HOST, city=documents.CITY)
    return keyring.load(folder / "keys")
