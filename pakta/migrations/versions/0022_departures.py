"""departures: who is said to have left a unit, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0022"
down_revision = "0021"

LINKS = {
    "person_id": "people",
    "unit_id": "units",
    "reported_by_id": "accounts",
    "answered_by_id": "accounts",
    "old_unit_id": "units",
    "new_unit_id": "units",
}
OPEN = sa.text("outcome IS NULL")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "departures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("reported_by_id", sa.Integer(), nullable=True),
        sa.Column("reported_at", UTCDateTime(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("answer", sa.String(length=400), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("old_status", sa.String(length=20), nullable=True),
        sa.Column("new_status", sa.String(length=20), nullable=True),
        sa.Column("old_unit_id", sa.Integer(), nullable=True),
        sa.Column("new_unit_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('diubah','ditolak','ditarik','dikembalikan')", name=op.f("ck_departures_outcome")
        ),
        sa.CheckConstraint(
            "answered_by_id IS NULL OR answered_by_id <> reported_by_id OR outcome = 'ditarik'",
            name=op.f("ck_departures_two_people"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_departures_{column}_{table}"))
            for column, table in LINKS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departures")),
    )
    for column in ("person_id", "reported_by_id"):
        op.create_index(op.f(f"ix_departures_{column}"), "departures", [column])
    op.create_index(
        "uq_departures_open", "departures", ["person_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    locks.lock(op.get_bind())
