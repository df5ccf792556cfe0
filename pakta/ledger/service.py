"""Appending to the ledger, and reading what stands in it.

The writer's lock is the transaction itself on SQLite (BEGIN IMMEDIATE) and an advisory lock on
PostgreSQL; the head is read behind it, so that indexes have no gaps and no two entries share one.

Order of locks  the writer's lock, then slips, recoveries, disputes and keys, then sessions and people.  Who
                will write, or take it while they hold one of these rows, says `wait_turn` or `lock` before any.
                The table of people comes before the turn: `roster.correcting.wait` of who writes a person behind
                it; who holds the whole table (`roster.planning.lock`) is long, and never takes the turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, LargeBinary, Table, bindparam, func, select, text
from sqlalchemy.orm import Session, SessionTransaction

from pakta.config import Config
from pakta.core import ledgerentry, note
from pakta.core.ledgerentry import EntryKind
from pakta.keyring import Keyring
from pakta.ledger import copy, gate, rows
from pakta.ledger.models import CHANGES, Entry, Payload

ENTRIES = cast(Table, Entry.__table__)
PAYLOADS = cast(Table, Payload.__table__)
WRITER = 7_204_711_803  # the advisory lock's number, any that nobody else uses
STATE = "pakta.ledger"

_TAKE = text("SELECT pg_advisory_xact_lock(:number)").bindparams(number=WRITER)
_LAST = select(func.max(ENTRIES.c.index))
_ENTRY_AT = select(ENTRIES.c.entry).where(ENTRIES.c.index == bindparam("at"))


@dataclass(slots=True)
class _Held:
    """What one transaction knows while it holds the writer's lock; `head` None means: read it again.

    waiting  since when the oldest entry waits for witnesses (`gate.waiting_since`)
    """

    transaction: SessionTransaction | None
    head: int | None
    waiting: datetime | None = None


def lock(session: Session) -> None:
    """Take the writer's lock until the transaction ends; again in the same transaction it costs nothing.

    Raises RuntimeError outside `database.transaction()`: nothing would hold the lock there.
    Refuses with LEDGER_BEHIND_COPY where the copy holds entries that the database has lost, and with
    LEDGER_BEHIND_WITNESSES where the witnesses hold more than was signed.
    """
    _hold(session)


def wait_turn(session: Session) -> None:
    """Take the writer's lock as `lock` does, and look at nothing: nothing is refused, nothing put back as yet.

    To be called before rows are held that a writer may need: two of whom one holds the lock and one the rows
    would wait for each other for ever.
    """
    if _held(session) is None:
        _writing(session)


def check_may_issue(session: Session, *, now: datetime) -> None:
    """Refuse with WITNESSES_SILENT where the oldest entry has waited for witnesses for over 24 hours.

    To be asked before a pact or a key is entered; behind the writer's lock it costs nothing.
    Refuses with LEDGER_BEHIND_WITNESSES as `lock` does.
    """
    held, connection = _held(session), session.connection()
    if held is not None:
        gate.check_patience(held.waiting, now=now)
    elif gate.applies(connection):
        gate.check_patience(gate.waiting_since(connection), now=now)


def next_index(session: Session) -> int:
    """Return the index that the next entry gets, fixed by the writer's lock."""
    held = _hold(session)
    if held.head is None or session.in_nested_transaction():
        # An entry made inside a savepoint may vanish with it: then the head is read each time.
        return _read_head(session.connection())
    return held.head


def append(session: Session, *, kind: EntryKind, payload: bytes, now: datetime) -> int:
    """Enter the hash of `payload` as the next entry, keep the payload beside it, and return the index."""
    return append_all(session, kind=kind, payloads=[payload], now=now)


def append_all(session: Session, *, kind: EntryKind, payloads: Sequence[bytes], now: datetime) -> int:
    """Enter the hashes of `payloads` as the next entries, in their order, and return the first one's index."""
    held = _hold(session)
    first = next_index(session)
    connection = session.connection()
    numbered = list(enumerate(payloads, first))
    entries = [{"index": at, "entry": ledgerentry.entry(kind, each)} for at, each in numbered]
    rows.enter(connection, ENTRIES, entries)
    kept = [{"index": at, "kind": int(kind), "payload": each, "recorded_at": now} for at, each in numbered]
    rows.enter(connection, PAYLOADS, kept)
    copy.remember(connection, first=first)
    held.head = None if session.in_nested_transaction() else first + len(payloads)
    return first


