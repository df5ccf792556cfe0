"""Passphrases: argon2id behind a semaphore, so that a roll call cannot use up the machine's memory.

A passphrase is for sign-in only; it never signs.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pakta.accounts import rules
from pakta.core.errors import Reason, Refusal

AT_ONCE = 2  # in one process
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)
_gate = BoundedSemaphore(AT_ONCE)


def make(text: str, *, own: Iterable[str]) -> str:
    """Return the argon2id text of a new passphrase.

    own  what others know of the person: number, name, unit, city

    Takes about 25 ms: to be called outside a transaction.
    Refuses with PASSPHRASE_SHORT, PASSPHRASE_LONG or PASSPHRASE_GUESSABLE.
    """
    passphrase = rules.passphrase_of(text)
    if len(passphrase) < rules.PASSPHRASE_LEAST:
        raise Refusal(Reason.PASSPHRASE_SHORT)
    if len(passphrase) > rules.PASSPHRASE_MOST:
        raise Refusal(Reason.PASSPHRASE_LONG)
    if rules.is_guessable(passphrase, own=own):
        raise Refusal(Reason.PASSPHRASE_GUESSABLE)
    with _gate:
        return _hasher.hash(passphrase)


def matches(text: str, stored: str | None) -> bool:
    """Say whether `text` is the passphrase behind `stored`; the same work where there is none."""
    passphrase = rules.passphrase_of(text[: 4 * rules.PASSPHRASE_MOST])
    with _gate:
        try:
            good = _hasher.verify(stored or _nobody(), passphrase)
        except (VerificationError, InvalidHashError):
            return False
    return good and stored is not None


@cache
def _nobody() -> str:
    """Return the hash of a passphrase that nobody has: what unknown numbers are compared with."""
    return _hasher.hash(secrets.token_urlsafe(32))
