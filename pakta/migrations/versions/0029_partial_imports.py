"""imports: a file need not name everybody of any unit; that people are gone can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("imports") as table:
        table.alter_column("about_id", existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table("removals") as table:
        table.drop_constraint(op.f("ck_removals_outcome"), type_="check")
        table.create_check_constraint(
            op.f("ck_removals_outcome"), "outcome IN ('disetujui','ditolak','ditarik','dibatalkan')"
        )
    locks.lock(op.get_bind())
