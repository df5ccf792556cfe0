"""documents: the level of the seal, and the newest ones found quickly."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply the step."""
    op.add_column("documents", sa.Column("level", sa.String(5), nullable=True))
    op.create_index(op.f("ix_documents_made_at"), "documents", ["made_at"])
    locks.lock(op.get_bind())
