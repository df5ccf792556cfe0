"""Certificate numbers: what is forgiven when they are typed, and what never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core import number
from pakta.core.errors import Reason
from tests.core.refusing import refused

CTI = bytes.fromhex("3bfa1c0de55aa9014472a1b2c3d4e5f6")
NUMBER = number.from_cti(CTI)
CTIS = st.binary(min_size=16, max_size=16)


def test_a_number_says_the_first_80_bits_of_the_id() -> None:
    value = 0
    for letter in NUMBER[:16]:
        value = value * 32 + number.ALPHABET.index(letter)
    assert value.to_bytes(10, "big") == CTI[:10]
    assert len(NUMBER) == number.LENGTH


def test_it_is_printed_in_groups_of_four() -> None:
    assert number.spoken("7K3M0123456789ABC") == "7K3M-0123-4567-89AB-C"


@given(CTIS)
def test_every_number_is_read_again_as_it_is_printed(cti: bytes) -> None:
    plain = number.from_cti(cti)
    assert number.parse(number.spoken(plain)) == plain
    assert number.parse(plain.lower()) == plain
    assert number.parse(plain.replace("0", "O").replace("1", "l")) == plain
    assert number.parse(plain.replace("0", "o").replace("1", "I")) == plain
    assert number.parse("  " + plain.replace("1", "i") + " ") == plain


@pytest.mark.parametrize("dash", ["-", " ", "\u00a0", "‐", "‑", "–"])
def test_every_dash_of_a_word_processor_is_passed_over(dash: str) -> None:
    assert number.parse(number.spoken(NUMBER).replace("-", dash)) == NUMBER


@given(CTIS, st.integers(0, 16), st.sampled_from(number.ALPHABET))
def test_every_single_wrong_character_is_found(cti: bytes, at: int, letter: str) -> None:
    plain = number.from_cti(cti)
    if plain[at] == letter:
        assert number.parse(plain) == plain
        return
    with refused(Reason.CERTIFICATE_NUMBER_CHECK):
        number.parse(plain[:at] + letter + plain[at + 1 :])


@given(CTIS, st.integers(0, 15))
def test_two_swapped_neighbours_are_found_but_for_one_pair(cti: bytes, at: int) -> None:
    """Luhn's sum cannot tell 0Z from Z0, as with 09 and 90 in decimal."""
    plain = number.from_cti(cti)
    pair = plain[at : at + 2]
    swapped = plain[:at] + pair[::-1] + plain[at + 2 :]
    if pair[0] == pair[1] or set(pair) == {"0", "Z"}:
        assert number.parse(swapped) == swapped
        return
    with refused(Reason.CERTIFICATE_NUMBER_CHECK):
        number.parse(swapped)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        NUMBER[:-1],
        NUMBER + "0",
        NUMBER[:-1] + "U",
        NUMBER[:-1] + "-",
        NUMBER[:-1] + "٣",
        NUMBER[:-1] + "３",
        NUMBER + "\n",
        NUMBER + "\x00",
        NUMBER + "\ud800",
        NUMBER.replace(NUMBER[0], "ß", 1),
        "0" * 100_000,
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    length = len(text.translate(number.PASSED_OVER))
    as_long = length == number.LENGTH
    wrong = Reason.CERTIFICATE_NUMBER_MALFORMED if length else Reason.CERTIFICATE_NUMBER_MISSING
    reason = Reason.CERTIFICATE_NUMBER_LETTER if as_long else wrong
    with refused(reason) as refusal:
        number.parse(text)
    assert refusal.value.detail in text if as_long else refusal.value.detail == (str(length) if length else "")


@pytest.mark.parametrize("letter", ["U", "u", "*", "é", "٣"])
def test_the_first_character_that_no_number_has_is_named(letter: str) -> None:
    with refused(Reason.CERTIFICATE_NUMBER_LETTER) as refusal:
        number.parse(NUMBER[:5] + letter + NUMBER[6:-1] + "!")
    assert refusal.value.detail == letter


@pytest.mark.parametrize(("odd", "letter"), [("ı", "1"), ("ſ", "S"), ("ﬆ", "ST"), ("\u212a", "K")])
def test_letters_that_only_look_right_in_capitals_are_refused(odd: str, letter: str) -> None:
    """Unicode has letters whose capital or small form is one of ours; they are not forgiven."""
    body = (letter * 16)[:16]
    plain = body + number.check_character(body)
    assert number.parse(plain) == plain
    with refused(Reason.CERTIFICATE_NUMBER_LETTER if len(letter) == 1 else Reason.CERTIFICATE_NUMBER_MALFORMED):
        number.parse(odd + plain[len(letter) :])
