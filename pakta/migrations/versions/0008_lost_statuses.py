"""the status of certificates whose rows were lost with an old backup."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "lost_statuses",
        sa.Column("status_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=17), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("status_index", name=op.f("pk_lost_statuses")),
        sa.UniqueConstraint("number", name=op.f("uq_lost_statuses_number")),
    )
    locks.lock(op.get_bind())
