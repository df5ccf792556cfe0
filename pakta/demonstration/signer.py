"""Invented people's way: slip, key, statement, signature, through the services that the web calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from pakta.accounts import service as accounts
from pakta.accounts.models import Account, PersonKey
from pakta.config import Config
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey, SoftwarePasskey
from pakta.demonstration.setting import Setting
from pakta.editions import service as editions
from pakta.roster.models import Person
from pakta.signing import acceptance
from pakta.signing import service as signing
from pakta.web import clock


class Signer(Protocol):
    """What holds a person's private key."""

    def proof(self, message: bytes) -> dict[str, str]:
        """Return the signature's members of the evidence."""


@dataclass(frozen=True, slots=True)
class Activated:
    """An activated person: their account, their key's row, and what holds the private key."""

    account: Account
    key: PersonKey
    signer: Signer


@dataclass(frozen=True, slots=True)
class _Signed:
    """A statement and the members of the evidence that a person's key made over it."""

    person_id: int
    statement: bytes
    proof: Mapping[str, str]


def activate_and_sign(setting: Setting, *, person_ids: Sequence[int]) -> None:
    """Activate people with new keys and let them sign; they share transactions, as people at a roll call do.

    Every twelfth signs with a device key of a kiosk, the others with passkeys.
    """
    with transaction() as session:
        everyone = [_activate(setting, session, each, device=each % 12 == 0) for each in person_ids]
    with transaction() as session:
        prepared = [_prepare(session, each) for each in everyone]
    _hand_in(setting, [each for each in prepared if each is not None])


def activate(setting: Setting, *, person_id: int, device: bool, passphrase_hash: str | None = None) -> Activated:
    """Print a slip for a person and enrol a software key with it.

    passphrase_hash  for a device key outside a kiosk; without it the key is a kiosk's
    """
    with transaction() as session:
        return _activate(setting, session, person_id, device=device, passphrase_hash=passphrase_hash)


def sign(setting: Setting, *, who: Activated) -> str | None:
    """Let a person sign with their key: the certificate's number, or None where no edition is open."""
    with transaction() as session:
        prepared = _prepare(session, who)
    return None if prepared is None else _hand_in(setting, [prepared])[0]


def _activate(
    setting: Setting, session: Session, person_id: int, *, device: bool, passphrase_hash: str | None = None
) -> Activated:
    person = session.get_one(Person, person_id)
    code = accounts.print_slip(session, person=person, now=clock.now(), pepper=setting.keyring.pepper)
    slip = accounts.check_slip(session, code=code, now=clock.now(), pepper=setting.keyring.pepper)
    if device:
        return _enrol_device(session, slip.id, passphrase_hash)
    return _enrol_passkey(session, slip.id, setting.config)


def _prepare(session: Session, who: Activated) -> _Signed | None:
    person = session.get_one(Person, who.account.person_id)
    edition = signing.edition_for(session, person=person, now=clock.now())
    if edition is None:
        return None
    ticked = list(editions.clause_ids(edition))
    row = signing.prepare(session, person=person, key=who.key, ticked=ticked, now=clock.now())
    return _Signed(person.id, row.statement, who.signer.proof(row.statement))


def _hand_in(setting: Setting, signed: Sequence[_Signed]) -> list[str]:
    """Have the signatures checked one by one and accepted together, as the queue does; return the numbers."""
    found = [
        acceptance.check(
            db.session(),
            person_id=each.person_id,
            statement=each.statement,
            proof=each.proof,
            now=clock.now(),
            config=setting.config,
        )
        for each in signed
    ]
    checked = [each for each in found if each is not None]
    with transaction() as session:
        outcomes = acceptance.accept_together(
            session, checked=checked, now=clock.now(), keyring=setting.keyring, config=setting.config
        )
    numbers = []
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            raise outcome
        assert outcome is not None  # nobody else signs for these people
        numbers.append(outcome)
    return numbers


def _enrol_device(session: Session, slip_id: int, passphrase_hash: str | None) -> Activated:
    signer = SoftwareDeviceKey()
    account, key = accounts.enrol_device(
        session,
        slip_id=slip_id,
        jwk=signer.jwk,
        passphrase_hash=passphrase_hash,
        now=clock.now(),
        device="Perangkat peragaan",
        kiosk=passphrase_hash is None,
    )
    return Activated(account, key, signer)


def _enrol_passkey(session: Session, slip_id: int, config: Config) -> Activated:
    signer = SoftwarePasskey(config.relying_party, config.origin)
    options = accounts.start_passkey(session, slip_id=slip_id, now=clock.now(), config=config)
    account, key = accounts.enrol_passkey(
        session,
        slip_id=slip_id,
        response=signer.register(options),
        now=clock.now(),
        config=config,
        device="Perangkat peragaan",
    )
    return Activated(account, key, signer)
