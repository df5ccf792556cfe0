"""What outside witnesses have cosigned: kept, counted, and put into the heads that are handed out.

Rules    A cosignature is stored only after it was checked (`rules.judge`), and counts for its size only.
         What counts is what witnesses of the present policy have said, under their present names; a head is
         witnessed once they are its quorum.  With a policy, what is handed out is a witnessed head; without one,
         the newest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Select, Table, delete, insert, select
from sqlalchemy.orm import Session

from pakta.core import policy as policies
from pakta.core import submission, tiles
from pakta.core.policy import Policy, Witness
from pakta.ledger import gate, heads, storedtiles
from pakta.ledger.models import Checkpoint, Cosignature, WitnessedHead, WitnessState
from pakta.ledger.rules import TROUBLES, Cosigned, Holds, Outcome, Trouble, shown

COSIGNATURES, WITNESSED = cast(Table, Cosignature.__table__), cast(Table, WitnessedHead.__table__)
CHUNK = 4096  # rows read at once
MOST_NAMES = 5  # named on a certificate
NOBODY = "belum ada saksi luar"


@dataclass(frozen=True, slots=True)
class Handed:
    """A head as it is handed out, its note with the cosignatures of the policy's witnesses.

    at         the time that counts: since when it has its quorum; ours where no quorum is asked for or reached
    witnesses  who has cosigned it, by their names in the policy
    """

    size: int
    root: bytes
    note: bytes
    signed_at: datetime
    at: datetime
    witnesses: tuple[str, ...] = ()


def newest(session: Session, *, policy: Policy | None) -> Handed | None:
    """Return the newest head that readers get: with a policy the newest witnessed one."""
    if policy is None:
        return _plain(heads.newest(session))
    return _witnessed(session, policy, _newest_size(session, policy))


def pending(session: Session, *, policy: Policy | None) -> Handed | None:
    """Return the newest signed head with what cosignatures it has so far."""
    head = heads.newest(session)
    return _plain(head) if head is None or policy is None else _with_cosignatures(session, head, policy)


def covering(session: Session, *, index: int, policy: Policy | None) -> Handed | None:
    """Return the first head that covers an entry and, with a policy, is witnessed: its "paling lambat"; or None."""
    if policy is None:
        return _plain(heads.covering(session, index=index))
    wanted = _of(policy).where(WITNESSED.c.size > index).order_by(WITNESSED.c.size).limit(1)
    return _witnessed(session, policy, session.execute(wanted).scalar_one_or_none())


def note_of(session: Session, head: Checkpoint, *, policy: Policy) -> bytes:
    """Return a head's note with the cosignatures that a policy's witnesses have given for it."""
    return _with_cosignatures(session, head, policy).note


def named(head: Handed, *, policy: Policy | None) -> str:
    """Return in words who has cosigned a head, for pages and documents."""
    if policy is None:
        return NOBODY
    names = [*head.witnesses[:MOST_NAMES], *(["dan lainnya"] if len(head.witnesses) > MOST_NAMES else [])]
    return f"{len(head.witnesses)} dari {len(policy.witnesses)} saksi" + (f": {', '.join(names)}" if names else "")


def by_whom(policy: Policy | None) -> str:
    """Return in words whose time a handed out head carries."""
    return "buku catatan" if policy is None else "saksi"


def is_witnessed(session: Session, *, size: int, policy: Policy) -> bool:
    """Say whether a head has the quorum of a policy."""
    return session.execute(_of(policy).where(WITNESSED.c.size == size)).first() is not None


def states(session: Session, *, policy: Policy) -> Mapping[str, WitnessState | None]:
    """Return what is known of each witness of a policy, by name; None of one that was never asked."""
    found = {row.key: row for row in session.execute(select(WitnessState)).scalars()}
    return {name: found.get(key) for key, name in gate.names_by_key(policy).items()}


def may_begin(session: Session, *, policy: Policy | None) -> bool:
    """Say whether the first head may be signed: a quorum has said what it holds.  True for any later head.

    What is asked is what the gate asks at a start (`gate.awaited`), of whenever it was said.
    """
    if policy is None or heads.newest(session) is not None:
        return True
    return not gate.awaited(session.connection(), policy=policy, since=gate.EVER)


@dataclass(frozen=True, slots=True)
class Report:
    """A witness as a page shows it; trouble: what is wrong in words, empty where nothing is."""

    name: str
    asked: bool
    size: int
    answered_at: datetime | None
    trouble: str


def report(session: Session, *, policy: Policy, fill: Callable[..., str]) -> list[Report]:
    """Return how each witness of a policy stands; `fill` fills the blanks of a text."""
    return [_report(policy.witnesses[name], state, fill) for name, state in states(session, policy=policy).items()]


def _report(witness: Witness, state: WitnessState | None, fill: Callable[..., str]) -> Report:
    if state is None:
        return Report(shown(witness.name), bool(witness.url), 0, None, "")
    words = fill(TROUBLES[Trouble(state.trouble)], claimed=str(state.claimed)) if state.trouble else ""
    return Report(shown(witness.name), bool(witness.url), state.size, state.answered_at, words)


def body(session: Session, *, head: Checkpoint, old_size: int) -> bytes:
    """Return what is sent to a witness that is thought to know the head over `old_size` entries.

    Refuses with SIZE_OUTSIDE where that is larger than the head, or TILE_MISSING.
    """
    path = tiles.consistency_path_from_tiles(old_size, head.size, storedtiles.reader(session))
    return submission.make(old_size=old_size, path=path, checkpoint=head.note)


def record(session: Session, *, witness: Witness, size: int, outcome: Outcome, policy: Policy, now: datetime) -> None:
    """Keep what a witness answered when it was sent the head over `size` entries."""
    key = gate.key_of(witness)
    state = session.get(WitnessState, key)
    if state is None:
        state = WitnessState(key=key, size=0, trouble="")
        session.add(state)
    state.asked_at = now
    if isinstance(outcome, Trouble):
        state.trouble = outcome.value
    else:
        state.answered_at = now
        state.trouble = ""
    if isinstance(outcome, Holds):
        state.claimed = outcome.size
        state.trouble = Trouble.AHEAD.value if outcome.size > size else Trouble.CONFLICT.value
    if isinstance(outcome, Cosigned):
        state.size, state.claimed = max(state.size, size), None
        if size:  # a word for the empty head is no word for any entry
            _store(session, key, witness, size, outcome, policy, now)
    session.flush()


def recount(session: Session, *, policy: Policy) -> int:
    """Find the witnessed heads of a policy that has none yet, as after a change of it; return how many."""
    if session.execute(_of(policy).limit(1)).first() is not None:
        return 0
    fingerprint = gate.fingerprint(policy)
    found = [
        {"policy": fingerprint, "size": size}
        for size, names in _by_size(session, policy)
        if gate.is_quorum(policy, names)
    ]
    if found:
        session.connection().execute(insert(WITNESSED), found)
    return len(found)


def _by_size(session: Session, policy: Policy) -> Iterator[tuple[int, list[str]]]:
    known = gate.names_by_vkey(policy)
    rows = select(COSIGNATURES.c.size, COSIGNATURES.c.vkey).order_by(COSIGNATURES.c.size)
    size, names = 0, list[str]()
    for row in session.execute(rows.execution_options(yield_per=CHUNK)):
        if row[0] != size:
            yield size, names
            size, names = row[0], []
        names += [known[row[1]]] if row[1] in known else []
    yield size, names


def _store(
    session: Session, key: bytes, witness: Witness, size: int, found: Cosigned, policy: Policy, now: datetime
) -> None:
    """Keep a cosignature and see whether the head has its quorum now; of two by one witness the first stays.

    Where the key has another name by now, its line under the old one gives way: no reader of this policy counts it.
    """
    head = session.get_one(Checkpoint, size, with_for_update=True)  # one at a time, or two would each miss the other
    held = session.get(Cosignature, (size, key))
    if held is not None and held.vkey != witness.vkey:
        session.execute(delete(WitnessedHead).where(WitnessedHead.size == size))
        session.delete(held)
        session.flush()
        held = None
    if held is None:
        row = Cosignature(size=size, key=key, witness=shown(witness.name), vkey=witness.vkey, line=found.line)
        row.cosigned_at, row.received_at = found.at, now
        session.add(row)
        session.flush()
    names = [name for name, _ in _cosignatures(session, head.size, policy)]
    if gate.is_quorum(policy, names) and not is_witnessed(session, size=size, policy=policy):
        session.add(WitnessedHead(policy=gate.fingerprint(policy), size=size))


def _of(policy: Policy) -> Select[Any]:
    return select(WITNESSED.c.size).where(WITNESSED.c.policy == gate.fingerprint(policy))


def _newest_size(session: Session, policy: Policy) -> int | None:
    wanted = _of(policy).order_by(WITNESSED.c.size.desc()).limit(1)
    found: int | None = session.execute(wanted).scalar_one_or_none()
    return found


def _witnessed(session: Session, policy: Policy, size: int | None) -> Handed | None:
    return None if size is None else _with_cosignatures(session, session.get_one(Checkpoint, size), policy)


def _with_cosignatures(session: Session, head: Checkpoint, policy: Policy) -> Handed:
    found = _cosignatures(session, head.size, policy)
    names = tuple(name for name, _ in found)
    times = {name: row.cosigned_at for name, row in found}
    since = policies.since(policy, times={name: int(at.timestamp()) for name, at in times.items()})
    at = head.signed_at if since is None else datetime.fromtimestamp(since, UTC)
    note = head.note + b"".join(row.line for _, row in found)
    return Handed(head.size, head.root, note, head.signed_at, at, tuple(map(shown, names)))


def _cosignatures(session: Session, size: int, policy: Policy) -> list[tuple[str, Cosignature]]:
    """Return the cosignatures of a head by witnesses of a policy, in the policy's order."""
    rows = {row.vkey: row for row in session.execute(select(Cosignature).where(Cosignature.size == size)).scalars()}
    return [(name, rows[vkey]) for vkey, name in gate.names_by_vkey(policy).items() if vkey in rows]


def _plain(head: Checkpoint | None) -> Handed | None:
    return None if head is None else Handed(head.size, head.root, head.note, head.signed_at, head.signed_at)
