"""The table of disputes: "Bukan saya", said by whoever holds the slip or by the signed-in owner."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.accounts.models import PersonKey
from pakta.database import Base, UTCDateTime
from pakta.roster.models import Person


class Dispute(Base):
    """One "Bukan saya": the key and its pacts are suspended from this moment.

    said_with  slip (the code of a slip, used or replaced) or sign-in
    """

    __tablename__ = "disputes"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("person_keys.id"))
    said_with: Mapped[str] = mapped_column(String(10))
    said_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    key: Mapped[PersonKey] = relationship(lazy="joined", innerjoin=True)
