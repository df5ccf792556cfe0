"""Credentials: each row against the bytes that the issuer signed, and its entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from pakta.certificates.models import IssuedCredential
from pakta.config import Config
from pakta.core import cose, credential, number
from pakta.core.errors import Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.ledger.check import Finding
from pakta.ledger.models import Entry, Payload
from pakta.roster.models import Unit
from pakta.selfcheck import entries, keysets
from pakta.selfcheck.keysets import Keys

TABLE = cast(Table, IssuedCredential.__table__)
CHUNK = 1000
AnyRow = Row[*tuple[Any, ...]]


def check(session: Session, *, issuer_keys: Keys, config: Config) -> Iterator[Finding]:
    """Yield what does not agree in the credentials."""
    claimed, units = set(), _unit_names(session)
    given_up = keysets.given_up(session)
    rows = (
        select(*TABLE.columns, Entry.entry, Payload.recorded_at)
        .outerjoin(Entry, Entry.index == TABLE.c.ledger_index)
        .outerjoin(Payload, Payload.index == TABLE.c.ledger_index)
        .order_by(TABLE.c.id)
        .execution_options(yield_per=CHUNK)
    )
    for row in session.execute(rows):
        claimed.add(row.ledger_index)
        where = f"credential {number.spoken(row.number)}"
        yield from entries.compare(
            where, index=row.ledger_index, entered=_entered(row), kind=EntryKind.CREDENTIAL,
            payload=row.to_be_signed, at=row.issued_at,
        )  # fmt: skip
        yield from _signed(where, row, issuer_keys=issuer_keys, config=config, units=units)
        yield from _in_time(where, row, given_up)
    yield from entries.unclaimed(session, kinds=(EntryKind.CREDENTIAL,), claimed=claimed, what="credential")


def _entered(row: AnyRow) -> entries.Entered | None:
    return None if row.entry is None else entries.Entered(row.entry, row.recorded_at)


def _unit_names(session: Session) -> dict[str, set[int]]:
    """Return the units that bear each name, long or short."""
    found: dict[str, set[int]] = {}
    for unit, *names in session.execute(select(Unit.id, Unit.name, Unit.short_name)):
        for name in names:
            found.setdefault(name, set()).add(unit)
    return found


def _signed(
    where: str, row: AnyRow, *, issuer_keys: Keys, config: Config, units: dict[str, set[int]]
) -> Iterator[Finding]:
    if row.cose is None:
        yield Finding(where, "is not signed")
        return
    try:
        found = credential.parse(row.cose)
        cose.verify(cose.parse(row.cose), keys=issuer_keys)
    except Refusal as refusal:
        yield Finding(where, f"its signed bytes are not to be trusted ({refusal.reason})")
        return
    if found.to_be_signed != row.to_be_signed:
        yield Finding(where, "cose and to_be_signed are not the same credential")
    if found.claims.issuer != config.host:
        yield Finding(where, f"was issued as {found.claims.issuer}")
    named = units.get(found.claims.unit, set())
    if named and row.unit_id not in named:  # a unit renamed since then bears the signed name no more
        yield Finding(where, "unit_id is not the unit that was signed")
    for name, signed in _columns(found.claims).items():
        if getattr(row, name) != signed:
            yield Finding(where, f"{name} is not what was signed")


def _in_time(where: str, row: AnyRow, given_up: Mapping[object, int]) -> Iterator[Finding]:
    """Compare a lost key's certificates with when it was given up; what cannot be read is found elsewhere."""
    try:
        kid = credential.parse(row.cose or b"").kid if given_up else b""
    except Refusal:
        return
    if row.ledger_index > given_up.get(kid, row.ledger_index):
        yield Finding(where, "is signed by a key that was given up before")


def _columns(claims: credential.Claims) -> dict[str, Any]:
    """Return the row's columns as the signed claims say them."""
    return {
        "number": number.from_cti(claims.cti),
        "cti": claims.cti,
        "edition_code": claims.edition,
        "evidence_hash": claims.evidence_hash,
        "ledger_index": claims.ledger_index,
        "status_index": claims.status_index,
        "method": claims.method,
        "issued_at": datetime.fromtimestamp(claims.issued_at, UTC),
        "expires_at": datetime.fromtimestamp(claims.expires_at, UTC),
    }
