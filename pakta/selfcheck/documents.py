"""Sealed files: each against the mark under which it was stored, and its row against what its seal says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.certificates import documents
from pakta.certificates.models import Document, IssuedCredential
from pakta.core import number
from pakta.ledger.check import Finding
from pakta.selfcheck import entries
from pakta.timestamps import level as levels

# As our seals are written: text in brackets, whatever is no letter or digit as a backslash and three octal digits.
REASON = re.compile(rb"/Reason \(([^()]{1,200})\)")
SEALED_AT = re.compile(rb"/M \(D(?::|\\072)(\d{14})Z\)")
Pepper = Callable[[str], bytes]


def check(session: Session, *, pepper: Pepper) -> Iterator[Finding]:
    """Yield what does not agree in the stored files."""
    what: list[Any] = [IssuedCredential.number, IssuedCredential.issued_at]
    what += [Document.kind, Document.mark, Document.content, Document.level, Document.made_at]
    rows = (
        select(*what)
        .join(IssuedCredential, IssuedCredential.id == Document.credential_id)
        .order_by(Document.credential_id, Document.kind)
        .execution_options(yield_per=50)
    )
    for text, issued_at, kind, marked, content, level, made_at in session.execute(rows):
        where = f"document {kind} of {number.spoken(text)}"
        if documents.mark(content, kind=kind, number=text, pepper=pepper) != marked:
            yield Finding(where, "is not the file that was made for it")
            continue
        said, sealed_at = _seal(content)
        if level != said:
            yield Finding(where, f"level is {level}, its seal says {said}")
        if made_at < issued_at or (sealed_at is not None and not entries.together(made_at, sealed_at)):
            yield Finding(where, "made_at is not when it was made")


def _seal(content: bytes) -> tuple[str | None, datetime | None]:
    """Return the level and the time that a file's seal says; None for what it does not say."""
    reasons, times = REASON.findall(content), SEALED_AT.findall(content)
    reason = re.sub(rb"\\(\d{3})", lambda found: bytes([int(found[1], 8) & 255]), reasons[-1]) if reasons else b""
    at = datetime.strptime(times[-1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC) if times else None
    return levels.claimed(reason.decode("latin-1")), at
