"""Tables of the roster: institutions, units, people, and the counters kept beside them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.database import Base, UTCDateTime

AS_HEAD = text("signs_as = 'kepala'")  # few of many: who leads an office signs the pact for heads


class Institution(Base):
    """A body with its own personnel power: the city, a police station, a court.

    marked  True where certificates and pages must carry no name (TNI, Polri)
    town    the place that a statement names
    """

    __tablename__ = "institutions"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    short_name: Mapped[str] = mapped_column(String(80))
    town: Mapped[str] = mapped_column(String(80))
    marked: Mapped[bool] = mapped_column(default=False)


class Unit(Base):
    """One place in the tree of units; an institution's own unit is the root of its tree.

    path  the ids from the root down to this unit, `/1/7/31/`: a subtree is a prefix
    """

    __tablename__ = "units"
    __table_args__ = (Index("ix_units_path", "path", postgresql_ops={"path": "text_pattern_ops"}),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    short_name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))  # institution, opd, bagian, kecamatan, kelurahan, upt
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"), index=True)
    path: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]

    institution: Mapped[Institution] = relationship(lazy="joined", innerjoin=True)
    parent: Mapped[Unit | None] = relationship(remote_side=[id], viewonly=True)

    def is_open(self, *, on: date) -> bool:
        """Say whether a day lies within the days of this unit and of all above it, as `units.is_open` does."""
        own = self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)
        return own and (self.parent is None or self.parent.is_open(on=on))


class UnitParent(Base):
    """Under which unit a unit stood until a day, the last one on which it did; None where it was a root."""

    __tablename__ = "unit_parents"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    last_on: Mapped[date] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)


class UnitName(Base):
    """What a unit was called until a day, the last one on which it was."""

    __tablename__ = "unit_names"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    last_on: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(160))
    short_name: Mapped[str] = mapped_column(String(80))


class Person(Base):
    """A person of the roster.

    number         the identity number (NIP, NI PPPK, NRP), without spaces
    number_lookup  keyed hash of the number: how sign-in finds the row
    signs_as       the audience of the pact that this person signs: its kind, or `kepala`
    status         aktif, or the excused state that takes the person out of the denominator
    returned_at    when they last came back after they had left, to the second; what they signed before counts no more
    demo           True for invented people
    """

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("kind IN ('pns','pppk','non-asn','tni','polri')", name="kind"),
        CheckConstraint("status IN ('aktif','cuti','tugas belajar','pensiun','meninggal','mutasi')", name="status"),
        Index("ix_people_unit_id_name", "unit_id", "name"),
        Index("ix_people_signs_as_head", "signs_as", sqlite_where=AS_HEAD, postgresql_where=AS_HEAD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    kind: Mapped[str] = mapped_column(String(10))
    signs_as: Mapped[str] = mapped_column(String(10))
    number: Mapped[str] = mapped_column(String(24), unique=True)
    number_lookup: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(160))
    rank: Mapped[str] = mapped_column(String(80), default="")
    position: Mapped[str] = mapped_column(String(160), default="")
    status: Mapped[str] = mapped_column(String(20), default="aktif")
    email: Mapped[str] = mapped_column(String(160), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    demo: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)


class CounterPeople(Base):
    """How many people of an audience stand in a unit's whole subtree; those not active under `excused`.

    kind  kept beside the audience: a head signs the text of their kind where heads have none of their own
    """

    __tablename__ = "counter_people"
    __table_args__ = (CheckConstraint("people >= 0", name="people"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    audience: Mapped[str] = mapped_column(String(10), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    people: Mapped[int] = mapped_column(server_default=text("0"))


class CounterSigned(Base):
    """How many active people of a unit's subtree hold a standing signature of an edition.

    audience, kind  the person's own, so that a signature counts only towards the text that is asked of them
    """

    __tablename__ = "counter_signed"
    __table_args__ = (CheckConstraint("signed >= 0", name="signed"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    edition_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    audience: Mapped[str] = mapped_column(String(10), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    signed: Mapped[int] = mapped_column(server_default=text("0"))


class DailyPeople(Base):
    """By how much a row of `counter_people` moved on one day in WIB; its days together are the counter."""

    __tablename__ = "daily_people"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    audience: Mapped[str] = mapped_column(String(10), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    change: Mapped[int]


class DailySigned(Base):
    """By how much a row of `counter_signed` moved on one day in WIB; its days together are the counter."""

    __tablename__ = "daily_signed"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    edition_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    audience: Mapped[str] = mapped_column(String(10), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    change: Mapped[int]


class SignedPerson(Base):
    """A person who has signed an edition: present exactly while their certificate is valid.

    unit_id  where they stood when they signed: it counts while they stand there (`rules.counts_here`)
    """

    __tablename__ = "signed_people"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    edition_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PersonMove(Base):
    """That a person came to another unit or another status: when, by what (`moving.How`), and by whom.

    account_id  None where it was done by command, or its person was erased since
    """

    __tablename__ = "people_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    old_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    new_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    old_status: Mapped[str] = mapped_column(String(20))
    new_status: Mapped[str] = mapped_column(String(20))
    how: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    moved_at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship()
    old_unit: Mapped[Unit] = relationship(foreign_keys=[old_unit_id])
    new_unit: Mapped[Unit] = relationship(foreign_keys=[new_unit_id])


class Correction(Base):
    """One field of a person that an administrator corrected, because a report said that it was wrong.

    field     of `correcting.FIELDS`     old, new  in words; of a unit its name and code
    """

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("data_reports.id"), index=True)
    field: Mapped[str] = mapped_column(String(10))
    old: Mapped[str] = mapped_column(String(220))
    new: Mapped[str] = mapped_column(String(220))
    corrected_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    corrected_at: Mapped[datetime] = mapped_column(UTCDateTime)
