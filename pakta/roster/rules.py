"""Pure rules of the roster: identity numbers, names, and what a row may say.

A number that has the right form is not thereby authentic: there is no check digit.
What counts is that it stands in the roster.

NIP        18 digits: birth YYYYMMDD, start YYYYMM, sex 1 or 2, serial from 001
NI PPPK    18 digits: birth YYYYMMDD, start YYYY, 2 and the contract 1 to 9, sex, serial
NRP Polri  8 digits: birth YYMM, serial of four
NRP TNI    5 to 14 digits, with or without "/" and one or two letters; nothing is read from it
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

from pakta.core.errors import Reason, Refusal

KINDS = ("pns", "pppk", "non-asn", "tni", "polri")
STATUSES = ("aktif", "cuti", "tugas belajar", "pensiun", "meninggal", "mutasi")
OF_ANY_LENGTH = ("tni", "non-asn")
ACTIVE = "aktif"
LEFT = ("pensiun", "meninggal", "mutasi")  # no slip, no role
AWAY = ("cuti", "tugas belajar")  # out of the sums for a time
HEAD = "kepala"
Pair = tuple[str, str]  # what a person signs as, and their kind
NAME_AND_UNIT_BYTES = 160  # both stand in the credential, and it must fit the QR
YOUNGEST, OLDEST = 17, 70  # years of age
WIB = timezone(timedelta(hours=7))

Pepper = Callable[[str], bytes]  # what the keyring gives: 32 secret bytes for a purpose
LOOKUP = "number-lookup"

_PADDING = re.compile(r"[\s.\-\u00ad\u200b-\u200f\u2010-\u2015\u2060\ufeff]+")
_FLOAT = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_FLOAT_TAIL = re.compile(r"\d{5,}[.,]0+")
_ALL_DIGITS = re.compile(r"[0-9]+")
_TNI = re.compile(r"[0-9]{5,14}(?:/[A-Z]{1,2})?")
_OTHER = re.compile(r"[0-9A-Z][0-9A-Z/]{3,19}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_APART = r"[\W_]{0,3}"  # what may stand between two digits of a number that is written at will
_LONG_NUMBER = re.compile(rf"\d(?:{_APART}\d){{13,}}")  # NIK, NIP and most NRP of the TNI
_DIGITS_FIRST = re.compile(r"[0-9]{5,}")
_MOBILE_WITHOUT_ZERO = re.compile(r"8[0-9]{8,11}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()\-]{5,24}")


def plain(number: str) -> str:
    """Return an identity number as it is stored: without spaces, points and dashes, in capitals."""
    return _PADDING.sub("", unicodedata.normalize("NFKC", number)).lstrip("'").upper()


def lookup(number: str, *, pepper: Pepper) -> bytes:
    """Return the keyed hash by which a person is found, of a number written in any way."""
    return hmac.new(pepper(LOOKUP), plain(number).encode(), hashlib.sha256).digest()


def parse_number(text: str, *, kind: str, on: date) -> str:
    """Check the identity number of a person of `kind` on a day, and return it as it is stored.

    Refuses with a NUMBER_…, NIP_… or NRP_… reason; its detail never holds the whole number.
    """
    given = text.strip().lstrip("'").strip()
    if not given:
        raise Refusal(Reason.NUMBER_MISSING)
    if _FLOAT.fullmatch(given) or _FLOAT_TAIL.fullmatch(given):
        raise Refusal(Reason.NUMBER_FROM_EXCEL, given[:14])
    number = plain(given)
    if kind in ("pns", "pppk"):
        _check_nip(number, kind=kind, on=on)
    elif kind == "polri":
        _check_polri(number)
    elif kind == "tni":
        if not _TNI.fullmatch(number):
            raise Refusal(Reason.NRP_TNI_FORM)
    else:
        _check_other(number)
    return number


def with_zeros(number: str, *, kind: str) -> tuple[str, ...]:
    """Return the numbers that may have become this one where zeros were lost: of kinds whose length tells nothing."""
    return (f"0{number}", f"00{number}") if kind in OF_ANY_LENGTH and number[0].isdigit() else ()


def one_sign_apart(first: str, second: str) -> bool:
    """Say whether two numbers differ by one sign: one more, one less, or another in its place."""
    shorter, longer = sorted((first, second), key=len)
    if first == second or len(longer) - len(shorter) > 1:
        return False
    at = next(
        (at for at, (one, other) in enumerate(zip(shorter, longer, strict=False)) if one != other), len(shorter)
    )
    return shorter[at + (len(shorter) == len(longer)) :] == longer[at + 1 :]


def _check_nip(number: str, *, kind: str, on: date) -> None:
    if not _ALL_DIGITS.fullmatch(number):
        raise Refusal(Reason.NUMBER_NOT_DIGITS)
    _check_length(number)
    birth = _birth(number[:8])
    age = on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
    if not YOUNGEST <= age <= OLDEST:
        raise Refusal(Reason.NIP_AGE, str(age))
    _check_start(number[8:14], kind=kind, birth_year=birth.year, on=on)
    if number[14] not in "12":
        raise Refusal(Reason.NIP_SEX, number[14])
    if number[15:] == "000":
        raise Refusal(Reason.NIP_SERIAL)


def _check_length(number: str) -> None:
    if len(number) == 9:
        raise Refusal(Reason.NIP_OLD)
    if len(number) < 18:
        raise Refusal(Reason.NUMBER_TOO_SHORT, str(len(number)))
    if len(number) > 18:
        raise Refusal(Reason.NUMBER_TOO_LONG, str(len(number)))


def _birth(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise Refusal(Reason.NIP_BIRTH_DATE, f"{digits[6:]}-{digits[4:6]}-{digits[:4]}") from None


def _check_start(digits: str, *, kind: str, birth_year: int, on: date) -> None:
    year, code = int(digits[:4]), digits[4:]
    if not birth_year + 16 <= year <= on.year + 1:
        raise Refusal(Reason.NIP_START_YEAR, digits[:4])
    is_month = "01" <= code <= "12"
    is_contract = code[0] == "2" and code[1] != "0"
    if not is_month and not is_contract:
        raise Refusal(Reason.NIP_START_MONTH, code)
    if kind == "pns" and is_contract:
        raise Refusal(Reason.NUMBER_IS_PPPK)
    if kind == "pppk" and is_month:
        raise Refusal(Reason.NUMBER_IS_PNS)


def _check_polri(number: str) -> None:
    if not _ALL_DIGITS.fullmatch(number):
        raise Refusal(Reason.NUMBER_NOT_DIGITS)
    if len(number) in (6, 7):
        raise Refusal(Reason.NRP_LOST_ZERO, str(len(number)))
    if len(number) != 8:
        raise Refusal(Reason.NRP_POLRI_FORM, str(len(number)))
    if not "01" <= number[2:4] <= "12":
        raise Refusal(Reason.NRP_MONTH, number[2:4])


def _check_other(number: str) -> None:
    if _ALL_DIGITS.fullmatch(number) and len(number) == 16:
        raise Refusal(Reason.NUMBER_IS_NIK)
    if not _OTHER.fullmatch(number):
        raise Refusal(Reason.NUMBER_FORM)


def parse_kind(text: str) -> str:
    """Return the kind of person that a row says.  Refuses with KIND_MISSING or KIND_UNKNOWN."""
    kind = tidy(text, limit=40).lower().replace("non asn", "non-asn")
    if not kind:
        raise Refusal(Reason.KIND_MISSING)
    if kind not in KINDS:
        raise Refusal(Reason.KIND_UNKNOWN, kind)
    return kind


def parse_status(text: str) -> str:
    """Return the status that a row says; an empty one is aktif.  Refuses with STATUS_UNKNOWN."""
    status = tidy(text, limit=40).lower() or ACTIVE
    if status not in STATUSES:
        raise Refusal(Reason.STATUS_UNKNOWN, status)
    return status


def parse_name(text: str, *, unit_short_name: str) -> str:
    """Return a person's name, tidied.

    Refuses with NAME_MISSING, TEXT_HIDDEN_SIGNS, NAME_LETTERS (wide, raised and other letters that stand for
    plain ones), or NAME_TOO_LONG where the name and the unit's short name together do not fit the certificate's QR.
    """
    name = tidy(text, limit=1000)
    if not any(sign.isalpha() for sign in name):
        raise Refusal(Reason.NAME_MISSING)
    alike = "".join(sign for sign in name if sign.isalpha() and unicodedata.normalize("NFKC", sign) != sign)
    if alike:
        raise Refusal(Reason.NAME_LETTERS, alike[:20])
    check_fits(name, unit_short_name=unit_short_name)
    return name


def check_fits(name: str, *, unit_short_name: str) -> None:
    """Refuse with NAME_TOO_LONG a name that does not fit beside a unit's short name (`fits`)."""
    if not fits(name, unit_short_name=unit_short_name):
        raise Refusal(Reason.NAME_TOO_LONG, str(_bytes(name, unit_short_name)))


