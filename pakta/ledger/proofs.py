"""Inclusion proofs out of the stored tiles."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pakta.core import proof, tiles
from pakta.ledger import heads, storedtiles
from pakta.ledger.models import Checkpoint
from pakta.ledger.witnessing import Handed

Head = Checkpoint | Handed


def newest(session: Session) -> Checkpoint | None:
    """Return the newest signed head, or None before the first one."""
    return heads.newest(session)


def inclusion(session: Session, *, index: int, checkpoint: Head) -> list[bytes]:
    """Return the path from an entry to a checkpoint's root.

    Refuses with INDEX_OUTSIDE where the checkpoint does not cover the entry, or TILE_MISSING.
    """
    return tiles.inclusion_path_from_tiles(index, checkpoint.size, storedtiles.reader(session))


def consistency(session: Session, *, old: Head, new: Head) -> list[bytes]:
    """Return the path from one checkpoint to a later one; refuses with SIZE_OUTSIDE or TILE_MISSING."""
    return tiles.consistency_path_from_tiles(old.size, new.size, storedtiles.reader(session))


def tlog_proof(session: Session, *, index: int, checkpoint: Head) -> bytes:
    """Return the proof file (C2SP tlog-proof) of an entry under a checkpoint; refuses as `inclusion` does."""
    path = inclusion(session, index=index, checkpoint=checkpoint)
    return proof.make(index=index, path=path, checkpoint=checkpoint.note)
