"""objections: what people say against signing, instead of only not signing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "objections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("edition_code", sa.String(length=12), nullable=False),
        sa.Column("reason_class", sa.String(length=10), nullable=False),
        sa.Column("words", sa.String(length=600), nullable=False),
        sa.Column("stated_at", UTCDateTime(), nullable=False),
        sa.Column("withdrawn_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "reason_class IN ('isi','hukum','cara','paksaan','lain')", name=op.f("ck_objections_reason_class")
        ),
        sa.ForeignKeyConstraint(
            ["edition_code"], ["editions.code"], name=op.f("fk_objections_edition_code_editions")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_objections_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
    )
    op.create_index(op.f("ix_objections_person_id"), "objections", ["person_id"])
    op.create_index(
        "uq_objections_standing",
        "objections",
        ["person_id", "edition_code"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    locks.lock(op.get_bind())
