"""The table of heartbeats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from pakta.database import Base, UTCDateTime


class Heartbeat(Base):
    """When something last lived that must go on by itself, and what it failed at, empty where it does not."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    trouble: Mapped[str] = mapped_column(String(40), default="")
