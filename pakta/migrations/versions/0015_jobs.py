"""jobs: long work as rows, and what of it failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0015"
down_revision = "0014"
OPEN = sa.text("state IN ('waiting','working')")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("title", sa.String(250), nullable=False),
        sa.Column("back", sa.String(120), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("total", "costly", "done", "made", "failed")),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("trouble", sa.String(40), nullable=False),
        sa.Column("runner", sa.String(32), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        *(
            sa.Column(f"{name}_at", UTCDateTime(), nullable=True)
            for name in ("started", "heartbeat", "held_until", "cancel", "finished")
        ),
        sa.CheckConstraint("state IN ('waiting','working','done','cancelled','failed')", name=op.f("ck_jobs_state")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_jobs_account_id_accounts")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_jobs_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_account_id"), "jobs", ["account_id"])
    op.create_index(
        "uq_jobs_open",
        "jobs",
        ["kind", "account_id", "unit_id", "subject"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "job_failures",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_job_failures_credential_id_credentials")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_failures_job_id_jobs")),
        sa.PrimaryKeyConstraint("job_id", "credential_id", name=op.f("pk_job_failures")),
    )
    op.create_index(op.f("ix_job_failures_credential_id"), "job_failures", ["credential_id"])
    locks.lock(op.get_bind())
