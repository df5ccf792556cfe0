"""requests: what two people did names two, whose names only an erasure takes away."""

from __future__ import annotations

from alembic import op

from pakta.ledger import locks

revision = "0017"
down_revision = "0016"

TABLE = "status_requests"
NAME = "ck_status_requests_two_people"
TWO = (
    "outcome <> 'disetujui' OR wanted = 'tangguhkan' OR outcome IS NULL OR "
    "(first_at IS NOT NULL AND decided_at IS NOT NULL"
    " AND (decided_by_id IS NULL OR first_by_id IS NULL OR decided_by_id <> first_by_id)"
    " AND (decided_by_id IS NULL OR asked_by_id IS NULL OR decided_by_id <> asked_by_id))"
)


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.create_check_constraint(op.f(NAME), TWO)
    locks.lock(op.get_bind())
