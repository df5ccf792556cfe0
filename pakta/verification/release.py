"""The scripts as they are released: their hashes are an entry of the ledger (kind 8).

Among them is policy.js, so that the entry also pins which witnesses a phone asks for.  Whoever doubts
the page that made or checked a signature compares the file that they were served with the entry.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.config import ROOT
from pakta.core import canonical
from pakta.core.ledgerentry import EntryKind
from pakta.core.policy import Policy
from pakta.ledger import service as ledger
from pakta.ledger.models import Payload
from pakta.verification import pinned

SCRIPTS = ROOT / "static" / "js"


def manifest(policy: Policy | None, *, folder: Path = SCRIPTS) -> bytes:
    """Return the canonical list of all scripts with their SHA-256 in hex."""
    released = {path.name: path.read_bytes() for path in folder.glob("*.js")} | {pinned.NAME: pinned.script(policy)}
    found = {name: hashlib.sha256(content).hexdigest() for name, content in released.items()}
    return canonical.encode({"v": 1, "scripts": found})


def publish(session: Session, *, policy: Policy | None, now: datetime) -> int | None:
    """Enter the scripts into the ledger where they differ from the last release; return the index, or None."""
    ledger.lock(session)
    newest = (
        select(Payload.payload)
        .where(Payload.kind == int(EntryKind.SCRIPTS_RELEASED))
        .order_by(Payload.index.desc())
        .limit(1)
    )
    text = manifest(policy)
    if session.execute(newest).scalar_one_or_none() == text:
        return None
    return ledger.append(session, kind=EntryKind.SCRIPTS_RELEASED, payload=text, now=now)
