"""ledger: changes of status are found by an index of theirs, as a list that is owed asks for the newest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0041"
down_revision = "0040"

CHANGES = "kind IN (9, 10, 11)"


def upgrade() -> None:
    """Apply the step."""
    op.create_index(
        "ix_ledger_payloads_changes",
        "ledger_payloads",
        ["index"],
        sqlite_where=sa.text(CHANGES),
        postgresql_where=sa.text(CHANGES),
    )
    locks.lock(op.get_bind())
