"""coverage: what the public is shown, once a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "public_pictures",
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("editions", sa.JSON(), nullable=False),
        sa.Column("institutions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("taken_on", name=op.f("pk_public_pictures")),
    )
    locks.lock(op.get_bind())
