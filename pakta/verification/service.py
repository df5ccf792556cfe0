"""Verdicts by our own database: the same rules as everywhere, on the files that we serve to everybody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pakta.certificates import service as certificates
from pakta.config import Config
from pakta.core import credential, verdict
from pakta.core.errors import Reason, Refusal
from pakta.core.policy import Policy
from pakta.core.verdict import Inclusion, Verdict
from pakta.verification import files
from pakta.verification.files import Files


def verdict_for_address(session: Session, *, address: str, config: Config, now: datetime) -> Verdict:
    """Return the verdict on a QR's address by our own database, whatever the address holds."""
    published = files.from_database(session, policy=config.policy)
    return judge(published, address=address, origin=config.origin, policy=config.policy, now=now)


def judge(published: Files, *, address: str, origin: str, policy: Policy | None, now: datetime) -> Verdict:
    """Return the verdict on a QR's address by the files that `origin` publishes.

    policy  who must have cosigned the ledger's head; None: nobody
    """
    return verdict.decide(
        address=address,
        origin=origin,
        keyset_text=published.key_set,
        status_token=published.status_token,
        inclusion=_inclusion(published, address=address, origin=origin, policy=policy),
        now=now,
        policy=policy,
    )


def address_of_number(session: Session, *, text: str, config: Config) -> str:
    """Return the address in the QR of the certificate with this number, as it was typed.

    Refuses with CERTIFICATE_NUMBER_MALFORMED, CERTIFICATE_NUMBER_CHECK or CERTIFICATE_UNKNOWN.
    """
    row = certificates.by_number(session, text=text)
    if row is None:
        raise Refusal(Reason.CERTIFICATE_UNKNOWN)
    return certificates.address(row, config=config)


def _inclusion(published: Files, *, address: str, origin: str, policy: Policy | None) -> Inclusion | None:
    """Return the checkpoint and the path to it from where the credential says that it stands.

    Under a policy, the head that still waits for witnesses where only that one reaches so far.
    """
    try:
        found = credential.parse(credential.from_address(address, origin=origin))
    except Refusal:
        return None
    return files.inclusion(published, index=found.claims.ledger_index, kid=found.kid, waiting=policy is not None)
