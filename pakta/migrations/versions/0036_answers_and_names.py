"""objections: what the office answers, and who answered; units: what each was called, until which day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("objections") as table:
        table.add_column(sa.Column("answer", sa.String(length=600), nullable=True))
        table.add_column(sa.Column("answered_at", UTCDateTime(), nullable=True))
        table.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_objections_answered_by_id_accounts"), "accounts", ["answered_by_id"], ["id"]
        )
    name = "unit_names"
    op.create_table(
        name,
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("short_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f(f"fk_{name}_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "last_on", name=op.f(f"pk_{name}")),
    )
    locks.lock(op.get_bind())
