"""cosignatures of outside witnesses, the heads that a quorum has cosigned, and what is known of each witness."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "ledger_cosignatures",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("vkey", sa.Text(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("cosigned_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        _of_a_head("ledger_cosignatures"),
        sa.PrimaryKeyConstraint("size", "key", name=op.f("pk_ledger_cosignatures")),
    )
    op.create_table(
        "ledger_witnessed",
        sa.Column("policy", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        _of_a_head("ledger_witnessed"),
        sa.PrimaryKeyConstraint("policy", "size", name=op.f("pk_ledger_witnessed")),
    )
    op.create_table(
        "ledger_witnesses",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("trouble", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ledger_witnesses")),
    )
    locks.lock(op.get_bind())


def _of_a_head(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["size"], ["ledger_checkpoints.size"], name=op.f(f"fk_{table}_size_ledger_checkpoints")
    )
