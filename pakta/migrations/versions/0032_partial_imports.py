"""imports: a file need not name everybody of any unit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0032"
down_revision = "0028"


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("imports") as table:
        table.alter_column("about_id", existing_type=sa.Integer(), nullable=True)
    locks.lock(op.get_bind())
