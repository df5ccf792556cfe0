"""how many entries of each kind lie under a head, so that nobody counts a large ledger again."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply the step; the newest head gets its counts, from which later ones go on."""
    op.add_column("ledger_checkpoints", sa.Column("kinds", sa.Text(), nullable=True))
    bind = op.get_bind()
    size = bind.execute(sa.text("SELECT max(size) FROM ledger_checkpoints")).scalar()
    if size is not None:
        rows = bind.execute(
            sa.text('SELECT substr(entry, 2, 1), count(*) FROM ledger_entries WHERE "index" < :size GROUP BY 1'),
            {"size": size},
        )
        counts = {str(bytes(kind)[0]): count for kind, count in rows}
        text = json.dumps(counts, sort_keys=True, separators=(",", ":"))
        bind.execute(
            sa.text("UPDATE ledger_checkpoints SET kinds = :kinds WHERE size = :size"), {"kinds": text, "size": size}
        )
    locks.lock(bind)
