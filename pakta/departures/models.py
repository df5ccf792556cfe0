"""The table of departures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.accounts.models import Account
from pakta.database import Base, UTCDateTime
from pakta.roster.models import Person, Unit


class Departure(Base):
    """That somebody is said to have left a unit, and what an administrator made of it.

    unit_id      where they stood when it was said          cause  of `rules.Cause`
    outcome      None while it waits, then of `rules.Outcome`
    undone_…     who gave back what was changed, when and why; None of what was given back before this was kept
    old_…, new_… status and unit before and after a change; None where nothing was changed
    """

    __tablename__ = "departures"
    __table_args__ = (
        CheckConstraint("outcome IN ('diubah','ditolak','ditarik','dikembalikan')", name="outcome"),
        CheckConstraint(
            "answered_by_id IS NULL OR answered_by_id <> reported_by_id OR outcome = 'ditarik'", name="two_people"
        ),
        Index(
            "uq_departures_open",
            "person_id",
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    cause: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(400), default="")
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    reported_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answer: Mapped[str] = mapped_column(String(400), default="")
    outcome: Mapped[str | None] = mapped_column(String(20))
    old_status: Mapped[str | None] = mapped_column(String(20))
    new_status: Mapped[str | None] = mapped_column(String(20))
    old_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    new_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))

    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_words: Mapped[str | None] = mapped_column(String(400))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id], lazy="joined", innerjoin=True)
    new_unit: Mapped[Unit | None] = relationship(foreign_keys=[new_unit_id])
    reported_by: Mapped[Account | None] = relationship(foreign_keys=[reported_by_id])
    answered_by: Mapped[Account | None] = relationship(foreign_keys=[answered_by_id])
    undone_by: Mapped[Account | None] = relationship(foreign_keys=[undone_by_id])
