"""The public list of changes, as the database has it now."""

from __future__ import annotations

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from pakta.certificates.models import IssuedCredential
from pakta.verification import changes


def text(session: Session) -> bytes:
    """Return the list as it stands now."""
    row = IssuedCredential
    # The 0 is part of the text, so that SQLite sees the index that holds changed ones only.
    wanted = select(row.status, row.status_class, row.status_at, row.status_index).where(
        row.status != literal_column("0"), row.status_at.is_not(None)
    )
    return changes.build((status, name, at, index) for status, name, at, index in session.execute(wanted))