def fits(name: str, *, unit_short_name: str) -> bool:
    """Say whether a name and a unit's short name together fit the certificate's QR."""
    return _bytes(name, unit_short_name) <= NAME_AND_UNIT_BYTES


def _bytes(name: str, unit_short_name: str) -> int:
    return len(name.encode()) + len(unit_short_name.encode())


def day_of(now: datetime) -> date:
    """Return the day that it is in WIB, in which days of units, texts and counters are told."""
    return now.astimezone(WIB).date()


def counts_here(*, signed_in: int, signed_at: datetime, unit_id: int, returned_at: datetime | None) -> bool:
    """Say whether a signature counts where its signer stands: made in that unit, and not before they last came back.

    A unit is known by its id: under a new name or in another place of the tree it is the same.
    """
    return signed_in == unit_id and (returned_at is None or signed_at >= returned_at)


def returned_at(*, old: str, new: str, before: datetime | None, now: datetime) -> datetime | None:
    """Return when a person whose status changes last came back: now, if they had left."""
    return now.replace(microsecond=0) if old in LEFT and new not in LEFT else before


def parse_email(text: str) -> str:
    """Return an e-mail address or nothing.  Refuses with EMAIL_FORM."""
    email = tidy(text, limit=160)
    if email and not _EMAIL.fullmatch(email):
        raise Refusal(Reason.EMAIL_FORM)
    return email


