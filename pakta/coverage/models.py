"""The table of public pictures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from pakta.database import Base, UTCDateTime


class PublicPicture(Base):
    """What the public is shown from one day on, until the next picture; never changed once it is made.

    editions      codes of the editions that it counts
    institutions  what is shown of each, and its groups; `publishing` writes and reads it
    """

    __tablename__ = "public_pictures"

    taken_on: Mapped[date] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(UTCDateTime)
    editions: Mapped[list[str]] = mapped_column(JSON)
    institutions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
