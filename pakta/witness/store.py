"""What a witness remembers, in one SQLite file (WAL, synchronous=FULL).

    self      the witness's own verifier key
    trusted   the keys of the logs that it follows
    heads     of each log the last checkpoint that it cosigned
    refused   checkpoints that a log signed and that do not fit: at most MOST_KEPT of each sort a log

Whoever reads a head to follow it holds the only right to write until the end of `writing()`: so two requests
at once cannot both follow the same head.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pakta.core import note
from pakta.core.note import Checkpoint
from pakta.witness.rules import NOTHING_YET, Doubt, Head

PATIENCE = 5.0  # seconds to wait for another writer
MOST_KEPT = 50
TABLES = """
CREATE TABLE self (vkey TEXT NOT NULL) STRICT;
CREATE TABLE trusted (vkey TEXT PRIMARY KEY, origin TEXT NOT NULL, trusted_at INTEGER NOT NULL) STRICT;
CREATE TABLE heads (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, cosigned_at INTEGER NOT NULL,
    note BLOB NOT NULL
) STRICT;
CREATE TABLE refused (
    id INTEGER PRIMARY KEY, origin TEXT NOT NULL, doubt TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    seen_at INTEGER NOT NULL, note BLOB NOT NULL, beside BLOB NOT NULL, UNIQUE (origin, doubt, size, root)
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A refused checkpoint: why, when, its note, and the note of the head beside which it does not fit."""

    doubt: Doubt
    size: int
    root: bytes
    seen_at: int
    note: bytes
    beside: bytes


class Store:
    """The file.  Each call opens and closes it; `sqlite3.Error` where it is locked, full or broken."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self, *, vkey: str) -> None:
        """Make the tables of a witness in an empty file."""
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN; {TABLES}")
            connection.execute("INSERT INTO self VALUES (?)", (vkey,))
            connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[Logs]:
        """Open the file for looking."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield Logs(connection)

    @contextmanager
    def writing(self) -> Iterator[Logs]:
        """Hold the only right to write; what was written is on the disk when this ends without an exception."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield Logs(connection)
            connection.execute("COMMIT")

    def owner(self) -> str:
        """Return the verifier key of the witness that the file belongs to; empty where it is none's."""
        try:
            with closing(self._connect()) as connection:
                rows: list[tuple[str]] = connection.execute("SELECT vkey FROM self").fetchall()
        except sqlite3.DatabaseError:
            return ""
        return rows[0][0] if len(rows) == 1 else ""

    def _connect(self) -> sqlite3.Connection:
        """Open the file, which must exist; a transaction that is not committed ends with the connection."""
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        return connection


class Logs:
    """The logs that a witness follows, within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def origins(self) -> Sequence[str]:
        """Return the origins that are or were trusted, in order."""
        rows = self._connection.execute("SELECT origin FROM trusted UNION SELECT origin FROM heads ORDER BY 1")
        return [origin for (origin,) in rows]

    def keys(self, origin: str) -> Sequence[str]:
        """Return the verifier keys trusted for an origin."""
        rows = self._connection.execute("SELECT vkey FROM trusted WHERE origin = ? ORDER BY trusted_at", (origin,))
        return [vkey for (vkey,) in rows]

    def trust(self, vkey: str, *, at: int) -> bool:
        """Trust a log's key, the origin being its name; say whether it is new.  Refuses with VKEY_MALFORMED."""
        words = "INSERT INTO trusted VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        return self._connection.execute(words, (vkey, note.parse_vkey(vkey).name, at)).rowcount == 1

    def distrust(self, vkey: str) -> bool:
        """Forget a log's key, never its head; say whether it was known."""
        return self._connection.execute("DELETE FROM trusted WHERE vkey = ?", (vkey,)).rowcount == 1

    def head(self, origin: str) -> Head:
        """Return the last checkpoint cosigned of a log, the empty tree where there is none."""
        words = "SELECT size, root, cosigned_at, note FROM heads WHERE origin = ?"
        row = self._connection.execute(words, (origin,)).fetchone()
        return NOTHING_YET if row is None else Head(*row)

    def follow(self, found: Checkpoint, *, text: bytes, at: int) -> None:
        """Make a checkpoint the head of its log; a doubt about the very same tree is gone with it."""
        self._connection.execute(
            "INSERT INTO heads VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE SET"
            " size = excluded.size, root = excluded.root, cosigned_at = excluded.cosigned_at, note = excluded.note",
            (found.origin, found.size, found.root, at, text),
        )
        self._connection.execute(
            "DELETE FROM refused WHERE origin = ? AND doubt = ? AND size = ? AND root = ?",
            (found.origin, Doubt.INCONSISTENT, found.size, found.root),
        )

    def keep(self, found: Checkpoint, *, doubt: Doubt, text: bytes, beside: bytes, at: int) -> None:
        """Keep a refused checkpoint.  Of the forked the first are kept, of the inconsistent the last ones."""
        if doubt is Doubt.FORKED and self._count(found.origin, doubt) >= MOST_KEPT:
            return
        self._connection.execute(
            "INSERT INTO refused (origin, doubt, size, root, seen_at, note, beside) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (found.origin, doubt, found.size, found.root, at, text, beside),
        )
        self._connection.execute(
            "DELETE FROM refused WHERE origin = ?1 AND doubt = ?2 AND id NOT IN"
            " (SELECT id FROM refused WHERE origin = ?1 AND doubt = ?2 ORDER BY id DESC LIMIT ?3)",
            (found.origin, doubt, MOST_KEPT),
        )

    def kept(self, origin: str) -> Sequence[Kept]:
        """Return the refused checkpoints of a log, the oldest first."""
        words = "SELECT doubt, size, root, seen_at, note, beside FROM refused WHERE origin = ? ORDER BY id"
        return [Kept(Doubt(doubt), *rest) for doubt, *rest in self._connection.execute(words, (origin,))]

    def _count(self, origin: str, doubt: Doubt) -> int:
        words = "SELECT count(*) FROM refused WHERE origin = ? AND doubt = ?"
        count: int = self._connection.execute(words, (origin, doubt)).fetchone()[0]
        return count
