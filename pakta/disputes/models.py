"""The table of disputes: "Bukan saya", said by whoever holds the slip or by the signed-in owner."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.accounts.models import Account, PersonKey
from pakta.database import Base, UTCDateTime
from pakta.roster.models import Person


class Dispute(Base):
    """One "Bukan saya": the key and its pacts are suspended from this moment.

    said_with  slip (the code of a slip, used or replaced) or sign-in
    found      what an administrator has found, "benar" or "keliru"; a second one who finds the same closes it
    outcome    what the first of them wrote, for the supervisor
    earlier    what was found before, and replaced by another finding

    An account is None also where its person was erased since.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint("found IN ('benar','keliru')", name="found"),
        CheckConstraint("closed_by_id <> found_by_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("person_keys.id"))
    said_with: Mapped[str] = mapped_column(String(10))
    said_at: Mapped[datetime] = mapped_column(UTCDateTime)
    found: Mapped[str | None] = mapped_column(String(10))
    found_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    found_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    key: Mapped[PersonKey] = relationship(lazy="joined", innerjoin=True)
    found_by: Mapped[Account | None] = relationship(foreign_keys=[found_by_id])
    closed_by: Mapped[Account | None] = relationship(foreign_keys=[closed_by_id])
    earlier: Mapped[list[EarlierFinding]] = relationship(order_by="EarlierFinding.id")


class EarlierFinding(Base):
    """What an administrator found of a dispute before they, or another one, found something else."""

    __tablename__ = "earlier_findings"

    id: Mapped[int] = mapped_column(primary_key=True)
    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"), index=True)
    found: Mapped[str] = mapped_column(String(10))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    words: Mapped[str] = mapped_column(String(200))

    by: Mapped[Account | None] = relationship(foreign_keys=[by_id])
