"""Tables of imports: the file, its rows, and who of the missing was marked as gone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.accounts.models import Account
from pakta.database import Base, UTCDateTime
from pakta.imports.rules import State
from pakta.roster.models import Unit


class RosterImport(Base):
    """A file of people.

    unit_id   what the import may reach, with all below       about_id  of which unit it names everybody, if of any
    header    the titles of the file's columns                mapped    which of our columns is which of them
    last_row  the last line's row, as a spreadsheet counts    job_id    what checks or writes; gone after a day
    new …     how many rows are which, and how many people are missing, as it was checked
    reused, leaving   numbers that name somebody else, who leaves or is away unsigned
    people    how many of its unit had not left when it was checked
    digest    of all that the check showed: what is written must be that
    asked_…   who asked that it be written; it stays after a refusal, until a check of their own, and where it was
              approved after one
    touched_… when something was done with it last, or who had asked first saw that another one put it away
    dropped_… when and by whom it, or what was left of its rows, was put away; not where nobody did it
    """

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint(
            "state IN ('kolom','periksa','diperiksa','menunggu','terapkan','diterapkan','dibuang')", name="state"
        ),
        CheckConstraint("approved_by_id <> asked_by_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    about_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(12))
    header: Mapped[list[str]] = mapped_column(JSON)
    mapped: Mapped[dict[str, int]] = mapped_column(JSON)
    rows: Mapped[int]
    last_row: Mapped[int]
    job_id: Mapped[int | None]
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    reused: Mapped[int] = mapped_column(default=0)
    leaving: Mapped[int] = mapped_column(default=0)
    people: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    touched_at: Mapped[datetime] = mapped_column(UTCDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    dropped_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    dropped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    about: Mapped[Unit | None] = relationship(foreign_keys=[about_id])
    account: Mapped[Account | None] = relationship(foreign_keys=[account_id])
    asked_by: Mapped[Account | None] = relationship(foreign_keys=[asked_by_id])
    approved_by: Mapped[Account | None] = relationship(foreign_keys=[approved_by_id])
    dropped_by: Mapped[Account | None] = relationship(foreign_keys=[dropped_by_id])
    refusals: Mapped[list[ImportRefusal]] = relationship(order_by="ImportRefusal.id")

    @property
    def is_refused(self) -> bool:
        """Say whether it stands refused: checked, and not asked for again since, even if it was approved then."""
        return self.state == State.CHECKED and self.was_refused_last

    @property
    def was_refused_last(self) -> bool:
        """Say whether nobody asked for it again since it was refused."""
        return bool(self.refusals) and (self.asked_at is None or self.refusals[-1].at >= self.asked_at)


class ImportRefusal(Base):
    """That a second administrator refused a file: who, when, and in which words, if any."""

    __tablename__ = "import_refusals"

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    words: Mapped[str | None] = mapped_column(String(400))

    by: Mapped[Account | None] = relationship(foreign_keys=[by_id])


class ImportRow(Base):
    """One line of a file: its cells as they are, and what the check says of it.

    outcome  of `rules.Outcome`, empty before it is checked
    facts    the checked row      changes  [column, old, new]      errors  [column, reason, detail]
             of a new row: that somebody like them is there, by their number (`rules.ALIKE`)
    """

    __tablename__ = "import_rows"
    __table_args__ = (
        Index("ix_import_rows_import_id_number", "import_id", "number"),
        Index("ix_import_rows_import_id_outcome_row", "import_id", "outcome", "row"),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    cells: Mapped[list[str]] = mapped_column(JSON)
    outcome: Mapped[str] = mapped_column(String(8), default="")
    number: Mapped[str | None] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(160), default="")
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    changes: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    errors: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    reused: Mapped[bool] = mapped_column(default=False)
    leaves: Mapped[bool] = mapped_column(default=False)


class Removal(Base):
    """That people whom an import did not name are gone: their new status, who said so, and who approved it.

    people   their ids       alone  one administrator sufficed
    outcome  None while it waits, then `disetujui`, `ditolak` or `ditarik`; `dibatalkan` where it was undone
    """

    __tablename__ = "removals"
    __table_args__ = (
        CheckConstraint("status IN ('pensiun','meninggal','mutasi')", name="status"),
        CheckConstraint("outcome IN ('disetujui','ditolak','ditarik','dibatalkan')", name="outcome"),
        CheckConstraint("outcome <> 'disetujui' OR alone OR decided_by_id <> asked_by_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    people: Mapped[list[int]] = mapped_column(JSON)
    alone: Mapped[bool]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str | None] = mapped_column(String(10))

    of: Mapped[RosterImport] = relationship()
    asked_by: Mapped[Account | None] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[Account | None] = relationship(foreign_keys=[decided_by_id])
