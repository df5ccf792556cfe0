"""The published files of a site in a folder: saved once, read where there is no network.

    FOLDER/pakta-situs.json                 whose they are, and when they were saved
    FOLDER/.well-known/pakta-keys.json      and all others under the paths at which the site serves them:
           .well-known/pakta-seal.json  s/0  s/0.alasan  log/checkpoint  log/pending  log/tile/…

Only tiles of hashes are saved, which name nobody: every certificate's place can be proved from them, and nobody can
see from what was saved which one was looked for.  Nothing in them is trusted: the verdict checks all of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pakta.core import keyset, note, tiles
from pakta.core.errors import Reason, Refusal
from pakta.monitor.findings import Lie, Unread
from pakta.monitor.site import Site
from pakta.verification import changes, publicfiles, sealroots
from pakta.verification.publicfiles import Files, NotServed

SITE = "pakta-situs.json"
KEYS, STATUS, HEAD, PENDING = "/.well-known/pakta-keys.json", "/s/0", "/log/checkpoint", "/log/pending"
NEEDED, HELPFUL = (KEYS, STATUS, HEAD), (PENDING, sealroots.PATH, changes.PATH)
NAMES = {changes.PATH: "s/0.alasan"}  # no folder can stand where the file s/0 does
PATIENCE, LIMIT = 20.0, 3600.0  # seconds for one file, and for all


@dataclass(frozen=True, slots=True)
class Saved:
    """Whose files a folder holds, when they were saved, and whether the site is a demonstration."""

    origin: str
    at: datetime
    demo: bool


class NotSaved(Exception):
    """Nothing was saved; the message says why, and what to do."""


def read_site(folder: Path) -> Saved:
    """Return what a folder says of itself.

    Raises ValueError where the folder does not say so, and OSError where it cannot be read.
    """
    told: Any = json.loads(_read(folder, SITE))
    try:
        origin, at = str(told["origin"]), datetime.fromisoformat(told["saved_at"])
        return Saved(origin, at.astimezone(UTC), told["demo"] is True)
    except (KeyError, TypeError) as error:
        raise ValueError(SITE) from error


def from_folder(folder: Path, *, demo: bool) -> Files:
    """Return the files that a folder holds; what is not there is None, as if the site did not answer."""

    def read_tile(level: int, index: int, width: int) -> bytes:
        path = f"log/tile/{tiles.tile_path(level, index, width)}"
        found = _found(folder, path)
        if found is None:
            raise NotServed(path)
        return found

    return Files(
        key_set=_found(folder, KEYS),
        status_token=_found(folder, STATUS),
        checkpoint=_found(folder, HEAD),
        pending=lambda: _found(folder, PENDING),
        demo=lambda: demo,
        changes=lambda: _found(folder, changes.PATH),
        read_tile=read_tile,
        seal=lambda: _found(folder, sealroots.PATH),
    )


def save(folder: Path, *, origin: str, now: datetime) -> int:
    """Save what verdicts need from the site at `origin`, and return how many files that were.

    All is fetched before a byte is written, but for the tiles, which never change.  Over an earlier copy of the same
    site, a key set that does not follow from the kept one is refused.

    Raises NotSaved, and OSError where the folder cannot be written.
    """
    try:
        with closing(Site(origin, patience=PATIENCE, limit=LIMIT)) as site:
            found = dict(_fetched(site))
            _check(folder, found[KEYS], host=site.host)
            count = sum(_save_tile(folder, site, place) for place in sorted(_tiles(found)))
            ribbon = publicfiles.RIBBON in (site.get("/v") or b"")
            for path, content in found.items():
                _write(folder, path, content)
            told = {"origin": site.origin, "saved_at": now.isoformat(timespec="seconds"), "demo": ribbon}
            _write(folder, SITE, json.dumps(told, indent=1).encode() + b"\n")
    except (Unread, Lie) as error:
        raise NotSaved(f"Tidak semua berkas dapat diambil dari {origin}. Coba lagi.") from error
    except Refusal as refusal:
        raise NotSaved(f"Yang disajikan {origin} tidak dapat dipakai ({refusal.reason.value}).") from refusal
    return count + len(found) + 1


def _fetched(site: Site) -> Iterator[tuple[str, bytes]]:
    for path in (*NEEDED, *HELPFUL):
        content = site.get(path, largest=publicfiles.LARGEST)
        if content is not None:
            yield path, content
        elif path in NEEDED:
            raise NotSaved(f"{site.origin} tidak menyajikan {path}: bukan situs Pakta, atau belum ada yang terbit.")


def _check(folder: Path, text: bytes, *, host: str) -> None:
    """Hold a key set to the one that the folder has; refuses as `keyset.verify` and `verify_continues` do."""
    kept = _found(folder, KEYS)
    known = keyset.parse(kept) if kept is not None else None
    if known is not None and known.issuer != host:
        raise Refusal(Reason.KEYSET_OTHER)
    found = keyset.verify(text, host=host, not_before=known.version if known else 0)
    if known is not None:
        keyset.verify_continues(found, known=known)


def _tiles(found: dict[str, bytes]) -> set[tuple[int, int, int]]:
    """Return the tiles of hashes of every head that was fetched."""
    sizes = {_size(found[path]) for path in (HEAD, PENDING) if path in found}
    return {place for size in sizes for place in tiles.tiles_for(0, size)}


def _size(text: bytes) -> int:
    return note.parse_checkpoint(text.partition(b"\n\n")[0] + b"\n").size


def _save_tile(folder: Path, site: Site, place: tuple[int, int, int]) -> bool:
    """Save a tile that is not there yet, and say whether it was saved now."""
    level, index, width = place
    path = f"log/tile/{tiles.tile_path(level, index, width)}"
    if _found(folder, path) is not None:
        return False
    _write(folder, path, site.tile(level, index, width))
    return True


def _place(folder: Path, path: str) -> Path:
    return folder / NAMES.get(path, path.removeprefix("/"))


def _write(folder: Path, path: str, content: bytes) -> None:
    place = _place(folder, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f"{place.name}.baru")
    beside.write_bytes(content)
    beside.replace(place)


def _read(folder: Path, path: str) -> bytes:
    with _place(folder, path).open("rb") as file:
        return file.read(publicfiles.LARGEST)


def _found(folder: Path, path: str) -> bytes | None:
    try:
        return _read(folder, path)
    except OSError:
        return None
