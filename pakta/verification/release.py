"""The scripts as they are released: their hashes are an entry of the ledger (kind 8).

Among them is policy.js, so that the entry also pins which witnesses a phone asks for.  With them are the QR's page in
both languages and its style, which say and colour what the scripts have found.
Whoever doubts the page that made or checked a signature compares the file that they were served with the entry.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.config import ROOT, Config
from pakta.core import canonical
from pakta.core.ledgerentry import EntryKind
from pakta.ledger import service as ledger
from pakta.ledger.models import Payload
from pakta.verification import qrpage, shell

SCRIPTS, STYLE = ROOT / "static" / "js", ROOT / "static" / "pakta.css"


def manifest(config: Config) -> bytes:
    """Return the canonical list of all scripts, of the QR's page and its style, with their SHA-256 in hex."""
    released = {path.name: path.read_bytes() for path in SCRIPTS.glob("*.js")} | shell.made(SCRIPTS, config)
    found = {name: _digest(content) for name, content in released.items()}
    return canonical.encode(
        {"v": 1, "scripts": found, "page": qrpage.digests(config), "css": _digest(STYLE.read_bytes())}
    )


def publish(session: Session, *, config: Config, now: datetime) -> int | None:
    """Enter scripts and page into the ledger where they differ from the last release; return the index, or None."""
    ledger.lock(session)
    newest = (
        select(Payload.payload)
        .where(Payload.kind == int(EntryKind.SCRIPTS_RELEASED))
        .order_by(Payload.index.desc())
        .limit(1)
    )
    text = manifest(config)
    if session.execute(newest).scalar_one_or_none() == text:
        return None
    return ledger.append(session, kind=EntryKind.SCRIPTS_RELEASED, payload=text, now=now)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
