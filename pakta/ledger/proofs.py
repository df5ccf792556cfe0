"""Inclusion proofs out of the stored tiles."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pakta.core import proof, tiles
from pakta.ledger import sequencer
from pakta.ledger.models import Checkpoint


def covering(session: Session, *, index: int) -> Checkpoint | None:
    """Return the first signed head that covers an entry: the "paling lambat" of its time; or None."""
    return sequencer.covering_checkpoint(session, index=index)


def inclusion(session: Session, *, index: int, checkpoint: Checkpoint) -> list[bytes]:
    """Return the path from an entry to the root of a checkpoint; refuses with INDEX_OUTSIDE or TILE_MISSING."""
    return tiles.inclusion_path_from_tiles(index, checkpoint.size, sequencer.reader(session))


def tlog_proof(session: Session, *, index: int, checkpoint: Checkpoint) -> bytes:
    """Return the proof file (C2SP tlog-proof) of an entry under a checkpoint."""
    path = inclusion(session, index=index, checkpoint=checkpoint)
    return proof.make(index=index, path=path, checkpoint=checkpoint.note)