def size(session: Session) -> int:
    """Return how many entries are recorded."""
    return _read_head(session.connection())


def count(session: Session, *, kind: EntryKind) -> int:
    """Return how many entries are of a kind, whether their payloads are here or not; reads them all."""
    of_kind = func.substr(ENTRIES.c.entry, 2, 1, type_=LargeBinary) == bytes((kind,))
    return session.execute(select(func.count()).select_from(ENTRIES).where(of_kind)).scalar_one()


def last_change(session: Session) -> int:
    """Return the index of the newest change of a certificate's status, or -1."""
    newest = select(Payload.index).where(text(CHANGES)).order_by(Payload.index.desc()).limit(1)
    found: int | None = session.execute(newest).scalar_one_or_none()
    return -1 if found is None else found


def entry_at(session: Session, *, index: int) -> bytes | None:
    """Return the 34 bytes of an entry, or None beyond the end."""
    return session.execute(_ENTRY_AT, {"at": index}).scalar_one_or_none()


def entries(session: Session, *, first: int, last: int) -> Sequence[bytes]:
    """Return the entries from `first` up to, not including, `last`, in order."""
    found = select(ENTRIES.c.entry).where(ENTRIES.c.index >= first, ENTRIES.c.index < last)
    return session.execute(found.order_by(ENTRIES.c.index)).scalars().all()


def payload_at(session: Session, *, index: int) -> Payload | None:
    """Return the payload row behind an entry, or None after erasure."""
    return session.get(Payload, index)


def public_payload_at(session: Session, *, index: int) -> Payload | None:
    """Return the payload behind an entry of a public kind; private, erased and unknown answer alike."""
    row = payload_at(session, index=index)
    return row if row is not None and row.kind in ledgerentry.PUBLIC else None


def newest_public(session: Session, *, limit: int = 20) -> Sequence[Payload]:
    """Return the newest entries of the public kinds, newest first."""
    kinds = [int(kind) for kind in ledgerentry.PUBLIC]
    found = select(Payload).where(Payload.kind.in_(kinds)).order_by(Payload.index.desc()).limit(limit)
    return session.execute(found).scalars().all()


def origin(config: Config) -> str:
    """Return the ledger's name: the first line of its checkpoints, and the name of its key."""
    return config.log_origin


def verifier_key(keyring: Keyring, config: Config) -> str:
    """Return the ledger's verifier key as C2SP text."""
    return note.vkey(name=origin(config), public_key=keyring.ledger.public_bytes)


def replay(session: Session, *, path: Path) -> int:
    """Put the entries that an old backup lacks back from the copy at `path`; return how many.

    Refuses with LEDGER_CHANGED where the copy is not a longer history of this ledger.
    """
    connection = _writing(session)
    head = _read_head(connection)
    return copy.replay(connection, path, head=head) - head


def _hold(session: Session) -> _Held:
    held = _held(session)
    if held is not None:
        return held
    connection = _writing(session)
    found = _read_head(connection)
    head = copy.catch_up(connection, head=found)
    held = _Held(session.get_transaction(), head, gate.waiting_since(connection))
    session.info[STATE] = held
    if head > found:
        copy.settle(session)
    return held


def _held(session: Session) -> _Held | None:
    """Return what this transaction knows, where it holds the writer's lock."""
    held: _Held | None = session.info.get(STATE)
    same = held is not None and held.transaction is not None and held.transaction is session.get_transaction()
    return held if same else None


def _writing(session: Session) -> Connection:
    connection = session.connection()
    if not connection.get_execution_options().get("writing"):
        raise RuntimeError("the ledger is written inside database.transaction() only")
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE)
    return connection


def _read_head(connection: Connection) -> int:
    last = connection.execute(_LAST).scalar()
    return 0 if last is None else int(last) + 1
