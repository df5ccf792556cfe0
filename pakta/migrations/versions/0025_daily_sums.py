"""roster: by how much each counter moved on each day; the past begins on the day of this step."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks
from pakta.roster import rules

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "daily_people",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_daily_people_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "audience", "kind", "day", name=op.f("pk_daily_people")),
    )
    op.create_table(
        "daily_signed",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("edition_code", sa.String(length=12), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_daily_signed_unit_id_units")),
        sa.PrimaryKeyConstraint("unit_id", "edition_code", "audience", "kind", "day", name=op.f("pk_daily_signed")),
    )
    _begin(rules.day_of(datetime.now(UTC)).isoformat())
    locks.lock(op.get_bind())


def _begin(day: str) -> None:
    """Let the past begin with what is counted now: nobody knows how it came about."""
    for table, columns, counted in (
        ("people", "unit_id, audience, kind", "people"),
        ("signed", "unit_id, edition_code, audience, kind", "signed"),
    ):
        op.execute(
            f"INSERT INTO daily_{table} ({columns}, day, change) "  # noqa: S608  constants
            f"SELECT {columns}, '{day}', {counted} FROM counter_{table} WHERE {counted} <> 0"
        )
