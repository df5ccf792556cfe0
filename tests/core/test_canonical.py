"""Canonical JSON and base64url: one form for each value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core import canonical
from pakta.core.errors import Reason
from tests.core.refusing import refused

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_what_is_written_is_read_again(value: dict[str, canonical.Json]) -> None:
    assert canonical.decode_object(canonical.encode(value), reason=Reason.STATEMENT_MALFORMED) == value


@given(st.dictionaries(st.text(min_size=1), VALUES, min_size=1, max_size=5))
def test_any_other_form_of_the_same_value_is_refused(value: dict[str, canonical.Json]) -> None:
    plain = json.dumps(value, ensure_ascii=True, indent=1).encode()
    with refused(Reason.STATEMENT_MALFORMED):
        canonical.decode_object(plain, reason=Reason.STATEMENT_MALFORMED)


def test_members_are_ordered_by_their_utf_16_units_as_rfc_8785_section_3_2_3_shows() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    wanted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical.encode(dict.fromkeys(keys, 0)))) == wanted


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"1", b"null", b'"a"', b"{", b'{"a":1} ', b' {"a":1}', b'{"a":1,"a":1}', b'{"b":1,"a":1}',
        b'{"a":1.0}', b'{"a":1e0}', b'{"a":NaN}', b'{"a":-0}', b'{"a":9007199254740993}', b'{"a":"\\u0061"}',
        b'{"a":"\\ud800"}', b'{"a":"\xff"}', b"\xef\xbb\xbf{}", b'{"a":' * 20_000, b'{"a":"\x01"}',
    ],
)  # fmt: skip
def test_what_is_no_canonical_object_is_refused(text: bytes) -> None:
    with refused(Reason.EVIDENCE_MALFORMED):
        canonical.decode_object(text, reason=Reason.EVIDENCE_MALFORMED)


@given(st.binary())
def test_bytes_have_one_base64url(data: bytes) -> None:
    assert canonical.from_base64url(canonical.base64url(data)) == data


@pytest.mark.parametrize("text", ["A", "AB", "AAB", "AA==", "A+AA", "A/AA", "AA A", "AA\n", "é", "\ud800"])
def test_any_other_form_is_an_error(text: str) -> None:
    """`AB` has bits that stand for nothing: `AA` is the one form of that byte."""
    assert canonical.from_base64url("AA") == b"\0"
    with pytest.raises(ValueError, match="base64"):
        canonical.from_base64url(text)
