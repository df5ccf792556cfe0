"""Tables of the ledger: the locked entries, their erasable payloads, tiles and checkpoints."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from pakta.database import Base, UTCDateTime


class Entry(Base):
    """One leaf, 34 bytes: 0x01, the kind, SHA-256 of the prefixed payload.  Triggers refuse any change."""

    __tablename__ = "ledger_entries"
    __table_args__ = (CheckConstraint("length(entry) = 34", name="length"),)

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry: Mapped[bytes] = mapped_column(LargeBinary)


class Payload(Base):
    """What an entry is the hash of; erasable, and served to the public only for the public kinds."""

    __tablename__ = "ledger_payloads"

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[int]
    payload: Mapped[bytes]
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Absence(Base):
    """Why an entry has no payload: `replayed` from the copy, or `erased` on a person's demand.

    mark  `absences.mark`: that we wrote this row, under a key that the database does not hold
    """

    __tablename__ = "ledger_absences"
    __table_args__ = (CheckConstraint("cause IN ('replayed','erased')", name="cause"),)

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    cause: Mapped[str] = mapped_column(String(10))
    mark: Mapped[bytes | None]


class Tile(Base):
    """Hashes of one tile (C2SP tlog-tiles), as many as there are so far; level -1 holds bundles of entries.

    A narrower tile is the beginning of a wider one, so that only the widest is kept.
    """

    __tablename__ = "ledger_tiles"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    data: Mapped[bytes]


class Checkpoint(Base):
    """A signed head, stored before it is served."""

    __tablename__ = "ledger_checkpoints"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    note: Mapped[bytes]
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
