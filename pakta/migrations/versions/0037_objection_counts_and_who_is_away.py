"""objections of large units are counted from time to time; grants are marked whose holders moved away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0037"
down_revision = "0036"

AWAY = sa.text("away_since IS NOT NULL")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "objection_counts",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_objection_counts_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_objection_counts")),
    )
    op.add_column("role_grants", sa.Column("away_since", UTCDateTime(), nullable=True))
    op.create_index(
        op.f("ix_role_grants_away_since"),
        "role_grants",
        ["away_since"],
        sqlite_where=AWAY,
        postgresql_where=AWAY,
    )
    locks.lock(op.get_bind())
