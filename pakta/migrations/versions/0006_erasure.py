"""what stays of an erased person: marked absences, places of the status list, recoveries without who asked.

Absences from before have no mark: `ledger check` names them, and whoever replayed them knows why.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply the step."""
    op.add_column("ledger_absences", sa.Column("mark", sa.LargeBinary(), nullable=True))
    op.create_table(
        "erased_places",
        sa.Column("status_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("status IN (0, 1, 2)", name=op.f("ck_erased_places_status")),
        sa.PrimaryKeyConstraint("status_index", name=op.f("pk_erased_places")),
    )
    with op.batch_alter_table("recoveries") as batch_op:
        batch_op.alter_column("requested_by_id", existing_type=sa.Integer(), nullable=True)
    locks.lock(op.get_bind())
