"""coverage: to which office each unit belonged when a public picture was taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Apply the step."""
    op.add_column("public_pictures", sa.Column("offices", sa.JSON(none_as_null=True), nullable=True))
    locks.lock(op.get_bind())
