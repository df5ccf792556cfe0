"""issuing can be stopped by command, for every process at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "issuing_stops",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("stopped_at", UTCDateTime(), nullable=False),
        sa.Column("resumed_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuing_stops")),
    )
    locks.lock(op.get_bind())
