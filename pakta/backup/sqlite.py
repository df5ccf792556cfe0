"""Back-ups of an SQLite file, by SQLite's own online backup; a server may go on writing meanwhile."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from pakta import disk

BESIDE = ("-wal", "-shm", "-journal")  # what belongs to a database file and lies beside it
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


class DatabaseInUse(Exception):
    """A server holds the database open."""


class DatabaseMissing(Exception):
    """There is no database at the place that is to be backed up."""


class NotABackup(Exception):
    """The file is no SQLite database, or a damaged one."""


def dump(source: Path, target: Path) -> None:
    """Write a snapshot of the database at `source` to `target`, mode 0600, and check it.

    Raises DatabaseMissing, and NotABackup where what was written is not whole.
    """
    if not source.is_file():
        raise DatabaseMissing(str(source))
    target.touch(mode=0o600)
    try:
        with closing(_open(source)) as ours, closing(sqlite3.connect(target)) as theirs:
            ours.backup(theirs)
            theirs.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            raise NotABackup(str(error)) from error
        raise
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


def newest(path: Path, table: str, column: str, *, order: str) -> object:
    """Return a column of the row of a table that is last by `order`; None where there is no row, or no table.

    Raises NotABackup where the file cannot be read so far; `check` reads all of it.
    """
    question = f'SELECT "{column}" FROM "{table}" ORDER BY "{order}" DESC LIMIT 1'  # noqa: S608 the words are our own
    try:
        with closing(_open(path)) as connection:
            found = connection.execute(question).fetchone()
    except sqlite3.OperationalError:
        return None
    except sqlite3.DatabaseError as error:
        raise NotABackup(str(error)) from error
    return found[0] if found else None


def load(backup: Path, target: Path, *, now: datetime) -> Path | None:
    """Bring a backup to `target`; return where the database that was there lies now, or None.

    The new file is whole and synced before the old one is touched, and takes its place in one step.

    Raises NotABackup, and DatabaseInUse where a server has the old database open; all is as it was then.
    """
    fresh = target.with_name(f"{target.name}.baru")
    target.parent.mkdir(parents=True, exist_ok=True)  # a new machine has none yet
    _remove(fresh)
    try:
        dump(backup, fresh)
        _check_unused(target)
        aside = _set_aside(target, now=now)
        fresh.replace(target)
    finally:
        _remove(fresh)
    disk.sync_folder(target.parent)
    return aside


def _check_unused(path: Path) -> None:
    """Check that nobody has the database open, and bring its WAL into it; a damaged one is let be."""
    if not path.exists():
        return
    try:
        with closing(_open(path, timeout=1.0)) as connection:
            # With this mode SQLite wants to be the only one, and says so at the first write.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise DatabaseInUse(str(error)) from error


def _set_aside(path: Path, *, now: datetime) -> Path | None:
    """Keep the old database under another name, and take what lies beside it away from the new one.

    The old file keeps its own name as well until the new one takes it: there is a database at every moment.
    """
    aside = _free_name(path, now=now)
    kept = path.exists() and path.stat().st_size > 0
    if kept:
        try:
            aside.hardlink_to(path)
        except OSError:  # a file system without them
            path.rename(aside)
    for suffix in BESIDE:
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(aside.with_name(aside.name + suffix))
    return aside if kept else None


def _free_name(path: Path, *, now: datetime) -> Path:
    """Return a name at which nothing lies, nor anything that would belong to it."""
    first = path.with_name(f"{path.name}.sebelum-{now:%Y%m%dT%H%M%S}")
    found, number = first, 1
    while any(found.with_name(found.name + suffix).exists() for suffix in ("", *BESIDE)):
        number += 1
        found = first.with_name(f"{first.name}-{number}")
    return found


def _remove(path: Path) -> None:
    for suffix in ("", *BESIDE):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT"))


def _open(path: Path, *, timeout: float = 15.0) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=timeout, isolation_level=None)
