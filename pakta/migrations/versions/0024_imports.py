"""imports: files of people with their rows, who left, and the history of moves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pakta.database import UTCDateTime
from pakta.ledger import locks

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Apply the step."""
    _moves()
    _imports()
    _import_rows()
    _removals()
    locks.lock(op.get_bind())


def _when(name: str, *, optional: bool = True) -> sa.Column[object]:
    return sa.Column(name, UTCDateTime(), nullable=optional)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _ids(*names: str, optional: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=optional) for name in names]


def _moves() -> None:
    op.create_table(
        "people_moves",
        *_ids("id", "person_id", "old_unit_id", "new_unit_id"),
        sa.Column("old_status", sa.String(20), nullable=False),
        sa.Column("new_status", sa.String(20), nullable=False),
        sa.Column("how", sa.String(10), nullable=False),
        *_ids("account_id", optional=True),
        _when("moved_at", optional=False),
        _to("people_moves", "person_id", "people"),
        _to("people_moves", "old_unit_id", "units"),
        _to("people_moves", "new_unit_id", "units"),
        _to("people_moves", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_moves")),
    )
    for column in ("person_id", "old_unit_id", "new_unit_id", "account_id"):
        op.create_index(op.f(f"ix_people_moves_{column}"), "people_moves", [column])


def _imports() -> None:
    counts = ("new", "changed", "same", "wrong", "missing", "reused", "leaving", "people")
    accounts = ("account_id", "asked_by_id", "approved_by_id")
    op.create_table(
        "imports",
        *_ids("id", "unit_id", "about_id"),
        *_ids(*accounts, "job_id", optional=True),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("mapped", sa.JSON(), nullable=False),
        *_ids("rows", "last_row", *counts),
        sa.Column("digest", sa.String(64), nullable=False),
        *(_when(name, optional=False) for name in ("uploaded_at", "touched_at")),
        *(_when(name) for name in ("checked_at", "asked_at", "approved_at", "applied_at")),
        sa.CheckConstraint(
            "state IN ('kolom','periksa','diperiksa','menunggu','terapkan','diterapkan','dibuang')",
            name=op.f("ck_imports_state"),
        ),
        sa.CheckConstraint("approved_by_id <> asked_by_id", name=op.f("ck_imports_two_people")),
        _to("imports", "unit_id", "units"),
        _to("imports", "about_id", "units"),
        *(_to("imports", column, "accounts") for column in accounts),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    for column in ("unit_id", "account_id"):
        op.create_index(op.f(f"ix_imports_{column}"), "imports", [column])


def _import_rows() -> None:
    op.create_table(
        "import_rows",
        *_ids("import_id", "row"),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("number", sa.String(24), nullable=True),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("reused", sa.Boolean(), nullable=False),
        sa.Column("leaves", sa.Boolean(), nullable=False),
        _to("import_rows", "import_id", "imports"),
        sa.PrimaryKeyConstraint("import_id", "row", name=op.f("pk_import_rows")),
    )
    op.create_index("ix_import_rows_import_id_number", "import_rows", ["import_id", "number"])
    op.create_index("ix_import_rows_import_id_outcome_row", "import_rows", ["import_id", "outcome", "row"])


def _removals() -> None:
    op.create_table(
        "removals",
        *_ids("id", "import_id"),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        *_ids("asked_by_id", "decided_by_id", optional=True),
        _when("asked_at", optional=False),
        _when("decided_at"),
        sa.Column("outcome", sa.String(10), nullable=True),
        sa.CheckConstraint("status IN ('pensiun','meninggal','mutasi')", name=op.f("ck_removals_status")),
        sa.CheckConstraint("outcome IN ('disetujui','ditolak','ditarik')", name=op.f("ck_removals_outcome")),
        sa.CheckConstraint(
            "outcome <> 'disetujui' OR alone OR decided_by_id <> asked_by_id", name=op.f("ck_removals_two_people")
        ),
        _to("removals", "import_id", "imports"),
        *(_to("removals", column, "accounts") for column in ("asked_by_id", "decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removals")),
    )
    op.create_index(op.f("ix_removals_import_id"), "removals", ["import_id"])
