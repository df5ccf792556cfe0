"""One invented person's way: slip, key, statement, signature, through the services that the web calls."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from pakta.accounts import service as accounts
from pakta.accounts.models import Account, PersonKey
from pakta.config import Config
from pakta.database import transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey, SoftwarePasskey
from pakta.demonstration.setting import Setting
from pakta.editions import service as editions
from pakta.roster.models import Person
from pakta.signing import service as signing
from pakta.signing.queue import Queue
from pakta.web import clock


class Signer(Protocol):
    """What holds a person's private key."""

    def proof(self, message: bytes) -> dict[str, str]:
        """Return the signature's members of the evidence."""


def activate_and_sign(
    setting: Setting, *, person_id: int, device: bool, passphrase_hash: str | None = None
) -> str | None:
    """Activate a person with a new key and sign their pact: the certificate's number, or None without an edition."""
    account, key, signer = activate(setting, person_id=person_id, device=device, passphrase_hash=passphrase_hash)
    return sign(setting, account=account, key=key, signer=signer)


def activate(
    setting: Setting, *, person_id: int, device: bool, passphrase_hash: str | None = None
) -> tuple[Account, PersonKey, Signer]:
    """Print a slip for a person and enrol a software key with it.

    passphrase_hash  for a device key outside a kiosk; without it the key is a kiosk's
    """
    with transaction() as session:
        person = session.get_one(Person, person_id)
        code = accounts.print_slip(session, person=person, now=clock.now(), pepper=setting.keyring.pepper)
        slip = accounts.check_slip(session, code=code, now=clock.now(), pepper=setting.keyring.pepper)
        if device:
            return _enrol_device(session, slip.id, passphrase_hash)
        return _enrol_passkey(session, slip.id, setting.config)


def sign(setting: Setting, *, account: Account, key: PersonKey, signer: Signer) -> str | None:
    """Prepare the person's statement, sign it with their key, hand it in; return the certificate's number."""
    with transaction() as session:
        person = session.get_one(Person, account.person_id)
        edition = signing.edition_for(session, person=person, now=clock.now())
        if edition is None:
            return None
        row = signing.prepare(
            session, person=person, key=key, ticked=list(editions.clause_ids(edition)), now=clock.now()
        )
        statement = row.statement
    queue = Queue(keyring=setting.keyring, config=setting.config, clock=clock.now)
    return queue.sign(person_id=account.person_id, statement=statement, proof=signer.proof(statement))


def _enrol_device(session: Session, slip_id: int, passphrase_hash: str | None) -> tuple[Account, PersonKey, Signer]:
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
    return account, key, signer


def _enrol_passkey(session: Session, slip_id: int, config: Config) -> tuple[Account, PersonKey, Signer]:
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
    return account, key, signer
