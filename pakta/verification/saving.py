"""Saves the published files of a site into a folder (`savedfiles`), for verdicts where there is no network.

Only tiles of hashes are saved, which name nobody: every certificate's place can be proved from them, and nobody can
see from what was saved which one was looked for.

All is checked before a byte is written, and what is saved later must go on from what was saved before, for else
whoever serves it could take back a revocation:

    key set      signed, not older than the kept one, and vouched for by a key that the kept one trusts
    status list  signed, in date, and not older than the kept one
    ledger       heads signed by the key set's ledger key; they begin with the kept ones, and are no shorter
    tiles        each leads to the newest head
    seal roots   unsigned: what the kept file calls lost stays lost
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pakta.core import cose, keyset, merkle, note, status, tiles
from pakta.core.errors import Reason, Refusal
from pakta.core.keyset import KeySet
from pakta.core.note import Checkpoint
from pakta.core.tiles import WIDTH, ReadTile
from pakta.monitor.findings import Lie, Unread
from pakta.monitor.site import Site
from pakta.verification import changes, publicfiles, savedfiles, sealroots
from pakta.verification.savedfiles import HEAD, KEYS, PENDING, STATUS, Saved
from pakta.web.language import sentence

NEEDED, HELPFUL = (KEYS, STATUS, HEAD), (PENDING, sealroots.PATH, changes.PATH)
PATIENCE, LIMIT = 20.0, 3600.0  # seconds for one file, and for all
LONGEST = 100_000_000  # entries of a ledger: 3.2 GB of tiles, as many as fit the time
Tile = tuple[int, int, int]
Heads = Mapping[str, Checkpoint]

ABSENT = "{origin} tidak menyajikan {path}: bukan situs Pakta, atau belum ada yang terbit."
SAFE = sentence("Tidak ada yang disimpan, dan salinan yang lama tetap seperti semula.")
FORKED = (
    "Buku catatan bercabang: yang disajikan {origin} bukan kelanjutan dari yang ada di folder. {safe} Jangan percaya"
    " salah satunya sebelum kota menjelaskan; sebagai bukti, simpan juga yang baru ke folder lain."
)
SHORTER = "Buku catatan yang disajikan {origin} lebih pendek daripada yang ada di folder. {safe} Coba lagi nanti."
RENAMED = (
    "Buku catatan {origin} berganti nama atau kunci. {safe} Tanyakan kepada kota; jika benar, pakai folder yang baru."
)
TOO_LONG = "Buku catatan {origin} menyebut {size} catatan, lebih dari yang dapat disimpan. {safe}"


class NotSaved(Exception):
    """Nothing was saved; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """What was checked of some files: the key set, when the status list was issued, and the heads by their paths."""

    keys: KeySet
    status_at: int
    heads: Heads


def save(folder: Path, *, origin: str, now: datetime) -> int:
    """Save what verdicts need from the site at `origin`, and return how many files that were.

    Raises NotSaved, Refusal where something served does not hold, and OSError where the folder cannot be written.
    """
    try:
        with closing(Site(origin, patience=PATIENCE, limit=LIMIT, agent=publicfiles.AGENT)) as site:
            served = dict(_fetched(site))
            roots = served.pop(sealroots.PATH, None)
            kept = _kept(folder, site)
            new = _checked(served, kept, site=site, now=now)
            edges = _held(new.heads, kept.heads if kept else {}, site=site)
            demo = publicfiles.RIBBON in (site.get("/v") or b"")
            count = _save_tiles(folder, site, _newest(new.heads), edges)
    except (Unread, Lie) as error:
        raise NotSaved(
            sentence("Tidak semua berkas dapat diambil dari {origin}. Coba lagi.", origin=origin)
        ) from error
    files = {**served, **_with_lost(roots, savedfiles.found(folder, sealroots.PATH))}
    for path, content in files.items():
        savedfiles.write(folder, path, content)
    savedfiles.write_site(folder, Saved(site.origin, now, demo, new.keys.version, new.status_at))
    return count + len(files) + 1


