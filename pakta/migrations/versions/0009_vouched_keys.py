"""when a dispute was closed with the finding that the key is its owner's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply the step."""
    op.add_column("person_keys", sa.Column("vouched_at", UTCDateTime(), nullable=True))
    locks.lock(op.get_bind())
