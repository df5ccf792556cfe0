"""appointments: roles that are given and ended by two people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0021"
down_revision = "0020"

BY = ("asked_by_id", "first_by_id", "decided_by_id")
OPEN = sa.text("outcome IS NULL")
TWO_PEOPLE = (
    "outcome <> 'disetujui' OR outcome IS NULL OR "
    "(first_at IS NOT NULL AND decided_at IS NOT NULL"
    " AND (decided_by_id IS NULL OR first_by_id IS NULL OR decided_by_id <> first_by_id)"
    " AND (decided_by_id IS NULL OR asked_by_id IS NULL OR decided_by_id <> asked_by_id))"
)


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "appointments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_as", sa.String(length=20), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("first_by_id", sa.Integer(), nullable=True),
        sa.Column("first_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.CheckConstraint("wanted IN ('angkat','akhiri')", name=op.f("ck_appointments_wanted")),
        sa.CheckConstraint("role IN ('head','delegate','administrator')", name=op.f("ck_appointments_role")),
        sa.CheckConstraint("outcome IN ('disetujui','ditolak','ditarik')", name=op.f("ck_appointments_outcome")),
        sa.CheckConstraint(TWO_PEOPLE, name=op.f("ck_appointments_two_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_appointments_person_id_people")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_appointments_unit_id_units")),
        *(
            sa.ForeignKeyConstraint([each], ["accounts.id"], name=op.f(f"fk_appointments_{each}_accounts"))
            for each in BY
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
    )
    for column in ("person_id", "asked_by_id"):
        op.create_index(op.f(f"ix_appointments_{column}"), "appointments", [column])
    op.create_index(
        "uq_appointments_open",
        "appointments",
        ["person_id", "role", "unit_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    locks.lock(op.get_bind())
