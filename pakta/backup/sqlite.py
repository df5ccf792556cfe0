"""Back-ups of an SQLite file, by SQLite's own online backup; a server may go on writing meanwhile."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

BESIDE = ("", "-wal", "-shm")  # the files that make up a database


class DatabaseInUse(Exception):
    """A server holds the database open."""


class NotABackup(Exception):
    """The file is no SQLite database, or a damaged one."""


def dump(source: Path, target: Path) -> None:
    """Write a snapshot of the database at `source` to `target`, mode 0600, and check it.

    Raises NotABackup where what was written is not whole.
    """
    target.touch(mode=0o600)
    with closing(_open(source)) as ours, closing(sqlite3.connect(target)) as theirs:
        ours.backup(theirs)
        theirs.execute("PRAGMA journal_mode=DELETE")
    check(target)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def check(path: Path) -> None:
    """Check that a file is a whole SQLite database; raises NotABackup."""
    try:
        with closing(_open(path)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise NotABackup(str(error)) from error
    if found != ("ok",):
        raise NotABackup(str(found))


def load(backup: Path, target: Path, *, now: datetime) -> Path | None:
    """Bring a backup to `target`; return where the database that was there lies now, or None.

    Raises NotABackup, and DatabaseInUse where a server has the old database open.
    """
    check(backup)
    aside = _set_aside(target, now=now) if target.exists() and target.stat().st_size else None
    fresh = target.with_name(f"{target.name}.baru")
    fresh.unlink(missing_ok=True)
    dump(backup, fresh)
    fresh.replace(target)
    return aside


def _set_aside(path: Path, *, now: datetime) -> Path:
    try:
        with closing(_open(path, timeout=1.0)) as connection:
            # With this mode SQLite wants to be the only one, and says so at the first write.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        raise DatabaseInUse(str(error)) from error
    aside = path.with_name(f"{path.name}.sebelum-{now:%Y%m%dT%H%M%S}")
    for suffix in BESIDE:
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(aside.with_name(aside.name + suffix))
    return aside


def _open(path: Path, *, timeout: float = 15.0) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=timeout, isolation_level=None)
