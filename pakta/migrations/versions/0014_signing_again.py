"""signing again: where a signature counts, what was corrected of a person, which certificate took whose place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0014"
down_revision = "0013"

SIGNED_IN = """
UPDATE signed_people SET unit_id = coalesce(
  (SELECT c.unit_id FROM credentials c
   WHERE c.person_id = signed_people.person_id AND c.edition_code = signed_people.edition_code AND c.status = 0),
  (SELECT p.unit_id FROM people p WHERE p.id = signed_people.person_id))
"""
# Whoever has moved since counts no more where they stand: a line for each of them and each unit of their lineage.
MOVED = """
UPDATE counter_signed SET signed = signed - (
  SELECT count(*) FROM signed_people m
  JOIN people p ON p.id = m.person_id JOIN units u ON u.id = p.unit_id
  WHERE m.unit_id <> p.unit_id AND p.status = 'aktif' AND m.edition_code = counter_signed.edition_code
    AND p.signs_as = counter_signed.audience AND p.kind = counter_signed.kind
    AND u.path LIKE '%/' || counter_signed.unit_id || '/%')
WHERE EXISTS (SELECT 1 FROM signed_people m JOIN people p ON p.id = m.person_id WHERE m.unit_id <> p.unit_id)
"""


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(10), nullable=False),
        sa.Column("old", sa.String(220), nullable=False),
        sa.Column("new", sa.String(220), nullable=False),
        sa.Column("corrected_by_id", sa.Integer(), nullable=True),
        sa.Column("corrected_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_corrections_person_id_people")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["data_reports.id"], name=op.f("fk_corrections_report_id_data_reports")
        ),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"], ["accounts.id"], name=op.f("fk_corrections_corrected_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_person_id"), "corrections", ["person_id"])
    op.create_index(op.f("ix_corrections_report_id"), "corrections", ["report_id"])
    op.add_column("people", sa.Column("returned_at", UTCDateTime(), nullable=True))
    op.add_column("credentials", sa.Column("replaced_by", sa.String(17), nullable=True))
    op.add_column("signed_people", sa.Column("unit_id", sa.Integer(), nullable=True))
    op.execute(SIGNED_IN)
    op.execute(MOVED)
    with op.batch_alter_table("signed_people") as batch_op:
        batch_op.alter_column("unit_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(op.f("fk_signed_people_unit_id_units"), "units", ["unit_id"], ["id"])
    locks.lock(op.get_bind())
