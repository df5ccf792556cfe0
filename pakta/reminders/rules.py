"""Pure rules of reminders: when, how often, to which addresses, and how an answer of a mail server is taken."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from enum import StrEnum
from urllib.parse import quote

from pakta.roster.rules import WIB

FROM, UNTIL = time(7), time(18)  # in WIB
APART = timedelta(days=3)
MOST = 4  # automatic ones, of a person and an edition
AGAIN = tuple(timedelta(hours=each) for each in (1, 2, 4, 8, 16, 24, 24))  # until one not handed over is begun again
TRIES = len(AGAIN) + 1  # of one letter; then it counts as refused
DOUBTED = 10  # letters of one round that are refused as if nothing were taken from us: then it ends
HANDING = timedelta(minutes=10)  # after which nobody can still be handing a letter over

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_MOBILE = re.compile(r"628[0-9]{7,11}")
_ABROAD = re.compile(r"[1-9][0-9]{7,14}")
_OUR_FAULT = re.compile(r"5\.[75]\.[0-9]+")  # enhanced codes (RFC 3463) of policy and protocol, not of an address


class Way(StrEnum):
    """How somebody is reminded."""

    EMAIL = "surel"
    WHATSAPP = "wa"


class State(StrEnum):
    """What is known of a reminder."""

    NOTED = "dicatat"  # it is being handed over, or was when the worker ended
    HANDED = "diserahkan"
    REFUSED = "ditolak"  # the server takes nothing for this address
    UNSURE = "tidak-pasti"  # the server fell silent after it had the text
    FAILED = "gagal"  # surely not handed over: begun again
    OPENED = "dibuka"


COUNTED = (State.NOTED, State.HANDED, State.REFUSED, State.UNSURE)


class Trouble(StrEnum):
    """What is wrong with the mail server as a whole."""

    AWAY = "SMTP_AWAY"  # no answer, or the connection was lost
    REFUSES = "SMTP_REFUSES"  # it takes nothing from us: sign-in, sender, encryption or policy


def is_hour(now: datetime) -> bool:
    """Say whether automatic e-mail may go out at this moment."""
    return FROM <= now.astimezone(WIB).time() < UNTIL


def is_usable(email: str) -> bool:
    """Say whether an address of the roster can be put to a mail server, plain as RFC 5321 has it."""
    return bool(_EMAIL.fullmatch(email))


def whatsapp_number(phone: str) -> str:
    """Return a mobile number as wa.me wants it, digits from the country's code on; empty where there is none."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    if phone.strip().startswith("+") and not digits.startswith("62"):
        return digits if _ABROAD.fullmatch(digits) else ""
    if digits.startswith("620"):  # written as +62 (0)812…
        digits = "62" + digits[3:]
    if digits.startswith("0"):
        digits = "62" + digits[1:]
    return digits if _MOBILE.fullmatch(digits) else ""


def whatsapp_address(number: str, text: str) -> str:
    """Return the address that opens WhatsApp with a text for a number."""
    return f"https://wa.me/{number}?text={quote(text, safe='')}"


def refused(code: int, words: str) -> tuple[State, Trouble | None]:
    """Return what a server's refusal of one letter means for it, and what may be wrong with the server.

    A passing one (4xx) is tried again.  A lasting one (5xx) is the address's, where the server says so.  Where it
    names a policy, it may be that it takes nothing from us, or nothing for this address: the other letters tell.
    """
    if code == 421:
        return State.FAILED, Trouble.AWAY
    if code < 500:
        return State.FAILED, None
    if code not in (550, 551, 552, 553) or _OUR_FAULT.match(words):
        return State.FAILED, Trouble.REFUSES
    return State.REFUSED, None
