"""The tables of roll calls."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.accounts.models import Account
from pakta.database import Base, UTCDateTime
from pakta.rollcalls import rules
from pakta.roster.models import Unit


class Rollcall(Base):
    """A place and a time in which the people of a unit and all below it sign together.

    wall_code, kiosk_code  what the addresses of the wall and of the kiosk name it by: nobody guesses them
    ended_at               when it was ended before its time, else None
    closed_by_id           who ended or cancelled it; None also where nobody did, or their person was erased
    asked_then             how many were asked, and how many of them had signed, as it was counted once it was over
    """

    __tablename__ = "rollcalls"
    __table_args__ = (CheckConstraint("begins_at < ends_at", name="span"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    place: Mapped[str] = mapped_column(String(120))
    begins_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    wall_code: Mapped[str] = mapped_column(String(12), unique=True)
    kiosk_code: Mapped[str] = mapped_column(String(12), unique=True)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    counted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    asked_then: Mapped[int | None]
    in_time_then: Mapped[int | None]

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)
    opened_by: Mapped[Account | None] = relationship(foreign_keys=[opened_by_id])
    closed_by: Mapped[Account | None] = relationship(foreign_keys=[closed_by_id])

    @property
    def over_at(self) -> datetime:
        """Return from when on a signature is late."""
        return self.ended_at or self.ends_at

    def state(self, now: datetime) -> rules.State:
        """Return how far it is."""
        if self.cancelled_at is not None:
            return rules.State.CANCELLED
        return rules.state(begins_at=self.begins_at, over_at=self.over_at, now=now)


class RollcallKey(Base):
    """A key that was made on a roll call's kiosk page: what it signed was signed there."""

    __tablename__ = "rollcall_keys"

    rollcall_id: Mapped[int] = mapped_column(ForeignKey("rollcalls.id"), primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("person_keys.id"), primary_key=True, index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
