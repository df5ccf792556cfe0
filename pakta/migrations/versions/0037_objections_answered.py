"""objections: what the office answers, and who answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("objections") as table:
        table.add_column(sa.Column("answer", sa.String(length=600), server_default="", nullable=False))
        table.add_column(sa.Column("answered_at", UTCDateTime(), nullable=True))
        table.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_objections_answered_by_id_accounts"), "accounts", ["answered_by_id"], ["id"]
        )
    locks.lock(op.get_bind())
