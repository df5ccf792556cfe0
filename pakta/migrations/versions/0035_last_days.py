"""roles: a grant may have a last day, and two may change it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0035"
down_revision = "0034"

WANTED = "ck_appointments_wanted"


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("role_grants") as table:
        table.add_column(sa.Column("last_on", sa.Date(), nullable=True))
        table.create_check_constraint(
            op.f("ck_role_grants_last_on"), "last_on IS NULL OR role IN ('head','delegate')"
        )
        table.create_index(op.f("ix_role_grants_last_on"), ["last_on"])
    with op.batch_alter_table("appointments") as table:
        table.add_column(sa.Column("last_on", sa.Date(), nullable=True))
        table.drop_constraint(op.f(WANTED), type_="check")
        table.create_check_constraint(op.f(WANTED), "wanted IN ('angkat','akhiri','perpanjang')")
    locks.lock(op.get_bind())
