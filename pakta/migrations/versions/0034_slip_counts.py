"""custody: how many slips of each unit are in which state, counted from time to time; grants by unit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0034"
down_revision = "0033"
STATES = ("dicetak", "diserahkan", "dipakai", "kedaluwarsa", "diganti")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "slip_counts",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in STATES),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_slip_counts_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_slip_counts")),
    )
    op.create_index(op.f("ix_role_grants_unit_id"), "role_grants", ["unit_id"])
    locks.lock(op.get_bind())
