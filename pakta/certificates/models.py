"""Tables of certificates: issued credentials, the published status lists, sealed documents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.database import Base, UTCDateTime
from pakta.roster.models import Person, Unit


class IssuedCredential(Base):
    """A credential that the issuer signed.

    number        certificate number: 17 characters, without dashes
    cose          the COSE_Sign1 bytes; None only between storing and signing, inside one transaction
    status        0 valid, 1 revoked, 2 suspended: its value in the status list
    unit_id       the unit at the time of signing
    replaced_by   number of the certificate that took this one's place in the moment in which it was revoked
    """

    __tablename__ = "credentials"
    __table_args__ = (
        CheckConstraint("status IN (0, 1, 2)", name="status"),
        Index(
            "uq_credentials_standing",
            "person_id",
            "edition_code",
            unique=True,
            sqlite_where=text("status <> 1"),
            postgresql_where=text("status <> 1"),
        ),
        Index(
            "ix_credentials_changed",
            "status_index",
            sqlite_where=text("status <> 0"),
            postgresql_where=text("status <> 0"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(17), unique=True)
    cti: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    edition_code: Mapped[str] = mapped_column(ForeignKey("editions.code"))
    key_id: Mapped[int] = mapped_column(ForeignKey("person_keys.id"), index=True)
    evidence_hash: Mapped[bytes] = mapped_column(unique=True)
    to_be_signed: Mapped[bytes]
    cose: Mapped[bytes | None]
    ledger_index: Mapped[int] = mapped_column(BigInteger, unique=True)
    status_index: Mapped[int] = mapped_column(unique=True)
    method: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    status: Mapped[int] = mapped_column(default=0)
    status_class: Mapped[str] = mapped_column(String(20), default="")
    status_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    replaced_by: Mapped[str | None] = mapped_column(String(17))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)


class ErasedPlace(Base):
    """A place of the status list whose credential was erased: it keeps its value and is never given again.

    mark  `places.mark`: that we wrote this row, under a key that the database does not hold
    """

    __tablename__ = "erased_places"
    __table_args__ = (CheckConstraint("status IN (0, 1, 2)", name="status"),)

    status_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[int]
    mark: Mapped[bytes]


class StatusList(Base):
    """A status list as it was signed and published; the newest one is served."""

    __tablename__ = "status_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[bytes]
    ledger_index: Mapped[int] = mapped_column(BigInteger, unique=True)
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)


class LostStatus(Base):
    """The status of a certificate whose row was lost with an old backup; the copy of the ledger brought it back."""

    __tablename__ = "lost_statuses"

    status_index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(17), unique=True)
    status: Mapped[int]


class KeySet(Base):
    """A key set as it was signed and published; the newest version is served."""

    __tablename__ = "key_sets"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[bytes]
    ledger_index: Mapped[int] = mapped_column(BigInteger, unique=True)
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)


class IssuingStop(Base):
    """A time in which nothing was issued, by command; the one without an end holds."""

    __tablename__ = "issuing_stops"

    id: Mapped[int] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(String(40))
    stopped_at: Mapped[datetime] = mapped_column(UTCDateTime)
    resumed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Document(Base):
    """A sealed file, stored once and served as stored.

    kind  lembar, berkas, kartu
    mark   `documents.mark`: whose file this is, under a key that the database does not hold
    level  of the seal: B-B, B-T or B-LTA; None for a card, and for files older than the column
    """

    __tablename__ = "documents"

    credential_id: Mapped[int] = mapped_column(ForeignKey("credentials.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    mark: Mapped[bytes]
    content: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    level: Mapped[str | None] = mapped_column(String(5), index=True)


class StoredEvidence(Base):
    """What proves one signature; holds the identity number, so it leaves only to its owner."""

    __tablename__ = "evidence"

    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    statement_sha256: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    edition_code: Mapped[str] = mapped_column(ForeignKey("editions.code"))
    evidence: Mapped[bytes]
    accepted_at: Mapped[datetime] = mapped_column(UTCDateTime)
