"""sealed files carry a keyed mark.

Stored files are made anew when they are next asked for; the locks also look at SQLite's own row number.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply the step."""
    op.drop_table("documents")
    op.create_table(
        "documents",
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_documents_credential_id_credentials")
        ),
        sa.PrimaryKeyConstraint("credential_id", "kind", name=op.f("pk_documents")),
    )
    locks.lock(op.get_bind())
