"""documents: those below a level are counted quickly."""

from __future__ import annotations

from alembic import op

from pakta.ledger import locks

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Apply the step."""
    op.create_index(op.f("ix_documents_level"), "documents", ["level"])
    locks.lock(op.get_bind())
