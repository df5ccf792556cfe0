"""The table of appointments."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.accounts.models import Account
from pakta.database import Base, UTCDateTime
from pakta.roster.models import Person, Unit


class Appointment(Base):
    """A role that somebody wants given to a person over a unit, or ended, and who decided it.

    wanted     a value of `rules.Wanted`       title  of a delegate: Sekretaris, Plt.
    last_on    the last day that the role is to count, or None
    asked_as   the role in which it was asked
    first_…    the first administrator: who asked, where they are one
    decided_…  the second one, or who refused or withdrew it
    outcome    None while it is open, then one of the ends of `rules.State`

    An account is None also where its person was erased since; when it was done stays.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("wanted IN ('angkat','akhiri','perpanjang')", name="wanted"),
        CheckConstraint("role IN ('head','delegate','administrator')", name="role"),
        CheckConstraint("outcome IN ('disetujui','ditolak','ditarik')", name="outcome"),
        CheckConstraint(
            "outcome <> 'disetujui' OR outcome IS NULL OR "
            "(first_at IS NOT NULL AND decided_at IS NOT NULL"
            " AND (decided_by_id IS NULL OR first_by_id IS NULL OR decided_by_id <> first_by_id)"
            " AND (decided_by_id IS NULL OR asked_by_id IS NULL OR decided_by_id <> asked_by_id))",
            name="two_people",
        ),
        Index(
            "uq_appointments_open",
            "person_id",
            "role",
            "unit_id",
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wanted: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    title: Mapped[str] = mapped_column(String(60), default="")
    last_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(400))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    asked_as: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    first_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    first_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str | None] = mapped_column(String(20))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)
    asked_by: Mapped[Account | None] = relationship(foreign_keys=[asked_by_id])
    first_by: Mapped[Account | None] = relationship(foreign_keys=[first_by_id])
    decided_by: Mapped[Account | None] = relationship(foreign_keys=[decided_by_id])
