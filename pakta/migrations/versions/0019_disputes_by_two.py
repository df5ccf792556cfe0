"""disputes: what the first administrator found, and who closed it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("disputes") as table:
        table.add_column(sa.Column("found", sa.String(length=10), nullable=True))
        table.add_column(sa.Column("found_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("found_at", UTCDateTime(), nullable=True))
        table.add_column(sa.Column("closed_by_id", sa.Integer(), nullable=True))
        for column in ("found_by_id", "closed_by_id"):
            table.create_foreign_key(op.f(f"fk_disputes_{column}_accounts"), "accounts", [column], ["id"])
        table.create_check_constraint(op.f("ck_disputes_found"), "found IN ('benar','keliru')")
        table.create_check_constraint(op.f("ck_disputes_two_people"), "closed_by_id <> found_by_id")
    locks.lock(op.get_bind())
