"""Verdicts by our own database: the same rules as everywhere, on the files that we serve to everybody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pakta.certificates import service as certificates
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.core.verdict import Verdict
from pakta.verification import files
from pakta.verification.judging import judge as judge


def verdict_for_address(session: Session, *, address: str, config: Config, now: datetime) -> Verdict:
    """Return the verdict on a QR's address by our own database, whatever the address holds."""
    published = files.from_database(session, policy=config.policy)
    return judge(published, address=address, origin=config.origin, policy=config.policy, now=now)


def address_of_number(session: Session, *, text: str, config: Config) -> str:
    """Return the address in the QR of the certificate with this number, as it was typed.

    Refuses as `number.parse`, or with CERTIFICATE_UNKNOWN.
    """
    row = certificates.by_number(session, text=text)
    if row is None:
        raise Refusal(Reason.CERTIFICATE_UNKNOWN)
    return certificates.address(row, config=config)
