"""accounts: the access log can be read: each line knows its institution, and is found without reading the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.ledger import locks

revision = "0030"
down_revision = "0029"

# Lines without time are those that an erasure left: nobody reads them.
GIVEN = """
UPDATE access_log SET institution_id = coalesce(
  (SELECT units.institution_id FROM units WHERE units.id = access_log.unit_id),
  (SELECT units.institution_id FROM people JOIN units ON units.id = people.unit_id
   WHERE people.id = access_log.person_id),
  (SELECT min(units.institution_id) FROM role_grants JOIN units ON units.id = role_grants.unit_id
   WHERE role_grants.account_id = access_log.account_id))
WHERE at > '1970-01-02' AND action <> 'penghapusan'
"""


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("access_log") as table:
        table.add_column(sa.Column("institution_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_access_log_institution_id_institutions"), "institutions", ["institution_id"], ["id"]
        )
    for column in ("institution_id", "unit_id", "account_id"):
        op.create_index(f"ix_access_log_{column}_at", "access_log", [column, "at"])
    op.create_index(op.f("ix_access_log_person_id"), "access_log", ["person_id"])
    op.execute(GIVEN)
    locks.lock(op.get_bind())
