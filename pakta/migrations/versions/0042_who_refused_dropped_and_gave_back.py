"""imports: every refusal is kept, and who put a file away; departures: who gave somebody back, when and why.

Disputes: what one administrator found stays when another one finds something else.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "import_refusals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_refusals_import_id_imports")),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_import_refusals_by_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_refusals")),
    )
    op.create_index(op.f("ix_import_refusals_import_id"), "import_refusals", ["import_id"])
    op.execute(
        "INSERT INTO import_refusals (import_id, by_id, at, words)"
        " SELECT id, refused_by_id, refused_at, refusal FROM imports WHERE refused_at IS NOT NULL ORDER BY id"
    )
    with op.batch_alter_table("imports") as table:
        table.drop_constraint(op.f("fk_imports_refused_by_id_accounts"), type_="foreignkey")
        for gone in ("refused_by_id", "refused_at", "refusal"):
            table.drop_column(gone)
        table.add_column(sa.Column("dropped_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("dropped_at", UTCDateTime(), nullable=True))
        table.create_foreign_key(op.f("fk_imports_dropped_by_id_accounts"), "accounts", ["dropped_by_id"], ["id"])
    with op.batch_alter_table("departures") as table:
        table.add_column(sa.Column("undone_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("undone_at", UTCDateTime(), nullable=True))
        table.add_column(sa.Column("undone_words", sa.String(length=400), nullable=True))
        table.create_foreign_key(op.f("fk_departures_undone_by_id_accounts"), "accounts", ["undone_by_id"], ["id"])
    op.create_table(
        "earlier_findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dispute_id", sa.Integer(), nullable=False),
        sa.Column("found", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["disputes.id"], name=op.f("fk_earlier_findings_dispute_id_disputes")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_earlier_findings_by_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_findings")),
    )
    op.create_index(op.f("ix_earlier_findings_dispute_id"), "earlier_findings", ["dispute_id"])
    locks.lock(op.get_bind())
