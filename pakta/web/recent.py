"""What everybody asks for and seldom changes: read from the database at most twice a second.

    recent.remember("ledger.checkpoint", lambda: …)

What this process commits is seen at once; what another one committed, after half a second at most.
Only for what is public and the same for every visitor.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from pakta.database import db

HALF_A_SECOND = 0.5
UNSEEN = "pakta_unseen"


@dataclass(slots=True)
class _Memory:
    """What one app remembers; `commits` counts what its process has committed."""

    commits: int = 0
    held: dict[str, tuple[int, float, bytes | None]] = field(default_factory=dict)

    def committed(self, connection: Connection) -> None:
        """Forget all, unless nothing that is remembered can have changed."""
        if not connection.get_execution_options().get(UNSEEN):
            self.commits += 1


def remember(name: str, read: Callable[[], bytes | None]) -> bytes | None:
    """Return what `read` returns, or what it returned a moment ago."""
    memory = _memory()
    commits, now = memory.commits, time.monotonic()
    held = memory.held.get(name)
    if held is not None and held[0] == commits and now < held[1]:
        return held[2]
    value = read()
    memory.held[name] = (commits, now + HALF_A_SECOND, value)
    return value


def unseen(session: Session) -> None:
    """Let this transaction's commit forget nothing: it only counts, and nothing that is remembered depends on it."""
    session.connection().execution_options(**{UNSEEN: True})


def _memory() -> _Memory:
    found: _Memory | None = current_app.extensions.get("pakta_recent")
    if found is None:
        found = current_app.extensions.setdefault("pakta_recent", _Memory())
        event.listen(db.engine, "commit", found.committed)
    return found
