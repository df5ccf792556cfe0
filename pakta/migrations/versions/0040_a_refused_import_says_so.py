"""imports: who refused a file, when and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("imports") as table:
        table.add_column(sa.Column("refused_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("refused_at", UTCDateTime(), nullable=True))
        table.add_column(sa.Column("refusal", sa.String(length=400), nullable=True))
        table.create_foreign_key(op.f("fk_imports_refused_by_id_accounts"), "accounts", ["refused_by_id"], ["id"])
    locks.lock(op.get_bind())