def parse_phone(text: str) -> str:
    """Return a telephone number or nothing.  Refuses with NUMBER_FROM_EXCEL, PHONE_LOST_ZERO or PHONE_FORM."""
    phone = tidy(text, limit=40).lstrip("'")
    if _FLOAT.fullmatch(phone):
        raise Refusal(Reason.NUMBER_FROM_EXCEL, phone[:14])
    if _MOBILE_WITHOUT_ZERO.fullmatch(phone):
        raise Refusal(Reason.PHONE_LOST_ZERO)
    if phone and not _PHONE.fullmatch(phone):
        raise Refusal(Reason.PHONE_FORM)
    return phone


def tidy(text: str, *, limit: int) -> str:
    """Return `text` in NFC with single spaces.

    Refuses with TEXT_HIDDEN_SIGNS (control, direction and unassigned signs, which change
    what a reader sees) or TEXT_TOO_LONG.
    """
    if text.isascii() and text.isprintable():  # most are, and files are long
        tidied = " ".join(text.split())
        if len(tidied) > limit:
            raise Refusal(Reason.TEXT_TOO_LONG, str(limit))
        return tidied
    tidied = unicodedata.normalize("NFC", " ".join(text.replace("\u00a0", " ").split(" "))).strip()
    tidied = re.sub(r" {2,}", " ", tidied)
    if any(unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029" for sign in tidied):
        raise Refusal(Reason.TEXT_HIDDEN_SIGNS)
    if len(tidied) > limit:
        raise Refusal(Reason.TEXT_TOO_LONG, str(limit))
    return tidied


def without_numbers(text: str, *, own: str) -> str:
    """Return what somebody wrote freely, with identity numbers hidden up to their last signs.

    own  the number of the person it is about; of other numbers those of 14 digits and more are found
    """
    plain_digits = "".join(str(unicodedata.decimal(sign, sign)) for sign in text)
    hidden = _own_number(own).sub(lambda found: _hidden(found.group()), plain_digits)
    return _LONG_NUMBER.sub(lambda found: _hidden(found.group()), hidden)


def _own_number(own: str) -> re.Pattern[str]:
    """Return what finds a number in any writing; letters behind its digits may be missing."""
    signs = [sign for sign in own if sign.isalnum()]
    digits = _DIGITS_FIRST.match("".join(signs))
    least = len(digits.group()) if digits else len(signs)
    tail = "".join(f"(?:{_APART}{sign})?" for sign in signs[least:])
    return re.compile(rf"(?<![^\W_]){_APART.join(signs[:least])}{tail}(?![^\W_])", re.IGNORECASE)


def _hidden(number: str) -> str:
    signs = "".join(sign for sign in number.upper() if sign.isalnum())
    return "•••" + signs[-3 if len(signs) >= 8 else -2 :]


def looks_like_number(text: str) -> bool:
    """Say whether a search text looks like an identity number rather than a name."""
    return sum(sign.isdigit() for sign in text) >= 5
