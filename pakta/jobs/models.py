"""Tables of jobs and of what of them failed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from pakta.database import Base, UTCDateTime
from pakta.jobs import rules
from pakta.jobs.rules import State

OPEN = "state IN ('waiting','working')"


class Job(Base):
    """Long work that somebody asked for.

    subject     what it is about, beside the unit: for lembar the edition's code
    title       what people call it      back  the address of the page where it was asked for
    cursor      the last unit of work that is behind it      until  the last of all, as it was asked for
    total       units of work when it was asked for          costly  those of them that were still to be made
    done        units behind it: made, found made, failed    size    bytes of what they made
    trouble     the reason for which it waits, empty while it goes on
    runner      who holds it, until `held_until_at`; empty where nobody does
    heartbeat_at  when it last moved
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','working','done','cancelled','failed')", name="state"),
        Index(
            "uq_jobs_open", "kind", "account_id", "unit_id", "subject",
            unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    subject: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(250))
    back: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10), default=State.WAITING)
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    until: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int]
    costly: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    trouble: Mapped[str] = mapped_column(String(40), default="")
    runner: Mapped[str] = mapped_column(String(32), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    held_until_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancel_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def is_open(self) -> bool:
        """Say whether it waits or is worked on."""
        return self.state in rules.OPEN

    @property
    def gone_at(self) -> datetime | None:
        """Return when it is taken away, or None while it is open."""
        return None if self.finished_at is None else self.finished_at + rules.KEPT


class JobFailure(Base):
    """A unit of work that failed: a certificate whose file could not be made, its number, and the reason's word."""

    __tablename__ = "job_failures"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credentials.id"), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(40))
