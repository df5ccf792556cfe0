"""Comparing what is stored about witnesses with what they signed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.core import cosignature
from pakta.core.errors import Refusal
from pakta.core.policy import Policy
from pakta.ledger import gate
from pakta.ledger.check import CHUNK, Finding
from pakta.ledger.models import Checkpoint, Cosignature, WitnessedHead


def check(session: Session, *, policy: Policy | None) -> Iterator[Finding]:
    """Yield each cosignature that does not hold for its head, and each head that is called witnessed and is not."""
    joined = select(Cosignature, Checkpoint.note).outerjoin(Checkpoint, Checkpoint.size == Cosignature.size)
    rows = joined.order_by(Cosignature.size, Cosignature.key).execution_options(yield_per=CHUNK)
    for row, note in session.execute(rows):
        if wrong := _wrong(row, note):
            yield Finding(f"cosignature of {row.witness} over checkpoint {row.size}", wrong)
    if policy is not None:
        yield from _quorums(session, policy)


def _wrong(row: Cosignature, note: bytes | None) -> str:
    if note is None:
        return "there is no such checkpoint"
    try:
        if cosignature.parse_vkey(row.vkey).public_key != row.key:
            return "is stored under another key than its own"
        if cosignature.verify(note + row.line, verifier_key=row.vkey) != int(row.cosigned_at.timestamp()):
            return "was made at another time than its row says"
    except Refusal as refusal:
        return f"does not hold ({refusal.reason})"
    return ""


def _quorums(session: Session, policy: Policy) -> Iterator[Finding]:
    known = gate.names_by_vkey(policy)
    joined = select(WitnessedHead.size, Cosignature.vkey).outerjoin(
        Cosignature, Cosignature.size == WitnessedHead.size
    )
    wanted = joined.where(WitnessedHead.policy == gate.fingerprint(policy)).order_by(WitnessedHead.size)
    names: dict[int, list[str]] = {}
    for size, vkey in session.execute(wanted):
        names.setdefault(size, []).extend([known[vkey]] if vkey in known else [])
    for size, each in names.items():
        if not gate.is_quorum(policy, each):
            yield Finding(f"checkpoint {size}", "is called witnessed, and lacks cosignatures")
