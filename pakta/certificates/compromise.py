"""A lost issuer key: what lay in the ledger before, and what is published after it.  Source: docs/operations.md."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.certificates import publishing
from pakta.certificates.models import KeySet
from pakta.config import Config
from pakta.core import merkle, tiles
from pakta.core import policy as policies
from pakta.core.errors import Reason, Refusal
from pakta.core.keyset import Compromise
from pakta.core.policy import Policy
from pakta.keyring import Keyring
from pakta.ledger import heads, storedtiles, witnessing
from pakta.ledger import service as ledger
from pakta.ledger.models import Checkpoint


def before(session: Session, *, at: datetime, now: datetime, keyring: Keyring, config: Config) -> Compromise:
    """Return what the key set says of a key that was lost at `at`: then, and the last head before.

    With a policy of witnesses it is the last head that a quorum had cosigned before; without one the last that
    we had signed.  Where there is none, nothing that the key signed is trusted.

    Refuses with COMPROMISE_TIME for a time to come, and as `heads.verify` does, or with LEDGER_CHANGED, where
    the head is not the one that we signed.
    """
    if at > now:
        raise Refusal(Reason.COMPROMISE_TIME, at.isoformat())
    stated = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = select(Checkpoint).where(Checkpoint.signed_at < at).order_by(Checkpoint.size.desc())
    for row in session.execute(rows.execution_options(yield_per=100)).scalars():
        if config.policy is None or _was_witnessed(session, row, policy=config.policy, at=at):
            _check(session, row, vkey=ledger.verifier_key(keyring, config))
            return Compromise(stated, row.size, row.root)
    return Compromise(stated, 0, merkle.EMPTY_ROOT)


def check_earlier(known: Compromise | None, *, new: Compromise) -> None:
    """Refuse with COMPROMISE_TIME to mark a key later than it is marked: what is in doubt stays so."""
    if known is not None and new.at > known.at:
        raise Refusal(Reason.COMPROMISE_TIME, known.at)


def announce(session: Session, *, now: datetime, keyring: Keyring, config: Config) -> KeySet:
    """Publish the key set, and a status list signed by the key that signs now."""
    published = publishing.publish_key_set(session, now=now, keyring=keyring, config=config)
    publishing.publish_status_list(session, now=now, keyring=keyring, config=config)
    return published


def root_at(session: Session, *, size: int) -> bytes:
    """Return the root of the ledger when it had `size` entries; refuses with TILE_MISSING."""
    return tiles.root_from_tiles(size, storedtiles.reader(session)) if size else merkle.EMPTY_ROOT


def _check(session: Session, row: Checkpoint, *, vkey: str) -> None:
    heads.verify(row, verifier_key=vkey)
    if root_at(session, size=row.size) != row.root:
        raise Refusal(Reason.LEDGER_CHANGED, str(row.size))


def _was_witnessed(session: Session, row: Checkpoint, *, policy: Policy, at: datetime) -> bool:
    try:
        since = policies.verify(witnessing.note_of(session, row, policy=policy), policy=policy).at
    except Refusal:
        return False
    return since is None or since < at.timestamp()
