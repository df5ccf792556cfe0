"""Making a backup of whatever database is configured, and bringing one back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from pakta.backup import postgresql, sqlite


class BackupExists(Exception):
    """There is a file at the name that a backup was to get."""


def backup(url: str, target: Path) -> None:
    """Write a snapshot of the database at `url` to `target`; it has its name only once it is whole and synced.

    Raises BackupExists, OSError, and what `sqlite.dump` or `postgresql.dump` raise; nothing is left behind then.
    """
    if target.exists():
        raise BackupExists(str(target))
    unfinished = target.with_name(f"{target.name}.belum-selesai")
    unfinished.unlink(missing_ok=True)
    try:
        if is_sqlite(url):
            sqlite.dump(path_of(url), unfinished)
        else:
            postgresql.dump(url, unfinished)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(url: str, source: Path, *, now: datetime) -> Path | None:
    """Bring the backup at `source` to the database at `url`; return where an old SQLite file lies now.

    Raises what `sqlite.load` and `postgresql.load` raise; the database is as it was then.
    """
    if is_sqlite(url):
        return sqlite.load(source, path_of(url), now=now)
    postgresql.load(source, url)
    return None


def is_sqlite(url: str) -> bool:
    """Say whether the database is an SQLite file."""
    return make_url(url).get_backend_name() == "sqlite"


def path_of(url: str) -> Path:
    """Return the file of an SQLite database."""
    return Path(make_url(url).database or "")
