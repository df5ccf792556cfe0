"""The table of editions: pact texts, immutable once published."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from pakta.database import Base, UTCDateTime


class Edition(Base):
    """One published pact text for one kind of signer.

    text         the canonical bytes (RFC 8785) whose SHA-256 every statement names
    text_sha256  that hash, 64 hex digits
    audience     the `signs_as` values that sign this text
    """

    __tablename__ = "editions"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    title: Mapped[str] = mapped_column(String(160))
    audience: Mapped[list[str]] = mapped_column(JSON)
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    text: Mapped[bytes]
    text_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    ledger_index: Mapped[int] = mapped_column(unique=True)
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
