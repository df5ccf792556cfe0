"""roster: under which unit a unit stood, until which day; what came before this step is not known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Apply the step."""
    name = "unit_parents"
    op.create_table(
        name,
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f(f"fk_{name}_unit_id_units")),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f(f"fk_{name}_parent_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "last_on", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_parent_id"), name, ["parent_id"])
    locks.lock(op.get_bind())
