"""A slip knows the ticket with which it was used; before, whoever sent its key again was let in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Apply the step."""
    op.add_column("slips", sa.Column("ticket_hash", sa.LargeBinary(), nullable=True))
    locks.lock(op.get_bind())