def _fetched(site: Site) -> Iterator[tuple[str, bytes]]:
    for path in (*NEEDED, *HELPFUL):
        content = site.get(path, largest=publicfiles.LARGEST)
        if content is not None:
            yield path, content
        elif path in NEEDED:
            raise NotSaved(sentence(ABSENT, origin=site.origin, path=path))


def _kept(folder: Path, site: Site) -> _Copy | None:
    """Return what the folder has, or None where it has nothing yet; refuses to go on from what does not hold."""
    texts = {path: content for path in (*NEEDED, PENDING) if (content := savedfiles.found(folder, path)) is not None}
    if KEYS not in texts:
        return None
    try:
        keys = keyset.verify(texts[KEYS], host=site.host)
        listed = _issued_at(texts[STATUS]) if STATUS in texts else 0
        return _Copy(keys, max(listed, _noted(folder)), _heads(texts, keys))
    except Refusal as refusal:
        if refusal.reason is Reason.KEYSET_OTHER:
            raise NotSaved(
                sentence(
                    "Folder ini berisi berkas situs lain, bukan {origin}. Pakai folder lain.", origin=site.origin
                )
            ) from refusal
        raise NotSaved("Salinan yang lama di folder ini rusak. Pakai folder lain.") from refusal


def _noted(folder: Path) -> int:
    """Return when the newest list was issued by the folder's own word."""
    try:
        return savedfiles.read_site(folder).newest_status
    except (OSError, ValueError):
        return 0


def _issued_at(token: bytes) -> int:
    """Return when a list was issued that was checked when it was saved, and may be out of date by now."""
    found = cose.parse(token)
    return status.read(cose.sig_structure(protected=found.protected, payload=found.payload)).issued_at


def _heads(texts: Mapping[str, bytes], keys: KeySet) -> Heads:
    """Return the heads among these files, signed by the ledger's key."""
    found = {}
    for path in (HEAD, PENDING):
        if path in texts:
            head = note.parse_checkpoint(note.verify(texts[path], verifier_key=keys.log_vkey))
            if head.origin != keys.log_origin:
                raise Refusal(Reason.OTHER_LOG)
            found[path] = head
    return found


def _checked(served: Mapping[str, bytes], kept: _Copy | None, *, site: Site, now: datetime) -> _Copy:
    """Check what is signed by itself, and hold it to the kept copy."""
    keys = keyset.verify(served[KEYS], host=site.host, not_before=kept.keys.version if kept else 0)
    if kept is not None:
        keyset.verify_continues(keys, known=kept.keys)
        if (keys.log_origin, keys.log_vkey) != (kept.keys.log_origin, kept.keys.log_vkey):
            raise NotSaved(sentence(RENAMED, origin=site.origin, safe=SAFE))
    listed = status.verify(
        served[STATUS], issuer_keys=keys.sound_keys, uri=f"{site.origin}{STATUS}", now=now,
        not_before=kept.status_at if kept else 0,
    )  # fmt: skip
    return _Copy(keys, listed.issued_at, _heads(served, keys))


def _held(new: Heads, kept: Heads, *, site: Site) -> Mapping[Tile, bytes]:
    """Check that all heads are of one ledger that only grew; return the tiles at the right edge of the new ones.

    That the roots of both new heads follow from the same tiles says that the later one goes on from the other.
    """
    newest = _newest(new)
    if newest.size > LONGEST:
        raise NotSaved(sentence(TOO_LONG, origin=site.origin, size=str(newest.size), safe=SAFE))
    if any(each.size > newest.size for each in kept.values()) or (HEAD in kept and new[HEAD].size < kept[HEAD].size):
        raise NotSaved(sentence(SHORTER, origin=site.origin, safe=SAFE))
    read = tiles.of_earlier(newest.size, site.read_tile)
    edges = {place: content for head in new.values() for place, content in _edge(head, read).items()}
    for each in kept.values():
        _check_begins(each, newest, read, origin=site.origin)
    return edges


