"""The tables of reminders: each one, and for which units automatic e-mail is on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.accounts.models import Account
from pakta.database import Base, UTCDateTime


class Reminder(Base):
    """That a person was reminded of an edition.

    way         of `rules.Way`      state  of `rules.State`
    account_id  who opened WhatsApp; None of an e-mail, or where its person was erased since
    tries       how often an e-mail was begun; only one that surely was not handed over is begun again
    """

    __tablename__ = "reminders"
    __table_args__ = (
        CheckConstraint("way IN ('surel','wa')", name="way"),
        CheckConstraint(
            "state IN ('dicatat','diserahkan','ditolak','tidak-pasti','gagal','dibuka')"
            " AND (state = 'dibuka') = (way = 'wa')",
            name="state",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    edition_code: Mapped[str] = mapped_column(String(12))
    way: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=1)


class ReminderSwitch(Base):
    """Whether automatic e-mail is on for a unit and all below it, since when and by whom."""

    __tablename__ = "reminder_switches"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    is_on: Mapped[bool]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)

    changed_by: Mapped[Account | None] = relationship()
