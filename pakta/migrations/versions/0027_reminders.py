"""reminders: who was reminded and how, and for which units automatic e-mail is on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("edition_code", sa.String(length=12), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.CheckConstraint("way IN ('surel','wa')", name=op.f("ck_reminders_way")),
        sa.CheckConstraint(
            "state IN ('dicatat','diserahkan','ditolak','tidak-pasti','gagal','dibuka')"
            " AND (state = 'dibuka') = (way = 'wa')",
            name=op.f("ck_reminders_state"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_reminders_person_id_people")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_reminders_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    for column in ("person_id", "account_id"):
        op.create_index(op.f(f"ix_reminders_{column}"), "reminders", [column])
    op.create_table(
        "reminder_switches",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_reminder_switches_unit_id_units")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["accounts.id"], name=op.f("fk_reminder_switches_changed_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_reminder_switches")),
    )
    op.create_index(op.f("ix_reminder_switches_changed_by_id"), "reminder_switches", ["changed_by_id"])
    locks.lock(op.get_bind())