def _newest(heads: Heads) -> Checkpoint:
    return max(heads.values(), key=lambda head: head.size)


def _edge(head: Checkpoint, read: ReadTile) -> Mapping[Tile, bytes]:
    """Return the tiles of a head that are not whole, from which its root follows; refuses with ROOT_DIFFERS."""
    found, level, count = {}, 0, head.size
    while count:
        if count % WIDTH:
            place = (level, count // WIDTH, count % WIDTH)
            found[place] = read(*place)
        level, count = level + 1, count // WIDTH
    if tiles.root_from_tiles(head.size, lambda *place: found[place]) != head.root:
        raise Refusal(Reason.ROOT_DIFFERS)
    return found


def _check_begins(earlier: Checkpoint, newest: Checkpoint, read: ReadTile, *, origin: str) -> None:
    """Check that the ledger of the newest head begins with that of an earlier one."""
    try:
        path = tiles.consistency_path_from_tiles(earlier.size, newest.size, read)
        merkle.verify_consistency(
            old_size=earlier.size, new_size=newest.size, old_root=earlier.root, new_root=newest.root, path=path
        )
    except Refusal as refusal:
        raise NotSaved(sentence(FORKED, origin=origin, safe=SAFE)) from refusal


def _save_tiles(folder: Path, site: Site, newest: Checkpoint, edges: Mapping[Tile, bytes]) -> int:
    """Save the tiles, each held to the one above it, and return how many were not there yet."""
    count = sum(_save_tile(folder, place, content) for place, content in edges.items())
    level = 0
    while newest.size >> tiles.TILE_HEIGHT * (level + 1):
        level += 1
    for below in reversed(range(level)):
        count += sum(_save_whole(folder, site, *place) for place in _whole(folder, newest.size, below))
    return count


def _save_tile(folder: Path, place: Tile, content: bytes) -> bool:
    path = savedfiles.tile_path(*place)
    if savedfiles.found(folder, path) == content:
        return False
    savedfiles.write(folder, path, content)
    return True


def _whole(folder: Path, size: int, level: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield level, index and hash of the whole tiles of a level, by the tiles above them, which are saved."""
    count = size >> tiles.TILE_HEIGHT * (level + 1)
    for at in range(0, count, WIDTH):
        above = savedfiles.read(folder, savedfiles.tile_path(level + 1, at // WIDTH, min(WIDTH, count - at)))
        yield from ((level, index, expected) for index, expected in enumerate(tiles.hashes_of(above), at))


def _save_whole(folder: Path, site: Site, level: int, index: int, expected: bytes) -> bool:
    """Save a whole tile that is not there yet, and say whether it was saved now; refuses with TILE_MALFORMED."""
    place = (level, index, WIDTH)
    if _makes(savedfiles.found(folder, savedfiles.tile_path(*place)), expected):
        return False
    content = site.tile(*place)
    if not _makes(content, expected):
        raise Refusal(Reason.TILE_MALFORMED)
    return _save_tile(folder, place, content)


def _makes(tile: bytes | None, expected: bytes) -> bool:
    """Say whether a whole tile's hashes lead to this one."""
    whole = WIDTH * merkle.HASH_LENGTH
    return tile is not None and len(tile) == whole and merkle.root(tiles.hashes_of(tile)) == expected


def _with_lost(served: bytes | None, kept: bytes | None) -> dict[str, bytes]:
    """Return the file of seal roots to be saved, if any: the served one, with what the kept one calls lost."""
    (own, lost), (_, lost_before) = sealroots.read(served), sealroots.read(kept)
    if not own:
        return {}
    return {
        sealroots.PATH: sealroots.build(root=own[0], earlier=own[1:], lost=[*dict.fromkeys((*lost, *lost_before))])
    }
