"""Making a backup of whatever database is configured, and bringing one back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy import make_url

from pakta import disk
from pakta.backup import postgresql, sqlite
from pakta.config import Config
from pakta.core import keyset, note
from pakta.core.errors import Refusal
from pakta.keyring import Keyring
from pakta.ledger import heads


class BackupExists(Exception):
    """There is a file at the name that a backup was to get."""


class NotPakta(Exception):
    """What is to be backed up or restored holds no ledger of Pakta that was ever signed."""


class OtherAddress(Exception):
    """The backup is of a city at another address, which the message says."""


class NewerThere(Exception):
    """The database that is there holds more entries than the backup; the message says how many."""


class KeysDiffer(Exception):
    """The keys at hand are not those of the backup, or older ones; the message says which."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a backup says of itself: its newest head, and its newest key set (None before the first one).

    size  how many entries the head covers
    """

    size: int
    head: bytes
    key_set: bytes | None


def backup(url: str, target: Path) -> None:
    """Write a snapshot of the database at `url` to `target`; it has its name only once it is whole and synced.

    Raises BackupExists, NotPakta, OSError, and what `sqlite.dump` or `postgresql.dump` raise; nothing is left
    behind then.
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
        examine(url, unfinished)
        unfinished.rename(target)
        disk.sync_folder(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def examine(url: str, source: Path) -> Examined:
    """Return what the backup at `source` says of itself; `url` tells which kind of database it is of.

    Raises NotPakta where it lacks our tables, or a signed head over at least one entry.
    """
    newest = sqlite.newest if is_sqlite(url) else postgresql.newest
    revision = newest(source, "alembic_version", "version_num", order="version_num")
    size = newest(source, "ledger_checkpoints", "size", order="size")
    if not revision or not size or int(cast(str, size)) < 1:
        raise NotPakta
    head = newest(source, "ledger_checkpoints", "note", order="size")
    key_set = newest(source, "key_sets", "text", order="version")
    return Examined(int(cast(str, size)), cast(bytes, head), cast("bytes | None", key_set))


def check_keys(found: Examined, *, keyring: Keyring, config: Config) -> None:
    """Check that the keys at hand are those of a backup, or later ones, and that it is of this host.

    Raises KeysDiffer and OtherAddress.
    """
    name = heads.name_of(found.head)
    host = heads.SUFFIX.sub("", name)
    if host != config.host:
        raise OtherAddress(f"{config.origin.partition('://')[0]}://{host}")
    try:
        note.verify(found.head, verifier_key=note.vkey(name=name, public_key=keyring.ledger.public_bytes))
    except Refusal as refusal:
        raise KeysDiffer("kunci buku catatan") from refusal
    if found.key_set is not None:
        known, history = keyset.parse(found.key_set), keyring.issuers.history
        if not set(known.issuer_keys) <= set(history.keys) or not set(known.compromised) <= set(history.compromised):
            raise KeysDiffer("kunci penerbit")


def check_older(source: Path, *, url: str) -> None:
    """Check that an SQLite database that is there holds no more entries than the backup that is to replace it.

    Whatever the copy of the ledger brings back: the rows and the evidence of people it does not.  A damaged database
    is replaced, and a PostgreSQL database must be empty anyway.  Raises NewerThere.
    """
    if not is_sqlite(url) or not path_of(url).exists():
        return
    try:
        there = _entries(path_of(url))
    except sqlite.NotABackup:
        return
    held = _entries(source)
    if there > held:
        raise NewerThere(f"{there} > {held}")


def _entries(path: Path) -> int:
    """Return how many entries an SQLite database holds, signed or not."""
    last = sqlite.newest(path, "ledger_entries", "index", order="index")
    return 0 if last is None else int(cast(int, last)) + 1


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
