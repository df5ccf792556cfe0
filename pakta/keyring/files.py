"""Files of keys: written once or replaced whole, synced to the disk, and never readable by everyone."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pakta import disk


class KeysMissing(Exception):
    """There are no usable keys where the configuration points; the message says what to do."""


def write(path: Path, content: bytes) -> None:
    """Write a new file of mode 0600; raises FileExistsError rather than overwrite one."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    disk.sync_folder(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put a file of mode 0600 in the place of another: after a crash the old or the new one is there, whole."""
    beside = path.with_name(path.name + ".part")
    beside.unlink(missing_ok=True)
    write(beside, content)
    move(beside, path)


def move(source: Path, target: Path) -> None:
    """Give a file another name, over whatever bears it."""
    source.replace(target)
    disk.sync_folder(target.parent)


def check_mode(path: Path) -> None:
    """Refuse a file that every user of the machine may read; raises KeysMissing."""
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        raise KeysMissing(f"{path} dapat dibaca semua pengguna mesin ini. Jalankan: chmod 600 {path}")


@contextmanager
def exclusively(folder: Path) -> Iterator[None]:
    """Hold the folder, so that two commands never change keys at once; raises KeysMissing where one does."""
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise KeysMissing(f"Perintah lain sedang mengubah kunci di {folder}. Tunggu sampai selesai.") from error
    finally:
        os.close(handle)
