"""Tables of signing: statements handed out, the evidence that came back, reports of wrong data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.database import Base, UTCDateTime
from pakta.roster.models import Person
from pakta.signing import rules


class PreparedStatement(Base):
    """A statement handed to a browser to be signed, known by its hash; valid for 15 minutes."""

    __tablename__ = "prepared_statements"

    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    edition_code: Mapped[str] = mapped_column(ForeignKey("editions.code"))
    key_id: Mapped[int] = mapped_column(ForeignKey("person_keys.id"))
    statement: Mapped[bytes]
    prepared_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class DataReport(Base):
    """ "Laporkan data salah": what a person says is wrong, and what the administrator answered."""

    __tablename__ = "data_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    field: Mapped[str] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(String(600))
    reported_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answer: Mapped[str | None] = mapped_column(String(600))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)

    @property
    def due_at(self) -> datetime:
        """Return by when it is to be answered."""
        return rules.due_at(self.reported_at)

    def is_overdue(self, now: datetime) -> bool:
        """Say whether it waits for longer than it may."""
        return rules.is_overdue(reported_at=self.reported_at, answered_at=self.answered_at, now=now)
