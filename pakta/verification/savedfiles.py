"""The published files of a site in a folder, as they are read where there is no network (`saving` writes them).

    FOLDER/pakta-situs.json                 whose they are, when they were saved, and the newest that was seen
    FOLDER/.well-known/pakta-keys.json      and all others under the paths at which the site serves them:
           .well-known/pakta-seal.json  s/0  s/0.alasan  log/checkpoint  log/pending  log/tile/…

Nothing in them is trusted: the verdict checks all of it, by the key set that lies there with them.  So whoever can
write into the folder decides what is SAH, unless the key set is pinned: the folder is guarded as the program is.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pakta.core import tiles
from pakta.monitor.findings import Unread
from pakta.monitor.site import Site
from pakta.verification import changes, publicfiles, sealroots
from pakta.verification.publicfiles import Files, NotServed

SITE = "pakta-situs.json"
KEYS, STATUS, HEAD, PENDING = "/.well-known/pakta-keys.json", "/s/0", "/log/checkpoint", "/log/pending"
NAMES = {changes.PATH: "s/0.alasan"}  # no folder can stand where the file s/0 does
BROKEN = (KeyError, TypeError, OverflowError, RecursionError, Unread)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a folder says of itself.

    demo                        whether the site is a demonstration
    newest_version, newest_status  of the newest key set and status list ever saved: nothing older is taken
    """

    origin: str
    at: datetime
    demo: bool
    newest_version: int
    newest_status: int


def read_site(folder: Path) -> Saved:
    """Return what a folder says of itself.

    Raises ValueError where the folder does not say so, and OSError where it cannot be read.
    """
    try:
        told: Any = json.loads(read(folder, SITE))
        newest = told["newest"]
        at = datetime.fromisoformat(told["saved_at"])
        found = Saved(told["origin"], at.astimezone(UTC), told["demo"], newest["key_set"], newest["status"])
        typed = (found.demo, found.newest_version, found.newest_status)
        if [type(each) for each in typed] != [bool, int, int] or at.tzinfo is None:
            raise ValueError(SITE)
        if Site(found.origin).origin != found.origin:
            raise ValueError(SITE)
    except (*BROKEN, AttributeError) as error:
        raise ValueError(SITE) from error
    return found


def write_site(folder: Path, saved: Saved) -> None:
    """Let a folder say so of itself; OSError where it cannot be written."""
    told = {
        "origin": saved.origin,
        "saved_at": saved.at.isoformat(timespec="seconds"),
        "demo": saved.demo,
        "newest": {"key_set": saved.newest_version, "status": saved.newest_status},
    }
    write(folder, SITE, json.dumps(told, indent=1).encode() + b"\n")


def from_folder(folder: Path, *, demo: bool) -> Files:
    """Return the files that a folder holds; what is not there is None, as if the site did not answer."""

    def read_tile(level: int, index: int, width: int) -> bytes:
        path = tile_path(level, index, width)
        content = found(folder, path)
        if content is None:
            raise NotServed(path)
        return content

    return Files(
        key_set=found(folder, KEYS),
        status_token=found(folder, STATUS),
        checkpoint=found(folder, HEAD),
        pending=lambda: found(folder, PENDING),
        demo=lambda: demo,
        changes=lambda: found(folder, changes.PATH),
        read_tile=read_tile,
        seal=lambda: found(folder, sealroots.PATH),
    )


def tile_path(level: int, index: int, width: int) -> str:
    """Return where a tile of hashes is served, and saved."""
    return f"/log/tile/{tiles.tile_path(level, index, width)}"


def write(folder: Path, path: str, content: bytes) -> None:
    """Write a file in one step; what lay there, or what a link there names, stays as it is until then.

    Raises OSError.
    """
    place = _place(folder, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{place.name}.", suffix=".baru", dir=place.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        beside.chmod(0o644)
        beside.replace(place)
    except BaseException:
        beside.unlink()
        raise


def found(folder: Path, path: str) -> bytes | None:
    """Return a file of the folder, or None where it cannot be read."""
    try:
        return read(folder, path)
    except OSError:
        return None


def read(folder: Path, path: str) -> bytes:
    """Return a file of the folder, no more than is fetched of one; OSError also of what is no file, like a pipe."""
    descriptor = os.open(_place(folder, path), os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(path)
        return file.read(publicfiles.LARGEST)


def _place(folder: Path, path: str) -> Path:
    return folder / NAMES.get(path, path.removeprefix("/"))
