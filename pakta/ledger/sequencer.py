"""The sequencer: builds tiles over committed entries and signs a checkpoint, stored before it is served."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pakta.config import Config
from pakta.core import merkle, note, tiles
from pakta.core.errors import Reason, Refusal
from pakta.keyring import Keyring
from pakta.ledger import service
from pakta.ledger.models import Checkpoint, Tile

MOST_AT_ONCE = 65_536  # entries under one new checkpoint: bounds the memory of a first run over a large log


def sequence(session: Session, *, keyring: Keyring, config: Config, now: datetime) -> Checkpoint | None:
    """Sign a checkpoint over all recorded entries; return it, or None where nothing is new.

    Refuses with LEDGER_REWOUND where fewer entries are recorded than were signed, and with
    LEDGER_CHANGED where the tiles do not lead to the root that was signed last.
    """
    service.lock(session)
    last = newest_checkpoint(session)
    old, size = last.size if last else 0, service.size(session)
    if size < old:
        raise Refusal(Reason.LEDGER_REWOUND, f"{size} < {old}")
    if size == old:
        return None
    if last is not None and tiles.root_from_tiles(old, reader(session)) != last.root:
        raise Refusal(Reason.LEDGER_CHANGED, str(old))
    while old < size:
        step = min(size, old + MOST_AT_ONCE)
        _build(session, old, step)
        old = step
    root = tiles.root_from_tiles(size, reader(session))
    return _store(session, size=size, root=root, keyring=keyring, config=config, now=now)


def newest_checkpoint(session: Session) -> Checkpoint | None:
    """Return the newest signed head, or None before the first one."""
    return session.execute(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).scalar_one_or_none()


def covering_checkpoint(session: Session, *, index: int) -> Checkpoint | None:
    """Return the first signed head that covers an entry, or None while none does."""
    return session.execute(
        select(Checkpoint).where(Checkpoint.size > index).order_by(Checkpoint.size).limit(1)
    ).scalar_one_or_none()


def stored_tile(session: Session, *, level: int, index: int, width: int) -> bytes | None:
    """Return the bytes of a tile at exactly this width, cut from a wider one where that is stored; or None."""
    wider = (
        select(Tile.data)
        .where(Tile.level == level, Tile.index == index, Tile.width >= width)
        .order_by(Tile.width)
        .limit(1)
    )
    data = session.execute(wider).scalar_one_or_none()
    if data is None:
        return None
    return _first_entries(data, width) if level == tiles.ENTRIES else data[: width * merkle.HASH_LENGTH]


def reader(session: Session) -> tiles.ReadTile:
    """Return a function that reads hash tiles for the core; it refuses with TILE_MISSING."""
    known: dict[tuple[int, int, int], bytes] = {}

    def read(level: int, index: int, width: int) -> bytes:
        key = (level, index, width)
        if key not in known:
            data = stored_tile(session, level=level, index=index, width=width)
            if data is None:
                raise Refusal(Reason.TILE_MISSING, tiles.tile_path(level, index, width))
            known[key] = data
        return known[key]

    return read


def _first_entries(bundle: bytes, width: int) -> bytes:
    return tiles.entry_bundle(tiles.parse_entry_bundle(bundle)[:width])


def _build(session: Session, old: int, size: int) -> None:
    """Store every bundle and tile that the growth from `old` to `size` adds or widens."""
    made: dict[tuple[int, int], list[bytes]] = {}
    rows: list[Mapping[str, object]] = []
    for index, width in tiles.bundles_for(old, size):
        first = index * tiles.WIDTH
        entries = service.entries(session, first=first, last=first + width)
        if len(entries) != width:
            raise Refusal(Reason.LEDGER_CHANGED, str(first))
        made[0, index] = [merkle.leaf_hash(each) for each in entries]
        rows.append(_row(tiles.ENTRIES, index, width, tiles.entry_bundle(entries)))
    for level, index, width in tiles.tiles_for(old, size):
        if level > 0:
            made[level, index] = _from_below(session, made, level, index, width)
        rows.append(_row(level, index, width, b"".join(made[level, index])))
    session.execute(insert(Tile), rows)
    session.flush()


def _from_below(
    session: Session, made: Mapping[tuple[int, int], list[bytes]], level: int, index: int, width: int
) -> list[bytes]:
    """Return the hashes of a tile: each the root of one full tile of the level below."""
    hashes = []
    for at in range(index * tiles.WIDTH, index * tiles.WIDTH + width):
        below = made.get((level - 1, at))
        if below is None:
            data = stored_tile(session, level=level - 1, index=at, width=tiles.WIDTH)
            if data is None:
                raise Refusal(Reason.TILE_MISSING, tiles.tile_path(level - 1, at, tiles.WIDTH))
            below = tiles.hashes_of(data)
        hashes.append(merkle.root(below))
    return hashes


def _row(level: int, index: int, width: int, data: bytes) -> Mapping[str, object]:
    return {"level": level, "index": index, "width": width, "data": data}


def _store(
    session: Session, *, size: int, root: bytes, keyring: Keyring, config: Config, now: datetime
) -> Checkpoint:
    name = service.origin(config)
    body = note.checkpoint_body(origin=name, size=size, root=root)
    signed = note.sign(body, name=name, public_key=keyring.ledger.public_bytes, sign=keyring.ledger.sign)
    row = Checkpoint(size=size, root=root, note=signed, signed_at=now)
    session.add(row)
    session.flush()
    return row
