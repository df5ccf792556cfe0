"""Key sets: each against its entry, the set before it, the ledger that it speaks of, and the keys at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import LargeBinary, func, select
from sqlalchemy.orm import Session

from pakta.certificates import compromise
from pakta.certificates.models import KeySet
from pakta.core import keyset
from pakta.core.errors import Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.ledger.check import Finding
from pakta.ledger.models import Absence, Entry
from pakta.selfcheck import entries

Keys = Mapping[bytes, ec.EllipticCurvePublicKey]


def check(session: Session, *, issuer_keys: Keys, host: str) -> Iterator[Finding]:
    """Yield what does not agree in the key sets.

    issuer_keys  the keys of the keyring, retired ones too
    """
    rows = _rows(session)
    at = entries.at_indexes(session, (row.ledger_index for row in rows))
    before: keyset.KeySet | None = None
    lost = _lost(session)
    for place, row in enumerate(rows, 1):
        where, expected = f"key set {row.version}", place + sum(index < row.ledger_index for index in lost)
        if row.version != expected:
            yield Finding(where, f"version {expected} is missing")
        try:
            found = keyset.verify(row.text, host=host)
        except Refusal as refusal:
            yield Finding(where, f"is not to be trusted ({refusal.reason})")
            continue
        if found.version != row.version:
            yield Finding(where, f"its text is of version {found.version}")
        yield from entries.compare(
            where, index=row.ledger_index, entered=at.get(row.ledger_index), kind=EntryKind.KEY_SET,
            payload=found.payload, at=row.published_at,
        )  # fmt: skip
        yield from _continues(where, found, before)
        before = found
    if before is not None:
        yield from _newest(session, before, issuer_keys=issuer_keys)
    claimed = {row.ledger_index for row in rows}
    yield from entries.unclaimed(session, kinds=(EntryKind.KEY_SET,), claimed=claimed, what="key set")


def given_up(session: Session) -> Mapping[object, int]:
    """Return at which entry each lost issuer key was marked as lost."""
    found: dict[object, int] = {}
    for row in _rows(session):
        try:
            for kid in keyset.parse(row.text).compromised:
                found.setdefault(kid, row.ledger_index)
        except Refusal:
            continue  # named by `check`
    return found


def _lost(session: Session) -> Sequence[int]:
    """Return the entries of key sets that came back from a copy without their texts; versions count them."""
    of_kind = func.substr(Entry.entry, 2, 1, type_=LargeBinary) == bytes((EntryKind.KEY_SET,))
    found = select(Entry.index).join(Absence, Absence.index == Entry.index).where(of_kind)
    return session.execute(found.where(Absence.cause == "replayed")).scalars().all()


def _rows(session: Session) -> Sequence[KeySet]:
    return session.execute(select(KeySet).order_by(KeySet.version)).scalars().all()


def _continues(where: str, found: keyset.KeySet, before: keyset.KeySet | None) -> Iterator[Finding]:
    if before is None:
        return
    try:
        keyset.verify_continues(found, known=before)
    except Refusal:
        yield Finding(where, "no key of the set before vouches for the one that signed it")
    if not set(before.issuer_keys) <= set(found.issuer_keys):
        yield Finding(where, "lacks a key of the set before")
    if not set(before.compromised) <= set(found.compromised):
        yield Finding(where, "trusts a key that the set before gave up")


def _newest(session: Session, found: keyset.KeySet, *, issuer_keys: Keys) -> Iterator[Finding]:
    where = f"key set {found.version}"
    if set(found.issuer_keys) != set(issuer_keys):
        yield Finding(where, "its keys are not those of the keyring")
    for kid, lost in found.compromised.items():
        try:
            root = compromise.root_at(session, size=lost.size)
        except Refusal as refusal:
            yield Finding(where, f"the root under which key {kid.hex()} holds cannot be made ({refusal.reason})")
            continue
        if root != lost.root:
            yield Finding(where, f"the root under which key {kid.hex()} holds is not the ledger's at {lost.size}")
