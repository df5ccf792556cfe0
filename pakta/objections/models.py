"""The table of objections."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.database import Base, UTCDateTime
from pakta.roster.models import Person

OPEN = text("withdrawn_at IS NULL")


class Objection(Base):
    """What a person says against signing a text; they have one that stands for each text at most.

    reason_class  of `rules.CLASSES`     words  free, without identity numbers; may be empty
    answer        what the office says to it; answered_by_id is None also where that administrator was erased since
    """

    __tablename__ = "objections"
    __table_args__ = (
        CheckConstraint("reason_class IN ('isi','hukum','cara','paksaan','lain')", name="reason_class"),
        Index(
            "uq_objections_standing",
            "person_id",
            "edition_code",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    edition_code: Mapped[str] = mapped_column(ForeignKey("editions.code"))
    reason_class: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(String(600))
    stated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answer: Mapped[str | None] = mapped_column(String(600))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class ObjectionCount(Base):
    """How many people of a large unit and all below it objected when the worker counted all.

    classes  how many for which class of reason, of `rules.CLASSES`
    """

    __tablename__ = "objection_counts"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(UTCDateTime)
    people: Mapped[int]
    classes: Mapped[dict[str, int]] = mapped_column(JSON)
