"""changes of status: what people are told of them, who asked for them, which changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("read_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_person_id"), "notices", ["person_id"])
    _requests()
    changed = sa.text("status <> 0")
    op.create_index(
        "ix_credentials_changed", "credentials", ["status_index"], sqlite_where=changed, postgresql_where=changed
    )
    locks.lock(op.get_bind())


def _requests() -> None:
    name = "status_requests"
    classes = "'data-salah','keluar','kunci-hilang','sengketa','administratif'"
    accounts = [
        sa.ForeignKeyConstraint([each], ["accounts.id"], name=op.f(f"fk_{name}_{each}_accounts"))
        for each in ("asked_by_id", "first_by_id", "decided_by_id")
    ]
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.String(length=20), nullable=False),
        sa.Column("reason_class", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_as", sa.String(length=20), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("first_by_id", sa.Integer(), nullable=True),
        sa.Column("first_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.CheckConstraint("wanted IN ('tangguhkan','cabut','pulihkan')", name=op.f(f"ck_{name}_wanted")),
        sa.CheckConstraint(f"reason_class IN ({classes})", name=op.f(f"ck_{name}_reason_class")),
        sa.CheckConstraint(
            "outcome IN ('disetujui','ditolak','ditarik','didahului')", name=op.f(f"ck_{name}_outcome")
        ),
        sa.CheckConstraint(
            "outcome <> 'disetujui' OR decided_by_id <> first_by_id", name=op.f(f"ck_{name}_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f(f"fk_{name}_credential_id_credentials")
        ),
        *accounts,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_credential_id"), name, ["credential_id"])
    op.create_index(op.f(f"ix_{name}_asked_by_id"), name, ["asked_by_id"])
    is_open = sa.text("outcome IS NULL")
    op.create_index(
        f"uq_{name}_open", name, ["credential_id"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
