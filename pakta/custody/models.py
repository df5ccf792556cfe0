"""Tables of the custody of slips."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.accounts.models import Account, Slip
from pakta.database import Base, UTCDateTime
from pakta.roster.models import Unit


class SlipBatch(Base):
    """Slips of a unit that one administrator asked for and another one printed.

    below   whether the units below it are meant, too      whom  of `rules.Whom`
    people  of how many people when it was asked for, then how many slips were printed
    """

    __tablename__ = "slip_batches"
    __table_args__ = (
        CheckConstraint("whom IN ('baru','ulang')", name="whom"),
        CheckConstraint("outcome IN ('dicetak','ditolak','ditarik')", name="outcome"),
        CheckConstraint("outcome IS NULL OR outcome <> 'dicetak' OR decided_by_id <> asked_by_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    below: Mapped[bool]
    whom: Mapped[str] = mapped_column(String(10))
    people: Mapped[int]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str | None] = mapped_column(String(10))

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)
    asked_by: Mapped[Account | None] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[Account | None] = relationship(foreign_keys=[decided_by_id])


class AskedFor(Base):
    """That a batch was asked for this person: it is printed for nobody else, whoever comes into the unit later."""

    __tablename__ = "slip_batch_people"

    batch_id: Mapped[int] = mapped_column(ForeignKey("slip_batches.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)


class SlipCount(Base):
    """How many slips of a unit and all below it were in which state (`rules.State`) when the worker counted all."""

    __tablename__ = "slip_counts"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(UTCDateTime)
    dicetak: Mapped[int]
    diserahkan: Mapped[int]
    dipakai: Mapped[int]
    kedaluwarsa: Mapped[int]
    diganti: Mapped[int]


class SlipCustody(Base):
    """A printed slip: with which batch, and when and by whom it was handed over."""

    __tablename__ = "slip_custody"

    slip_id: Mapped[int] = mapped_column(ForeignKey("slips.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("slip_batches.id"), index=True)
    handed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    handed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    slip: Mapped[Slip] = relationship(lazy="joined", innerjoin=True)
