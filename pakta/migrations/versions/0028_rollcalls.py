"""rollcalls: roll calls of units, and the keys that their kiosks made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "rollcalls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("begins_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("wall_code", sa.String(length=12), nullable=False),
        sa.Column("kiosk_code", sa.String(length=12), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("cancelled_at", UTCDateTime(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_rollcalls_span")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_rollcalls_unit_id_units")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["accounts.id"], name=op.f("fk_rollcalls_opened_by_id_accounts")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["accounts.id"], name=op.f("fk_rollcalls_closed_by_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollcalls")),
        sa.UniqueConstraint("wall_code", name=op.f("uq_rollcalls_wall_code")),
        sa.UniqueConstraint("kiosk_code", name=op.f("uq_rollcalls_kiosk_code")),
    )
    op.create_index(op.f("ix_rollcalls_unit_id"), "rollcalls", ["unit_id"])
    op.create_table(
        "rollcall_keys",
        sa.Column("rollcall_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rollcall_id"], ["rollcalls.id"], name=op.f("fk_rollcall_keys_rollcall_id_rollcalls")
        ),
        sa.ForeignKeyConstraint(["key_id"], ["person_keys.id"], name=op.f("fk_rollcall_keys_key_id_person_keys")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_rollcall_keys_person_id_people")),
        sa.PrimaryKeyConstraint("rollcall_id", "key_id", name=op.f("pk_rollcall_keys")),
    )
    for column in ("key_id", "person_id"):
        op.create_index(op.f(f"ix_rollcall_keys_{column}"), "rollcall_keys", [column])
    locks.lock(op.get_bind())
