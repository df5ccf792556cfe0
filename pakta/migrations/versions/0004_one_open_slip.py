"""one open slip a person, held by the database; accounts lose a column that nothing ever set.

Of several open slips the newest stays.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0004"
down_revision = "0003"

OPEN = "used_at IS NULL AND cancelled_at IS NULL"


def upgrade() -> None:
    """Apply the step."""
    op.execute(
        f"UPDATE slips SET cancelled_at = created_at WHERE {OPEN} AND id < "  # noqa: S608 our own words
        f"(SELECT max(newer.id) FROM slips AS newer WHERE newer.person_id = slips.person_id "
        f"AND newer.used_at IS NULL AND newer.cancelled_at IS NULL)"
    )
    op.create_index(
        "uq_slips_open",
        "slips",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    with op.batch_alter_table("accounts") as batch_op:
        batch_op.drop_column("suspended_at")
    locks.lock(op.get_bind())
