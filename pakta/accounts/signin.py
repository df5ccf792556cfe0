"""Signing in: by a passkey, or by number and passphrase.

Rules  whatever is wrong with number or passphrase, the answer is SIGN_IN_FAILED after the same
       work: a stranger learns neither that a number exists nor that it is activated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import keys, passkeys, passphrases
from pakta.accounts.models import Account, PersonKey
from pakta.accounts.rules import Pepper
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.roster import rules as roster_rules
from pakta.roster.models import Person


def check_passphrase(session: Session, *, number: str, passphrase: str, pepper: Pepper) -> Account:
    """Return the account that this number and passphrase open.

    Takes about 25 ms whoever asks: to be called outside a transaction, after
    `attempts.take` and before `sessions.open`.

    Refuses with SIGN_IN_FAILED, or KEY_SET_ASIDE where the passphrase is right but every key
    that was enrolled with one is suspended or revoked: who chose both may not be the owner.
    """
    account = session.execute(
        select(Account)
        .join(Account.person)
        .where(Person.number_lookup == roster_rules.lookup(number[:64], pepper=pepper))
    ).scalar_one_or_none()
    stored = account.passphrase if account is not None else None
    if not passphrases.matches(passphrase, stored) or account is None:
        raise Refusal(Reason.SIGN_IN_FAILED)
    enrolled = keys.of_person(session, person=account.person)
    if not any(keys.is_standing(key) for key in enrolled if key.method == "device"):
        raise Refusal(Reason.KEY_SET_ASIDE)
    return account


def start_passkey(session: Session, *, now: datetime, config: Config) -> dict[str, Any]:
    """Return the options for signing in with any passkey of this host."""
    return passkeys.start_sign_in(session, now=now, config=config)


def check_passkey(
    session: Session, *, response: Mapping[str, Any], now: datetime, config: Config
) -> tuple[Account, PersonKey]:
    """Return the account and the key that an assertion shows.

    Refuses with CHALLENGE_GONE, PASSKEY_UNKNOWN, PASSKEY_REFUSED, or KEY_SET_ASIDE where the
    key is suspended or revoked.
    """
    key = passkeys.finish_sign_in(session, response=response, now=now, config=config)
    account = session.execute(select(Account).where(Account.person_id == key.person_id)).scalar_one_or_none()
    if account is None or not passkeys.speaks_for(response, account=account):
        raise Refusal(Reason.PASSKEY_REFUSED)
    if not keys.is_standing(key):
        raise Refusal(Reason.KEY_SET_ASIDE)
    session.flush()
    return account, key
