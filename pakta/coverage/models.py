"""The table of public pictures."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from pakta.database import Base


class PublicPicture(Base):
    """What the public is shown from one day on, until the next picture; never changed once it is made.

    The moment is not kept: beside the times of the ledger it could tell of one who was erased.

    editions      codes of the editions that it counts
    institutions  what is shown of each, its groups, and the newest rows of people and moves; `publishing` writes and
                  reads it
    offices       to which part of its institution each unit belongs, for the next picture to see what came under
                  another one; read for that alone, since a country has many
    """

    __tablename__ = "public_pictures"

    taken_on: Mapped[date] = mapped_column(primary_key=True)
    editions: Mapped[list[str]] = mapped_column(JSON)
    institutions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    offices: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
