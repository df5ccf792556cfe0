"""an index of the public payloads, so that the newest are found in a large ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0010"
down_revision = "0009"

PUBLIC = "kind IN (5, 6, 7, 8, 12)"


def upgrade() -> None:
    """Apply the step."""
    op.create_index(
        "ix_ledger_payloads_public",
        "ledger_payloads",
        ["index"],
        sqlite_where=sa.text(PUBLIC),
        postgresql_where=sa.text(PUBLIC),
    )
    locks.lock(op.get_bind())
