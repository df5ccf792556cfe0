"""custody: batches of slips that two administrators print, and where each slip is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "slip_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("below", sa.Boolean(), nullable=False),
        sa.Column("whom", sa.String(length=10), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.CheckConstraint("whom IN ('baru','ulang')", name=op.f("ck_slip_batches_whom")),
        sa.CheckConstraint("outcome IN ('dicetak','ditolak','ditarik')", name=op.f("ck_slip_batches_outcome")),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'dicetak' OR decided_by_id <> asked_by_id",
            name=op.f("ck_slip_batches_two_people"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_slip_batches_unit_id_units")),
        *(
            sa.ForeignKeyConstraint([each], ["accounts.id"], name=op.f(f"fk_slip_batches_{each}_accounts"))
            for each in ("asked_by_id", "decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_batches")),
    )
    op.create_table(
        "slip_custody",
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("handed_at", UTCDateTime(), nullable=True),
        sa.Column("handed_by_id", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_slip_custody_{column}_{table}"))
            for column, table in (("slip_id", "slips"), ("batch_id", "slip_batches"), ("handed_by_id", "accounts"))
        ),
        sa.PrimaryKeyConstraint("slip_id", name=op.f("pk_slip_custody")),
    )
    op.create_index(op.f("ix_slip_custody_batch_id"), "slip_custody", ["batch_id"])
    locks.lock(op.get_bind())
