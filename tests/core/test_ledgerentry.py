"""An entry: 34 bytes that say the kind and hide the payload."""

from __future__ import annotations

import hashlib

import pytest

from pakta.core import ledgerentry
from pakta.core.ledgerentry import EntryKind


@pytest.mark.parametrize("kind", EntryKind)
def test_an_entry_says_its_kind_and_hides_its_payload(kind: EntryKind) -> None:
    made = ledgerentry.entry(kind, b"payload")
    assert made == bytes((1, kind)) + hashlib.sha256(b"pakta/ledger/v1\0payload").digest()
    assert len(made) == ledgerentry.LENGTH


def test_the_kinds_are_those_of_the_format_and_five_are_public() -> None:
    assert [kind.value for kind in EntryKind] == list(range(1, 13))
    assert {kind.value for kind in ledgerentry.PUBLIC} == {5, 6, 7, 8, 12}
    assert ledgerentry.JSON_KINDS < ledgerentry.PUBLIC
