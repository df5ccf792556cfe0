"""custody: for whom a batch of slips was asked; what waits without is to be asked anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "slip_batch_people",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_slip_batch_people_{column}_{table}"))
            for column, table in (("batch_id", "slip_batches"), ("person_id", "people"))
        ),
        sa.PrimaryKeyConstraint("batch_id", "person_id", name=op.f("pk_slip_batch_people")),
    )
    op.create_index(op.f("ix_slip_batch_people_person_id"), "slip_batch_people", ["person_id"])
    locks.lock(op.get_bind())
