"""The published files that a verdict needs, and those that their host serves.

key set, status list, checkpoint, the head that waits for witnesses, and tiles; nothing in them is
trusted until `core.verdict` has checked it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from pakta.core import keyset, merkle, note, tiles
from pakta.core.errors import Refusal
from pakta.core.note import Checkpoint
from pakta.core.tiles import ReadTile
from pakta.core.verdict import Inclusion
from pakta.monitor.findings import Unread
from pakta.monitor.site import Site
from pakta.verification import changes, sealroots
from pakta.web.language import sentence

PATIENCE, LIMIT = 10.0, 40.0  # seconds for one file, and for all that one verdict needs, however slowly they come
LARGEST = 2 * 1_048_576  # bytes of one fetched file
AGENT = "pakta-verify"  # by which name a site is asked
FETCHED = "diambil dari {origin}"
SILENT = "tidak ada; {origin} tidak menjawab (periksa alamat, port, dan sambungannya)"
RIBBON = b'aria-label="Peragaan"'  # in templates/base.html, on every page over invented people


@dataclass(frozen=True, slots=True)
class Files:
    """What is served to everybody; None where it could not be had.

    pending  gives the newest head, which may lack witnesses; asked only where it is needed
    changes  gives the list of what was revoked or suspended, and why; asked only where something was
    demo     says whether all of it is a demonstration with invented people: by the rows, or by the mark on the
             host's own page; False where that page cannot be had
    seal     gives the roots of the seals as the host names them; asked only by whoever does not know them
    """

    key_set: bytes | None
    status_token: bytes | None
    checkpoint: bytes | None
    pending: Callable[[], bytes | None]
    demo: Callable[[], bool]
    changes: Callable[[], bytes | None]
    read_tile: ReadTile
    seal: Callable[[], bytes | None] = lambda: None


class NotServed(Exception):
    """A file could not be fetched."""


@contextmanager
def from_origin(origin: str) -> Iterator[Files]:
    """Give the files as the server at `origin` serves them; it is asked for nothing but what everybody sees.

    Over one connection, without a proxy of the environment.  What is no `https://HOST` serves nothing.
    """
    try:
        site = Site(origin, patience=PATIENCE, limit=LIMIT, agent=AGENT)
    except Unread:
        yield Files(None, None, None, lambda: None, lambda: False, lambda: None, _no_tile)
        return

    def read_tile(level: int, index: int, width: int) -> bytes:
        return _fetch(site, f"/log/tile/{tiles.tile_path(level, index, width)}")

    with closing(site):
        yield Files(
            key_set=_fetched(site, "/.well-known/pakta-keys.json"),
            status_token=_fetched(site, "/s/0"),
            checkpoint=_fetched(site, "/log/checkpoint"),
            pending=lambda: _fetched(site, "/log/pending"),
            changes=lambda: _fetched(site, changes.PATH),
            demo=lambda: RIBBON in (_fetched(site, "/v") or b""),
            read_tile=read_tile,
            seal=lambda: _fetched(site, sealroots.PATH),
        )


def told(found: Files, origin: str) -> str:
    """Return in words where these files came from, for what was asked of `origin`."""
    if found.key_set or found.status_token or found.checkpoint:
        return sentence(FETCHED, origin=origin)
    return sentence(SILENT, origin=origin)


def _no_tile(level: int, index: int, width: int) -> bytes:
    raise NotServed(tiles.tile_path(level, index, width))


def inclusion(files: Files, *, index: int, kid: bytes = b"", waiting: bool = False) -> Inclusion | None:
    """Return the checkpoint, and the path to it from `index` where the tiles really lead there.

    kid      the issuer's key: where the key set says that it was lost, the path to the head stated there, too
    waiting  take the pending head where the checkpoint does not reach `index` and that one does

    Tiles that do not lead to the checkpoint's root prove nothing about the certificate: then
    the path is left out, as where they could not be had.
    """
    text = files.checkpoint
    if waiting and _size(text) <= index:
        pending = files.pending()
        text = pending if _size(pending) > index else text or pending
    if text is None:
        return None
    marked = _marked(files, index, kid, served=_size(text))
    try:
        return Inclusion(text, _path(files.read_tile, _head(text), index), marked)
    except (Refusal, NotServed):
        return Inclusion(text, None, marked)


def _marked(files: Files, index: int, kid: bytes, *, served: int) -> Sequence[bytes] | None:
    """Return the path to the head before which the key set says that this key was sound, where there is one.

    served  the size of the present head: its tiles hold those of every earlier one
    """
    try:
        stated = keyset.parse(files.key_set or b"").compromised.get(kid)
        if stated is None or index >= stated.size:
            return None
        read = tiles.of_earlier(max(served, stated.size), files.read_tile)
        return _path(read, Checkpoint("", stated.size, stated.root), index)
    except (Refusal, NotServed):
        return None


def _head(text: bytes) -> Checkpoint:
    """Read a checkpoint without judging its signature."""
    return note.parse_checkpoint(text.partition(b"\n\n")[0] + b"\n")


def _size(text: bytes | None) -> int:
    """Return how far a checkpoint reaches by its own word."""
    try:
        return _head(text).size if text is not None else 0
    except Refusal:
        return 0


def _path(read_tile: ReadTile, head: Checkpoint, index: int) -> Sequence[bytes]:
    path = tiles.inclusion_path_from_tiles(index, head.size, read_tile)
    leaf = tiles.node(0, index, head.size, read_tile)
    merkle.verify_inclusion(leaf_hash=leaf, index=index, size=head.size, path=path, root=head.root)
    return path


def _fetch(site: Site, path: str) -> bytes:
    try:
        data = site.get(path, largest=LARGEST)
    except Unread as unread:
        raise NotServed(path) from unread
    if data is None:
        raise NotServed(path)
    return data


def _fetched(site: Site, path: str) -> bytes | None:
    try:
        return _fetch(site, path)
    except NotServed:
        return None
