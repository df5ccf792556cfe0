"""Server-side sessions: the cookie holds a random token, everything else is a row.

Rules  12 hours without use or 30 days in all end a session; on a kiosk 10 minutes and one
       hour do.  An ended session is not signed in, from the next request on.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pakta.accounts.models import Account, PersonKey, SignIn
from pakta.core.errors import Reason, Refusal
from pakta.roster import rules as roster_rules

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=30)
KIOSK_IDLE = timedelta(minutes=10)
KIOSK_LONGEST = timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=5)


def find(session: Session, *, token: str, now: datetime) -> SignIn | None:
    """Return the live sign-in with this token at `now`, or None."""
    wanted = select(SignIn).where(SignIn.token_hash == hashed(token), SignIn.ended_at.is_(None))
    row = session.execute(wanted).scalar_one_or_none()
    if row is None or not is_live(row, now=now):
        return None
    row.token, row.on = token, roster_rules.day_of(now)
    return row


def is_live(row: SignIn, *, now: datetime) -> bool:
    """Say whether a sign-in has neither ended nor run out at `now`."""
    idle, longest = (KIOSK_IDLE, KIOSK_LONGEST) if row.kiosk else (IDLE, LONGEST)
    return row.ended_at is None and now - row.last_seen_at <= idle and now - row.created_at <= longest


def open(
    session: Session,
    *,
    account: Account,
    now: datetime,
    device: str = "",
    key: PersonKey | None = None,
    kiosk: bool = False,
) -> SignIn:
    """Open a session for `account`; its token is on the returned row and nowhere else."""
    token = secrets.token_urlsafe(32)
    row = SignIn(
        token_hash=hashed(token),
        account_id=account.id,
        account=account,
        created_at=now,
        signed_in_at=now,
        last_seen_at=now,
        device=device[:80],
        kiosk=kiosk,
        key_id=key.id if key else None,
    )
    session.add(row)
    session.flush()
    row.token, row.on = token, roster_rules.day_of(now)
    return row


def seen_is_due(sign_in: SignIn, *, now: datetime) -> bool:
    """Say whether the last-seen time is old enough to be worth a write."""
    return now - sign_in.last_seen_at >= (SEEN_EVERY / 5 if sign_in.kiosk else SEEN_EVERY)


def seen(session: Session, *, sign_in: SignIn, now: datetime) -> None:
    """Write the last-seen time."""
    session.execute(update(SignIn).where(SignIn.id == sign_in.id).values(last_seen_at=now))


def end(session: Session, *, sign_in: SignIn, now: datetime) -> None:
    """End one session."""
    session.execute(update(SignIn).where(SignIn.id == sign_in.id, SignIn.ended_at.is_(None)).values(ended_at=now))


def end_own(session: Session, *, account: Account, sign_in_id: int, now: datetime) -> None:
    """End one of the account's own sessions; another's is refused with NOT_ALLOWED."""
    row = session.get(SignIn, sign_in_id)
    if row is None or row.account_id != account.id:
        raise Refusal(Reason.NOT_ALLOWED)
    end(session, sign_in=row, now=now)


def end_all(session: Session, *, account: Account, now: datetime, but: SignIn | None = None) -> None:
    """End every session of an account, if wanted `but` one: what a change of role does."""
    ending = update(SignIn).where(SignIn.account_id == account.id, SignIn.ended_at.is_(None))
    if but is not None:
        ending = ending.where(SignIn.id != but.id)
    session.execute(ending.values(ended_at=now))


def of_account(session: Session, *, account: Account, now: datetime) -> Sequence[SignIn]:
    """Return the live sessions of an account, the last used first."""
    rows = (
        select(SignIn)
        .where(
            SignIn.account_id == account.id,
            SignIn.ended_at.is_(None),
            SignIn.created_at > now - LONGEST,
            SignIn.last_seen_at > now - IDLE,
        )
        .order_by(SignIn.last_seen_at.desc(), SignIn.id.desc())
    )
    return [row for row in session.execute(rows).scalars() if is_live(row, now=now)]


def hashed(token: str) -> bytes:
    """Return what is kept of a random text that somebody else holds."""
    return hashlib.sha256(token.encode()).digest()
