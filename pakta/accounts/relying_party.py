"""The relying party of all passkeys: the exact host, stored at the first start.

Passkeys made under one host are of no use under another, so that a database is never
served under a host that it does not know.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pakta.accounts.models import RelyingParty
from pakta.core.errors import Reason, Refusal

ONLY = 1  # the row's id


def hold(session: Session, *, host: str, now: datetime) -> None:
    """Store the host at the first start; refuses with OTHER_RELYING_PARTY, its detail the host that is stored."""
    row = session.get(RelyingParty, ONLY)
    if row is None:
        session.add(RelyingParty(id=ONLY, host=host, stored_at=now))
        session.flush()
    elif row.host != host:
        raise Refusal(Reason.OTHER_RELYING_PARTY, row.host)
