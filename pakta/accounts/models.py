"""Tables of accounts: slips, accounts, keys, sign-ins, roles, recoveries, attempts, the access log."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pakta.database import Base, UTCDateTime
from pakta.roster.models import Person, Unit
from pakta.roster.rules import LEFT

OPEN = "used_at IS NULL AND cancelled_at IS NULL"  # a slip that may still be used: one a person
AWAY = text("away_since IS NOT NULL")


class Account(Base):
    """What a person becomes by activation.

    user_handle  32 random bytes, the WebAuthn user.id
    passphrase   argon2id text, or None where only passkeys open the account
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    user_handle: Mapped[bytes] = mapped_column(unique=True)
    passphrase: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class PersonKey(Base):
    """A public key enrolled in a person's name.

    method       passkey or device
    kiosk        True where the private key lived in a kiosk's memory and is gone
    record       the enrolment record's bytes, which hold the number: private
    ledger_index where the record's entry stands
    vouched_at   when a dispute was closed with the finding that the key is its owner's
    """

    __tablename__ = "person_keys"
    __table_args__ = (
        CheckConstraint("method IN ('passkey','device')", name="method"),
        CheckConstraint("way IN ('slip','further','recovery')", name="way"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    thumbprint: Mapped[str] = mapped_column(String(43), unique=True)
    method: Mapped[str] = mapped_column(String(10))
    kiosk: Mapped[bool] = mapped_column(default=False)
    jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    credential_id: Mapped[bytes | None] = mapped_column(unique=True)
    sign_count: Mapped[int] = mapped_column(default=0)
    backup_eligible: Mapped[bool] = mapped_column(default=False)
    backed_up: Mapped[bool] = mapped_column(default=False)
    way: Mapped[str] = mapped_column(String(10))
    record: Mapped[bytes]
    ledger_index: Mapped[int] = mapped_column(unique=True)
    device: Mapped[str] = mapped_column(String(80), default="")
    enrolled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    suspended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    vouched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class Slip(Base):
    """An activation slip: its code is known to us only as a keyed hash.

    purpose      first (no key yet) or recovery (granted by two administrators)
    ticket_hash  SHA-256 of the ticket with which it was used: who sends its key with that one again gets in again
    """

    __tablename__ = "slips"
    __table_args__ = (
        CheckConstraint("purpose IN ('first','recovery')", name="purpose"),
        Index("uq_slips_open", "person_id", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    purpose: Mapped[str] = mapped_column(String(10), default="first")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    key_id: Mapped[int | None] = mapped_column(ForeignKey("person_keys.id"))
    ticket_hash: Mapped[bytes | None] = mapped_column()

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class SignIn(Base):
    """One signed-in browser: listed to its owner, ended by them or by a change of role.

    token_hash    SHA-256 of the random token in the cookie
    token, on     the token itself, and the day: known only while the request runs, never stored
    signed_in_at  the last time a factor was shown (signing in again makes a new row)
    key_id        the key that was enrolled or shown at sign-in, or None after a passphrase
    """

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    signed_in_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    device: Mapped[str] = mapped_column(String(80), default="")
    kiosk: Mapped[bool] = mapped_column(default=False)
    key_id: Mapped[int | None] = mapped_column(ForeignKey("person_keys.id"))

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)
    standing_grants: Mapped[list[RoleGrant]] = relationship(
        primaryjoin="and_(foreign(RoleGrant.account_id) == SignIn.account_id, RoleGrant.ended_at.is_(None))",
        viewonly=True,
        lazy="select",
    )

    is_authenticated = True
    is_active = True
    is_anonymous = False
    token = ""
    on = date.max  # the day of the request; unless told, whatever has a last day is over

    def get_id(self) -> str:
        """Return what the cookie holds: the token, never a row's id."""
        return self.token

    @property
    def person(self) -> Person:
        """Return the person who signed in."""
        return self.account.person

    @property
    def grants(self) -> list[RoleGrant]:
        """Return the roles that reach anybody: who has left holds none, even before somebody ends them.

        A role over a unit that was closed reaches nobody any more, on no page: it is filtered here alone.
        """
        return [each for each in self.standing_grants if each.reaches(self.person, on=self.on)]


class RoleGrant(Base):
    """A role given to an account over a unit and all below it.

    last_on     the last day on which it counts, or None; an administrator's has none: two must remain
    away_since  of a head or delegate who moved out of the unit, as the worker found it (`appointments.away`)
    """

    __tablename__ = "role_grants"
    __table_args__ = (
        CheckConstraint("role IN ('head','delegate','administrator','supervisor')", name="role"),
        CheckConstraint("last_on IS NULL OR role IN ('head','delegate')", name="last_on"),
        Index("ix_role_grants_away_since", "away_since", sqlite_where=AWAY, postgresql_where=AWAY),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    granted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_on: Mapped[date | None] = mapped_column(index=True)
    away_since: Mapped[datetime | None] = mapped_column(UTCDateTime)

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)
    account: Mapped[Account] = relationship(lazy="select", innerjoin=True)

    def counts_for(self, person: Person, *, on: date) -> bool:
        """Say of this grant and its owner what `grants.stands` asks of many."""
        here = person.status not in LEFT and self.is_since_return(person)
        return self.ended_at is None and here and self.lasts(on=on)

    def lasts(self, *, on: date) -> bool:
        """Say whether its last day, where it has one, is not over on a day."""
        return self.last_on is None or on <= self.last_on

    def is_since_return(self, person: Person) -> bool:
        """Say whether its owner has not left and come back since it was given: then it ended by that."""
        return person.returned_at is None or self.granted_at >= person.returned_at

    def reaches(self, person: Person, *, on: date) -> bool:
        """Say whether it counts and its unit stands open."""
        return self.counts_for(person, on=on) and self.unit.is_open(on=on)


class Recovery(Base):
    """A request to enrol anew after a lost key: two administrators, never the person alone.

    requested_by_id, approved_by_id  None also where that administrator was erased since
    """

    __tablename__ = "recoveries"
    __table_args__ = (
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> requested_by_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    reason: Mapped[str] = mapped_column(String(400))
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    slip_id: Mapped[int | None] = mapped_column(ForeignKey("slips.id"))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class Challenge(Base):
    """A WebAuthn ceremony that has been started: one use, short life."""

    __tablename__ = "challenges"

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge: Mapped[bytes] = mapped_column(unique=True)
    purpose: Mapped[str] = mapped_column(String(20))  # enrol, sign-in
    slip_id: Mapped[int | None] = mapped_column(ForeignKey("slips.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Attempt(Base):
    """Failed attempts in a window of time, by purpose and keyed hash of what was tried or from where."""

    __tablename__ = "attempts"

    purpose: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[bytes] = mapped_column(primary_key=True)
    window_at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)


class AccessLog(Base):
    """Who looked at or did what to other people's data; never holds an identity number.

    institution_id  whose line it is: who watches over that institution may read it; None where nobody may
    detail          of a look: which list, searched or not; of a deed: its class, or the words of who did it
    """

    __tablename__ = "access_log"
    __table_args__ = (
        Index("ix_access_log_at", "at"),
        *(Index(f"ix_access_log_{each}_at", each, "at") for each in ("institution_id", "unit_id", "account_id")),
        Index("ix_access_log_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    action: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"))
    detail: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class RelyingParty(Base):
    """The host under which this database's passkeys were made, stored at the first start; one row."""

    __tablename__ = "relying_party"

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(253))
    stored_at: Mapped[datetime] = mapped_column(UTCDateTime)
