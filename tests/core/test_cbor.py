"""Deterministic CBOR: every other form of the same value is refused, and nothing that a stranger sends costs time."""

from __future__ import annotations

import time

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core import cbor
from pakta.core.cbor import Cbor
from pakta.core.errors import Reason, Refusal
from tests.core.refusing import refused

INTEGERS = st.integers(-(1 << 64), (1 << 64) - 1)
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
LEAVES = st.none() | st.booleans() | INTEGERS | st.binary(max_size=300) | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-99, 99) | TEXTS, inner, max_size=4),
    max_leaves=12,
)


def depth(value: Cbor) -> int:
    """Return how many containers stand one in another."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((depth(each) + 1 for each in inner), default=0)


@given(VALUES.filter(lambda value: depth(value) <= cbor.DEEPEST))
def test_whatever_is_written_is_read_again_and_others_read_the_same(value: Cbor) -> None:
    data = cbor.encode(value)
    assert cbor.decode(data) == value
    assert cbor2.loads(data) == value


@given(st.binary(max_size=60))
def test_whatever_is_read_is_the_one_form_of_its_value(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except Refusal as refusal:
        assert refusal.reason is Reason.CBOR_MALFORMED
        return
    assert cbor.encode(value) == data


@pytest.mark.parametrize(
    ("value", "hexadecimal"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65536, "1a00010000"),
        (1 << 32, "1b0000000100000000"),
        ((1 << 64) - 1, "1bffffffffffffffff"),
        (-1, "20"),
        (-(1 << 64), "3bffffffffffffffff"),
        (False, "f4"),
        (True, "f5"),
        (None, "f6"),
        ("", "60"),
        ("ü水", "65c3bce6b0b4"),
        (b"\1\2", "420102"),
        ([1, [2]], "82018102"),
        ({}, "a0"),
        ({10: 1, 100: 2, -1: 3, "z": 4, "aa": 5}, "a50a011864022003617a0462616105"),
    ],
    ids=str,
)
def test_the_examples_of_the_standard_are_written_so(value: Cbor, hexadecimal: str) -> None:
    """RFC 8949 appendix A, and the order of keys of its section 4.2.1."""
    assert cbor.encode(value).hex() == hexadecimal
    assert cbor.decode(bytes.fromhex(hexadecimal)) == value


ODD = {
    "nothing": "",
    "two items": "0000",
    "a byte after the end": "a000",
    "an integer with a longer head": "1817",
    "an integer in two bytes for one": "1900ff",
    "an integer in four bytes for two": "1a0000ffff",
    "an integer in eight bytes for four": "1b00000000ffffffff",
    "a length with a longer head": "5801ff",
    "a text's length with a longer head": "780161",
    "an array's length with a longer head": "980100",
    "a map's length with a longer head": "b8010000",
    "reserved heads": "1c",
    "an indefinite integer": "1f",
    "indefinite bytes": "5f4101ff",
    "an indefinite text": "7f6161ff",
    "an indefinite array": "9f00ff",
    "an indefinite map": "bf0000ff",
    "a lone break": "ff",
    "a half float": "f93c00",
    "a float": "fa3f800000",
    "a double": "fb3ff0000000000000",
    "not a number": "f97e00",
    "undefined": "f7",
    "a simple value": "e0",
    "a simple value of two bytes": "f8ff",
    "false in two bytes": "f814",
    "a date's tag": "c06161",
    "a moment's tag": "c100",
    "a big number": "c249010000000000000000",
    "a negative big number": "c349010000000000000000",
    "a big number that is small": "c24101",
    "a decimal fraction": "c48221196ab3",
    "a bigfloat with a huge exponent": "c5821b7fffffffffffffff01",
    "COSE's own tag inside": "d200",
    "a pattern": "d8236161",
    "a shared value": "d81c01",
    "a reference": "d81d00",
    "a list that holds itself": "d81c81d81d00",
    "text that is no UTF-8": "61ff",
    "an overlong NUL": "62c080",
    "half a surrogate pair": "63eda080",
    "text cut in a letter": "61c3",
    "keys out of order": "a202000100",
    "longer keys first": "a2616100186400",
    "the same key twice": "a201000100",
    "a key of bytes": "a1410100",
    "a key of false": "a1f400",
    "a key of true beside 1": "a20100f500",
    "a key of null": "a1f600",
    "a key of a list": "a18000",
    "a map without its last value": "a101",
    "a list without its last item": "8201",
    "bytes cut": "4201",
    "a head cut": "19ff",
    "a list of 2 to the 60": "9b1000000000000000",
    "a map of 2 to the 60": "bb1000000000000000",
    "bytes of 2 to the 64": "5bffffffffffffffff",
    "text of 2 to the 64": "7bffffffffffffffff",
    "nine lists": "81" * 9 + "00",
    "100,000 lists": "81" * 100_000,
}


@pytest.mark.parametrize("hexadecimal", ODD.values(), ids=ODD.keys())
def test_every_other_form_is_refused(hexadecimal: str) -> None:
    with refused(Reason.CBOR_MALFORMED):
        cbor.decode(bytes.fromhex(hexadecimal))


def test_eight_containers_are_read_and_nine_are_not() -> None:
    assert cbor.encode(cbor.decode(b"\x81" * 8 + b"\0")) == b"\x81" * 8 + b"\0"
    with refused(Reason.CBOR_MALFORMED):
        cbor.decode(b"\x81" * 9 + b"\0")


def test_shared_values_that_double_at_each_step_cost_no_time() -> None:
    """Tags 28 and 29 let 200 bytes stand for more values than there is memory."""
    bomb = b"\x82\x00"
    for place in range(40):
        bomb = b"\x82\xd8\x1c" + bomb + b"\xd8\x1d" + cbor.encode(place)
    begun = time.process_time()
    with refused(Reason.CBOR_MALFORMED):
        cbor.decode(bomb)
    assert time.process_time() - begun < 5  # seconds; a step more would double what is without end


@pytest.mark.parametrize("value", [1 << 64, -(1 << 64) - 1, "\ud800", {"\udfff": 1}, [1 << 99]], ids=ascii)
def test_what_has_no_form_is_not_written(value: Cbor) -> None:
    with refused(Reason.CBOR_MALFORMED):
        cbor.encode(value)
