"""objections of large units are counted, grants whose holders moved away are marked, heads have an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0037"
down_revision = "0036"

AS_HEAD = sa.text("signs_as = 'kepala'")
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
    op.create_index(
        op.f("ix_people_signs_as_head"), "people", ["signs_as"], sqlite_where=AS_HEAD, postgresql_where=AS_HEAD
    )
    locks.lock(op.get_bind())
