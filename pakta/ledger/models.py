"""Tables of the ledger: the locked entries, their erasable payloads, tiles and checkpoints."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from pakta.database import Base, UTCDateTime

PUBLIC = "kind IN (5, 6, 7, 8, 12)"  # `ledgerentry.PUBLIC`, as an index of few rows wants it
CHANGES = "kind IN (9, 10, 11)"  # of a certificate's status (SUSPENDED, REVOKED, REINSTATED), likewise


class Entry(Base):
    """One leaf, 34 bytes: 0x01, the kind, SHA-256 of the prefixed payload.  Triggers refuse any change."""

    __tablename__ = "ledger_entries"
    __table_args__ = (CheckConstraint("length(entry) = 34", name="length"),)

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry: Mapped[bytes] = mapped_column(LargeBinary)


class Payload(Base):
    """What an entry is the hash of; erasable, and served to the public only for the public kinds."""

    __tablename__ = "ledger_payloads"
    __table_args__ = (
        Index("ix_ledger_payloads_public", "index", sqlite_where=text(PUBLIC), postgresql_where=text(PUBLIC)),
        Index("ix_ledger_payloads_changes", "index", sqlite_where=text(CHANGES), postgresql_where=text(CHANGES)),
    )

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
    """A signed head, stored before it is served.

    kinds  how many entries of each kind lie under it (`kinds.text`); None of heads older than this column
    """

    __tablename__ = "ledger_checkpoints"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    note: Mapped[bytes]
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    kinds: Mapped[str | None] = mapped_column(Text)


class Cosignature(Base):
    """A witness's word for one head; it was checked before it was stored, and counts for this size only.

    key      the witness's Ed25519 public key      vkey  the verifier key (C2SP) under which it was checked
    witness  its name within the policy of then    line  the signature line, with its newline
    """

    __tablename__ = "ledger_cosignatures"

    size: Mapped[int] = mapped_column(ForeignKey("ledger_checkpoints.size"), primary_key=True, autoincrement=False)
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    witness: Mapped[str] = mapped_column(Text)
    vkey: Mapped[str] = mapped_column(Text)
    line: Mapped[bytes]
    cosigned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)


class WitnessedHead(Base):
    """A head that the quorum of a policy has cosigned; `policy` is `gate.fingerprint` of it."""

    __tablename__ = "ledger_witnessed"

    policy: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    size: Mapped[int] = mapped_column(ForeignKey("ledger_checkpoints.size"), primary_key=True, autoincrement=False)


class WitnessState(Base):
    """What we know of a witness.

    size         of the last head that it has cosigned
    claimed      the size that it last said to hold, where that was more than we had submitted
    asked_at     when we last sent it a head      answered_at  when it last cosigned or said what it holds
    trouble      what went wrong the last time, a word of `rules.Trouble`; empty where nothing did
    """

    __tablename__ = "ledger_witnesses"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    claimed: Mapped[int | None] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    trouble: Mapped[str] = mapped_column(String(20), default="")
