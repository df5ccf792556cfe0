"""Texts, key sets and status lists: what was published, against what was entered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.certificates.models import StatusList
from pakta.config import Config
from pakta.core import canonical, cose, note, status
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.ledger import heads
from pakta.ledger.check import Finding
from pakta.ledger.models import Payload
from pakta.selfcheck import entries, keysets
from pakta.selfcheck.keysets import Keys


def check(session: Session, *, issuer_keys: Keys, config: Config) -> Iterator[Finding]:
    """Yield what does not agree in texts, key sets and status lists."""
    yield from _editions(session)
    yield from keysets.check(session, issuer_keys=issuer_keys, host=config.host)
    yield from _status_lists(session, issuer_keys=issuer_keys, config=config)
    yield from _successions(session)


def _editions(session: Session) -> Iterator[Finding]:
    rows = session.execute(select(Edition).order_by(Edition.code)).scalars().all()
    at = entries.at_indexes(session, (row.ledger_index for row in rows))
    for row in rows:
        where = f"edition {row.code}"
        if hashlib.sha256(row.text).hexdigest() != row.text_sha256:
            yield Finding(where, "text_sha256 is not that of the text")
        yield from entries.compare(
            where, index=row.ledger_index, entered=at.get(row.ledger_index), kind=EntryKind.TEXT_PUBLISHED,
            payload=row.text, at=row.published_at,
        )  # fmt: skip
        yield from _columns(row)
    claimed = {row.ledger_index for row in rows}
    yield from entries.unclaimed(session, kinds=(EntryKind.TEXT_PUBLISHED,), claimed=claimed, what="edition")


def _columns(row: Edition) -> Iterator[Finding]:
    try:
        text = editions.text_of(row)
    except Exception as error:  # whatever changed bytes make the reader raise
        yield Finding(f"edition {row.code}", f"its text cannot be read ({type(error).__name__})")
        return
    for name in ("code", "title", "opens_on", "closes_on"):
        if getattr(row, name) != getattr(text, name):
            yield Finding(f"edition {row.code}", f"{name} is not that of the text")
    if list(row.audience) != list(text.audience):
        yield Finding(f"edition {row.code}", "audience is not that of the text")


def _status_lists(session: Session, *, issuer_keys: Keys, config: Config) -> Iterator[Finding]:
    rows = session.execute(select(StatusList).order_by(StatusList.id)).scalars().all()
    at = entries.at_indexes(session, (row.ledger_index for row in rows))
    given_up = keysets.given_up(session)
    for row in rows:
        where = f"status list {row.id}"
        try:
            # Old lists are past their time: read each as of the moment when it was issued.
            claims = status.verify(row.token, issuer_keys=issuer_keys, uri=f"{config.origin}/s/0", now=row.issued_at)
            status.decode(claims.lst)
        except Refusal as refusal:
            yield Finding(where, f"is not to be trusted ({refusal.reason})")
            continue
        if claims.issued_at != row.issued_at.timestamp():
            yield Finding(where, "issued_at is not that of the token")
        parsed = cose.parse(row.token)
        if row.ledger_index > given_up.get(parsed.header.get(cose.KEY_ID), row.ledger_index):
            yield Finding(where, "is signed by a key that was given up before")
        yield from entries.compare(
            where, index=row.ledger_index, entered=at.get(row.ledger_index), kind=EntryKind.STATUS_LIST,
            payload=cose.sig_structure(protected=parsed.protected, payload=parsed.payload), at=None,
        )  # fmt: skip
    claimed = {row.ledger_index for row in rows}
    yield from entries.unclaimed(session, kinds=(EntryKind.STATUS_LIST,), claimed=claimed, what="status list")


def _successions(session: Session) -> Iterator[Finding]:
    """Check that each change of the ledger's name says where it stands, and was needed."""
    rows = select(Payload).where(Payload.kind == int(EntryKind.LOG_SUCCEEDED)).order_by(Payload.index)
    for row in session.execute(rows).scalars():
        where = f"succession {row.index}"
        try:
            said = canonical.decode_object(row.payload, reason=Reason.LEDGER_CHANGED)
            body = str(said["previous"]).encode().rpartition(b"\n\n")[0] + b"\n"
            lost = note.parse_checkpoint(body)
        except (Refusal, KeyError) as error:
            yield Finding(where, f"cannot be read ({type(error).__name__})")
            continue
        signed = said.get("signed", row.index)
        if said.get("kept") != row.index or not isinstance(signed, int) or not signed < lost.size:
            yield Finding(where, f"keeps {said.get('kept')} of {lost.size} entries, and stands at {row.index}")
        elif signed > row.index or heads.any_between(session, first=signed + 1, last=row.index):
            yield Finding(where, f"says that {signed} entries were signed before it, which is another number")
