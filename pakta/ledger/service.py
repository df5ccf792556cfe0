"""Appending to the ledger, and reading its rows.

Rules  one writer: on SQLite `transaction()` holds the write lock from its first statement; on
       PostgreSQL an advisory lock is taken first, and the head is read after it.  Indexes have
       no gaps.  With PAKTA_LOG_COPY set, entries reach that file before the commit: after a crash
       between the two the copy may hold entries that the database lacks, never the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from pakta.config import Config
from pakta.core import ledgerentry, note
from pakta.core.ledgerentry import EntryKind
from pakta.keyring import Keyring
from pakta.ledger.models import Entry, Payload

LOCK = 7_204_711_803  # the advisory lock's number, any that nobody else uses


def lock(session: Session) -> None:
    """Take the writer's lock until the transaction ends; raises RuntimeError outside `transaction()`."""
    if session.info.get("ledger_locked") is session.get_transaction():
        return
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    elif not connection.get_execution_options().get("writing"):
        raise RuntimeError("the ledger is written inside transaction() only")
    session.info["ledger_locked"] = session.get_transaction()


def next_index(session: Session) -> int:
    """Return the index that the next entry gets; takes the lock."""
    lock(session)
    return size(session)


def append(session: Session, *, kind: EntryKind, payload: bytes, now: datetime) -> int:
    """Append an entry for `payload` and return its index."""
    index = next_index(session)
    entry = ledgerentry.entry(kind, payload)
    session.execute(insert(_entries()).values(index=index, entry=entry))
    session.execute(insert(Payload).values(index=index, kind=int(kind), payload=payload, recorded_at=now))
    session.info.setdefault("ledger_appended", []).append((index, entry))
    return index


def size(session: Session) -> int:
    """Return how many entries are recorded."""
    last = session.execute(select(func.max(Entry.index))).scalar()
    return 0 if last is None else int(last) + 1


def entry_at(session: Session, *, index: int) -> bytes | None:
    """Return the 34 bytes of an entry, or None."""
    return session.execute(select(Entry.entry).where(Entry.index == index)).scalar_one_or_none()


def entries(session: Session, *, first: int, last: int) -> Sequence[bytes]:
    """Return the entries from `first` up to, not including, `last`, in order."""
    rows = select(Entry.entry).where(Entry.index >= first, Entry.index < last).order_by(Entry.index)
    return session.execute(rows).scalars().all()


def payload_at(session: Session, *, index: int) -> Payload | None:
    """Return the payload row behind an entry, or None after erasure."""
    return session.get(Payload, index)


def public_payload_at(session: Session, *, index: int) -> Payload | None:
    """Return the payload behind an entry of a public kind, or None."""
    row = payload_at(session, index=index)
    return row if row is not None and row.kind in ledgerentry.PUBLIC else None


def newest_public(session: Session, *, limit: int = 20) -> Sequence[Payload]:
    """Return the newest entries of the public kinds, newest first."""
    kinds = [int(kind) for kind in ledgerentry.PUBLIC]
    rows = select(Payload).where(Payload.kind.in_(kinds)).order_by(Payload.index.desc()).limit(limit)
    return session.execute(rows).scalars().all()


def origin(config: Config) -> str:
    """Return the ledger's name: the first line of its checkpoints, and the name of its key."""
    return f"{config.host}/log"


def verifier_key(keyring: Keyring, config: Config) -> str:
    """Return the ledger's verifier key as C2SP text."""
    return note.vkey(name=origin(config), public_key=keyring.ledger.public_bytes)


def _entries() -> Table:
    table = Entry.__table__
    assert isinstance(table, Table)
    return table
