"""Certificate numbers: 16 Crockford base32 characters of the credential's id and a check character.

The check is Luhn modulo 32; it finds every single wrong character and most swapped neighbours.
"""

from __future__ import annotations

from pakta.core.errors import Reason, Refusal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 17
PASSED_OVER = str.maketrans("", "", "- \u00a0\u2010\u2011\u2013")
FORGIVEN = str.maketrans("OIL", "011")


def from_cti(cti: bytes) -> str:
    """Return the number of the credential with this id (16 bytes), without dashes."""
    value = int.from_bytes(cti[:10], "big")
    body = "".join(ALPHABET[value >> shift & 31] for shift in range(75, -1, -5))
    return body + check_character(body)


def parse(text: str) -> str:
    """Return a typed number in its plain form; forgives O and 0, I, L and 1, dashes, spaces and case.

    Refuses with CERTIFICATE_NUMBER_MISSING, CERTIFICATE_NUMBER_MALFORMED and how many characters there are,
    CERTIFICATE_NUMBER_LETTER and the first one that no number has, or CERTIFICATE_NUMBER_CHECK.
    """
    typed = text.translate(PASSED_OVER)
    if not typed:
        raise Refusal(Reason.CERTIFICATE_NUMBER_MISSING)
    if len(typed) != LENGTH:
        raise Refusal(Reason.CERTIFICATE_NUMBER_MALFORMED, str(len(typed)))
    for char in typed:  # ASCII alone: Unicode has small letters whose capital is ours
        if not char.isascii() or char.upper().translate(FORGIVEN) not in ALPHABET:
            raise Refusal(Reason.CERTIFICATE_NUMBER_LETTER, char)
    plain = typed.upper().translate(FORGIVEN)
    if check_character(plain[:-1]) != plain[-1]:
        raise Refusal(Reason.CERTIFICATE_NUMBER_CHECK)
    return plain


def spoken(number: str) -> str:
    """Return a number in groups of four, as it is printed."""
    return "-".join((number[0:4], number[4:8], number[8:12], number[12:16], number[16:]))


def check_character(body: str) -> str:
    """Return the Luhn mod 32 check character of a number's first characters."""
    total = 0
    for place, char in enumerate(reversed(body)):
        doubled = ALPHABET.index(char) * (2 - place % 2)
        total += doubled // 32 + doubled % 32
    return ALPHABET[-total % 32]
