"""The table of requests to change the status of a certificate."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.accounts.models import Account
from pakta.certificates.models import IssuedCredential
from pakta.database import Base, UTCDateTime


class StatusRequest(Base):
    """What somebody wants done to another's certificate, and who decided it.

    wanted        a value of `rules.Wanted`; a suspension is written when it is done
    reason_class  public once it is done        reason  what was written, without identity numbers: not public
    asked_as      the role in which it was asked
    first_…       the first administrator: who asked, where they are one
    decided_…     the second one, or who refused or withdrew it
    outcome       None while it is open, then one of the ends of `rules.State`

    An account is None also where its person was erased since; when it was done stays, so that a request
    without the times of two is no request that two approved.
    """

    __tablename__ = "status_requests"
    __table_args__ = (
        CheckConstraint("wanted IN ('tangguhkan','cabut','pulihkan')", name="wanted"),
        CheckConstraint(
            "reason_class IN ('data-salah','keluar','kunci-hilang','sengketa','administratif')", name="reason_class"
        ),
        CheckConstraint("outcome IN ('disetujui','ditolak','ditarik','didahului')", name="outcome"),
        CheckConstraint(
            "outcome <> 'disetujui' OR wanted = 'tangguhkan' OR outcome IS NULL OR "
            "(first_at IS NOT NULL AND decided_at IS NOT NULL"
            " AND (decided_by_id IS NULL OR first_by_id IS NULL OR decided_by_id <> first_by_id)"
            " AND (decided_by_id IS NULL OR asked_by_id IS NULL OR decided_by_id <> asked_by_id))",
            name="two_people",
        ),
        Index(
            "uq_status_requests_open",
            "credential_id",
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credentials.id"), index=True)
    wanted: Mapped[str] = mapped_column(String(20))
    reason_class: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(400))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    asked_as: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    first_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    first_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str | None] = mapped_column(String(20))

    credential: Mapped[IssuedCredential] = relationship(lazy="joined", innerjoin=True)
    asked_by: Mapped[Account | None] = relationship(foreign_keys=[asked_by_id])
    first_by: Mapped[Account | None] = relationship(foreign_keys=[first_by_id])
    decided_by: Mapped[Account | None] = relationship(foreign_keys=[decided_by_id])
