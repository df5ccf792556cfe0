"""What can be done with editions: publish one, find one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Date, bindparam, select
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.editions import rules, text
from pakta.editions.models import Edition
from pakta.ledger import service as ledger
from pakta.roster import asks

TEXTS = Path(__file__).parent / "texts"
_TODAY = bindparam("today", type_=Date)
_OPEN = select(Edition).where(Edition.opens_on <= _TODAY, Edition.closes_on >= _TODAY).order_by(Edition.code)


def publish(session: Session, *, members: Mapping[str, object], now: datetime) -> Edition:
    """Publish the text that an author's `members` say, for ever; the same text again changes nothing.

    Refuses as `text.from_members` does, and with EDITION_PUBLISHED (the code stands for
    another text) or EDITION_OVERLAP.
    """
    return _publish(session, written=text.from_members(members), now=now)


def publish_file(session: Session, *, content: bytes, now: datetime) -> Edition:
    """Publish the text that a TOML file's `content` says; as `publish`, and refuses with EDITION_FILE."""
    return _publish(session, written=text.from_toml(content), now=now)


def publish_own(session: Session, *, now: datetime) -> Sequence[Edition]:
    """Publish the texts that come with Pakta (`editions/texts/`), as the demonstration does."""
    return [publish_file(session, content=path.read_bytes(), now=now) for path in own_texts()]


def own_texts() -> Sequence[Path]:
    """Return the files of the texts that come with Pakta."""
    return sorted(TEXTS.glob("*.toml"))


def open_edition_for(session: Session, *, signs_as: str, now: datetime, kind: str = "") -> Edition | None:
    """Return the edition open now for `signs_as`, else for `kind` (where heads have no text of their own)."""
    return rules.chosen(open_editions(session, now=now), signs_as=signs_as, kind=kind)


def asking(found: Sequence[Edition]) -> tuple[asks.Ask, ...]:
    """Return of whom these editions are asked."""
    return asks.of_editions({edition.code: edition.audience for edition in found})


def open_editions(session: Session, *, now: datetime) -> Sequence[Edition]:
    """Return the editions that can be signed now, by code."""
    return session.scalars(_OPEN, {"today": rules.day_of(now)}).all()


def every_edition(session: Session) -> Sequence[Edition]:
    """Return all editions, those that opened last first."""
    return session.scalars(select(Edition).order_by(Edition.opens_on.desc(), Edition.code)).all()


def find(session: Session, *, code: str) -> Edition | None:
    """Return the edition with `code`, or None."""
    return session.get(Edition, code)


def by_code(session: Session, *, code: str) -> Edition:
    """Return the edition with `code`; refuses with EDITION_UNKNOWN."""
    edition = find(session, code=code)
    if edition is None:
        raise Refusal(Reason.EDITION_UNKNOWN, code[:12])
    return edition


def text_of(edition: Edition) -> text.Text:
    """Return the text of an edition, read from its canonical bytes."""
    return text.from_bytes(edition.text)


def clause_ids(edition: Edition) -> tuple[str, ...]:
    """Return the ids of an edition's clauses, in their order."""
    return tuple(clause.id for clause in text_of(edition).clauses)


def _publish(session: Session, *, written: text.Text, now: datetime) -> Edition:
    ledger.lock(session)  # first, so that nothing is published between our look and our entry
    content = written.to_bytes()
    earlier = find(session, code=written.code)
    if earlier is not None:
        if earlier.text == content:
            return earlier
        raise Refusal(Reason.EDITION_PUBLISHED, written.code)
    other = rules.overlapping(written, every_edition(session))
    if other is not None:
        raise Refusal(Reason.EDITION_OVERLAP, other.code)
    edition = Edition(
        code=written.code,
        title=written.title,
        audience=list(written.audience),
        opens_on=written.opens_on,
        closes_on=written.closes_on,
        text=content,
        text_sha256=hashlib.sha256(content).hexdigest(),
        ledger_index=ledger.append(session, kind=EntryKind.TEXT_PUBLISHED, payload=content, now=now),
        published_at=now,
    )
    session.add(edition)
    session.flush()
    return edition
