"""heartbeats: that the worker lives, and that the database can be written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("trouble", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    locks.lock(op.get_bind())
