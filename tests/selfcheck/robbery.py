"""A small city in which people have signed, and a thief who changes its database behind the app's back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from pakta.accounts import service as accounts
from pakta.accounts.models import Account, PersonKey
from pakta.certificates import filing, service
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.database import db, transaction
from pakta.ledger import locks
from pakta.revocation import service as revocation
from pakta.revocation.rules import Wanted
from pakta.revocation.service import Typed, Visitor
from pakta.roles import Role
from pakta.roster import service as roster
from pakta.roster import units
from pakta.selfcheck import service as selfcheck
from pakta.web import clock, display
from tests.people import City


class World(City):
    """The city, its self-check, and the thief."""

    def findings(self) -> list[str]:
        """Return what the self-check names."""
        wired = self.wired
        return [str(each) for each in selfcheck.check(db.session(), keyring=wired.keyring, config=wired.config)]

    def live(self) -> World:
        """Let six people sign; certificates are revoked, suspended, given back, replaced; a request waits."""
        self.build()
        self.activate("joko", device=True)
        for who in ("siti", "budi", "joko", "lina", "agus"):
            self.sign(who)
        self.activate("ani", "dewi")
        self.decide(self.ask("ani", "lina", Wanted.SUSPEND))
        self.decide(self.ask("ani", "joko", Wanted.REVOKE), "dewi")
        self.ask("dewi", "budi", Wanted.REVOKE)
        self.change("agus", Status.SUSPENDED)
        self.change("agus", Status.VALID)
        with transaction() as session:
            accounts.revoke_key(session, key=session.get_one(PersonKey, self.keys["joko"][1]), now=clock.now())
        self.sign_again("made")
        self.settle()
        self.picture("siti")
        self.file("budi", "lembar")
        return self

    def ask(self, by: str, whose: str, wanted: Wanted) -> int:
        """Let an administrator ask for a change; a suspension is done with it."""
        typed = Typed(wanted.value, ReasonClass.ADMINISTRATIVE.value, "Alasan yang cukup panjang")
        with transaction() as session:
            return revocation.enter(
                session, by=self.visitor_of(by), number=self.certificate(whose).number, typed=typed, now=clock.now(),
                keyring=self.wired.keyring, config=self.wired.config,
            ).id  # fmt: skip

    def decide(self, request_id: int, *by: str) -> None:
        """Let others approve a request."""
        for who in by:
            with transaction() as session:
                revocation.approve(
                    session, request_id=request_id, by=self.visitor_of(who), now=clock.now(),
                    keyring=self.wired.keyring, config=self.wired.config,
                )  # fmt: skip

    def visitor_of(self, who: str) -> Visitor:
        """Return an administrator of everyone."""
        top = units.by_code(db.session(), code="pemkot")
        assert top is not None
        return Visitor(db.session().get_one(Account, self.keys[who][0]), {Role.ADMINISTRATOR: [top]})

    def sign_again(self, who: str) -> None:
        """Let a person sign, move to another unit, and sign once more."""
        self.sign(who)
        with transaction() as session:
            elsewhere = units.by_code(session, code="polres")
            roster.set_place(session, person=self.person(who), unit=elsewhere, status="", now=clock.now())
        self.sign(who)

    def change(self, who: str, status: Status) -> None:
        """Change the status of a person's certificate."""
        with transaction() as session:
            service.change_status(
                session, row=self.certificate(who), status=status, reason=ReasonClass.ADMINISTRATIVE,
                now=clock.now(), keyring=self.wired.keyring, config=self.wired.config,
            )  # fmt: skip

    def picture(self, who: str) -> None:
        """Let a person fetch the picture of their certificate."""
        self.file(who, "kartu")

    def file(self, who: str, kind: str) -> None:
        """Let a person fetch a file of their certificate."""
        filing.file_of(
            self.certificate(who), kind=kind, display=display.moment, now=clock.now(),
            keyring=self.wired.keyring, config=self.wired.config,
        )  # fmt: skip

    def certificate(self, who: str) -> IssuedCredential:
        """Return a person's only certificate."""
        return service.of_person(db.session(), person_id=self.person(who).id)[0]

    def steal(self) -> Connection:
        """Open a connection on which no lock and no foreign key holds."""
        db.session.rollback()
        db.session.expire_all()
        connection = db.engine.connect()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
            return connection
        connection.execution_options(writing=True)
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return connection


class Thief:
    """Changes rows of one table, and can put the table back."""

    def __init__(self, world: World, table: str) -> None:
        self.connection = world.steal()
        self.table = table
        self.before = self.rows()

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return the rows of the table as the driver gives them."""
        return [dict(row) for row in self.connection.exec_driver_sql(f'SELECT * FROM "{self.table}"').mappings()]

    def run(self, statement: str, values: dict[str, Any] | None = None) -> None:
        """Run one statement and commit."""
        self.connection.execute(text(statement), values or {})
        self.connection.commit()
        db.session.rollback()
        db.session.expire_all()

    def fill(self, rows: Sequence[dict[str, Any]]) -> None:
        """Let the table hold these rows and no others."""
        self.connection.execute(text(f'DELETE FROM "{self.table}"'))
        for held in rows:
            row = {name: json.dumps(each) if isinstance(each, (dict, list)) else each for name, each in held.items()}
            names = ", ".join(f'"{name}"' for name in row)
            places = ", ".join(f":{name}" for name in row)
            self.connection.execute(text(f'INSERT INTO "{self.table}" ({names}) VALUES ({places})'), row)
        self.connection.commit()
        db.session.rollback()
        db.session.expire_all()

    def put_back(self) -> None:
        """Put the table back as it was, and the locks on."""
        self.fill(self.before)
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(text("SET session_replication_role = DEFAULT"))
        else:
            locks.lock(self.connection)
        self.connection.commit()
        if self.connection.dialect.name == "sqlite":
            self.connection.invalidate()  # its foreign keys are off: no other may get it
        self.connection.close()
        db.session.rollback()
        db.session.expire_all()
