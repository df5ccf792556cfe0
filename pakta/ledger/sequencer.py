"""The sequencer: the one that signs.  It builds tiles over committed entries and signs the next head.

Rules    A head is signed only where the last one carries our signature and the new tree begins with the
         old one, root for root; otherwise nothing is signed: the caller logs why.  Entries of the last,
         unfilled tile are hashed anew from their rows each time.  A head is stored before it is served.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from pakta.config import Config
from pakta.core import merkle, note, tiles
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.keyring import Keyring
from pakta.ledger import copy, gate, heads, kinds, service, storedtiles
from pakta.ledger.models import Checkpoint

SEQUENCER = 7_204_711_804  # an advisory lock beside the writer's, so that appending does not wait for tiles


def sequence(
    session: Session, *, keyring: Keyring, config: Config, now: datetime, returned: bool = False
) -> Checkpoint | None:
    """Sign a head over all recorded entries and return it, or None where nothing is new.

    returned  they have just come back from the copy, and nothing was entered over them: what they are the beginning
              of was signed before, so that no witness need be heard

    Refuses with LEDGER_REWOUND where fewer entries are recorded than were signed, with
    LEDGER_CHANGED where rows and tiles do not lead to the root that was signed last, with
    LEDGER_BEHIND_COPY or LEDGER_BEHIND_WITNESSES, with TILE_MISSING, and as `heads.verify` does where
    the last head is not ours.
    """
    _take(session)
    sure = copy.acknowledged(session.connection())  # before the rows: a writer goes the other way round
    last = heads.newest(session)
    old, size = last.size if last else 0, service.size(session)
    copy.check(sure, head=size)
    if not returned:
        gate.waiting_since(session.connection())
    if size < old:
        raise Refusal(Reason.LEDGER_REWOUND, f"{size} < {old}")
    if size == old:
        return None
    if last is not None:
        heads.verify(last, verifier_key=service.verifier_key(keyring, config))
    storedtiles.grow(session, old=old, size=size)
    read = storedtiles.reader(session)
    if last is not None and tiles.root_from_tiles(old, read) != last.root:
        raise Refusal(Reason.LEDGER_CHANGED, str(old))
    root = tiles.root_from_tiles(size, read)
    signed = _signed(size=size, root=root, keyring=keyring, config=config)
    row = Checkpoint(
        size=size, root=root, note=signed, signed_at=now, kinds=kinds.text(kinds.upto(session, size=size))
    )
    session.add(row)
    session.flush()
    return row


def empty_head(*, keyring: Keyring, config: Config) -> bytes:
    """Return the signed head over no entry, the beginning of every history: what witnesses are asked with at first.

    It forks nothing, and is neither stored nor served.
    """
    return _signed(size=0, root=merkle.EMPTY_ROOT, keyring=keyring, config=config)


def check_name(session: Session, *, config: Config) -> None:
    """Check that what came back brings the ledger to this name where an entry of kind 12 is among it, and only there.

    What was entered under a later name contradicts what was lost under the one before.
    Refuses with LEDGER_RENAMED or LEDGER_NOT_RENAMED.
    """
    last, size, name = heads.newest(session), service.size(session), service.origin(config)
    kind, first = int(EntryKind.LOG_SUCCEEDED), [*heads.earlier_names(name), name][0]
    before, old = (heads.name_of(last.note), last.size) if last else (first, 0)
    renamed = kinds.upto(session, size=size).get(kind, 0) > kinds.upto(session, size=old).get(kind, 0)
    if renamed and before == name:
        raise Refusal(Reason.LEDGER_RENAMED, str(heads.number_of(name) + 1))
    if before != name and not renamed:
        raise Refusal(Reason.LEDGER_NOT_RENAMED, str(heads.number_of(before)))


def _take(session: Session) -> None:
    connection = session.connection()
    if not connection.get_execution_options().get("writing"):
        raise RuntimeError("heads are signed inside database.transaction() only")
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": SEQUENCER})


def _signed(*, size: int, root: bytes, keyring: Keyring, config: Config) -> bytes:
    name = service.origin(config)
    body = note.checkpoint_body(origin=name, size=size, root=root)
    return note.sign(body, name=name, public_key=keyring.ledger.public_bytes, sign=keyring.ledger.sign)
