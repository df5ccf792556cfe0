"""A small city in which people have signed, and a thief who changes its database behind the app's back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from pakta.accounts import service as accounts
from pakta.accounts.models import PersonKey
from pakta.certificates import filing, service
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.database import db, transaction
from pakta.ledger import locks
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
        """Let five people sign; one certificate is revoked, one suspended, one suspended and given back."""
        self.build()
        self.activate("joko", device=True)
        for who in ("siti", "budi", "joko", "lina", "agus"):
            self.sign(who)
        self.change("joko", Status.REVOKED)
        self.change("lina", Status.SUSPENDED)
        self.change("agus", Status.SUSPENDED)
        self.change("agus", Status.VALID)
        with transaction() as session:
            accounts.revoke_key(session, key=session.get_one(PersonKey, self.keys["joko"][1]), now=clock.now())
        self.settle()
        self.picture("siti")
        return self

    def change(self, who: str, status: Status) -> None:
        """Change the status of a person's certificate."""
        with transaction() as session:
            service.change_status(
                session, row=self.certificate(who), status=status, reason=ReasonClass.ADMINISTRATIVE,
                now=clock.now(), keyring=self.wired.keyring, config=self.wired.config,
            )  # fmt: skip

    def picture(self, who: str) -> None:
        """Let a person fetch the picture of their certificate."""
        filing.file_of(
            self.certificate(who), kind="kartu", display=display.moment, now=clock.now(),
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
