"""What the tests of the ledger share: entries of many kinds, made quickly, and the tree that they stand in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import Table

from pakta.core import ledgerentry, merkle
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.ledger import sequencer, service
from pakta.ledger.models import Checkpoint, Entry, Payload
from pakta.ledger.rows import enter
from pakta.web import Wired

NOW = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)
KINDS = tuple(EntryKind)


class Log:
    """The ledger of an app, and what a test does with it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.wired: Wired = app.extensions["pakta"]
        self.vkey = service.verifier_key(self.wired.keyring, self.wired.config)

    def append(self, *payloads: bytes, kind: EntryKind = EntryKind.KEY_SET) -> list[int]:
        """Append these payloads in one transaction."""
        with transaction() as session:
            return [service.append(session, kind=kind, payload=each, now=NOW) for each in payloads]

    def grow_to(self, size: int) -> None:
        """Record entries until there are `size`, quickly, each of another kind than the one before."""
        first = service.size(db.session())
        rows = [(at, KINDS[at % len(KINDS)], hashlib.sha256(b"%d" % at).digest()) for at in range(first, size)]
        entries = [{"index": at, "entry": ledgerentry.entry(kind, payload)} for at, kind, payload in rows]
        payloads = [
            {"index": at, "kind": int(kind), "payload": payload, "recorded_at": NOW} for at, kind, payload in rows
        ]
        with transaction() as session:
            service.lock(session)
            enter(session.connection(), cast(Table, Entry.__table__), entries)
            enter(session.connection(), cast(Table, Payload.__table__), payloads)

    def sign(self) -> Checkpoint | None:
        """Let the sequencer run once."""
        with transaction() as session:
            return sequencer.sequence(session, keyring=self.wired.keyring, config=self.wired.config, now=NOW)

    def leaves(self, size: int) -> Sequence[bytes]:
        """Return the leaf hashes of the first `size` rows."""
        return [merkle.leaf_hash(each) for each in service.entries(db.session(), first=0, last=size)]

    def as_a_thief(self, statement: str, values: dict[str, Any] | None = None) -> None:
        """Change the database behind the app's back, locks and all, as whoever owns the server could."""
        with db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET session_replication_role = replica")
            else:
                found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for name in found.scalars().all():
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.execute(db.text(statement), values or {})
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET session_replication_role = DEFAULT")
            connection.commit()
        db.session.rollback()
        db.session.expire_all()


@pytest.fixture
def log(app: Flask) -> Any:
    """Give an empty ledger."""
    with app.app_context():
        yield Log(app)
