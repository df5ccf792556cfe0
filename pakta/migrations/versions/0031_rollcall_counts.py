"""rollcalls: what was counted when one was over, which stays as it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Apply the step."""
    op.add_column("rollcalls", sa.Column("counted_at", UTCDateTime(), nullable=True))
    for name in ("asked_then", "in_time_then"):
        op.add_column("rollcalls", sa.Column(name, sa.Integer(), nullable=True))
    locks.lock(op.get_bind())
