"""What the thief takes, and what the thief never gets.

has      a copy of the whole database, written without our triggers; every private key of the server; the pepper;
         the cookie secret; our program
has not  a person's private key, a witness's private key
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event, select, text
from sqlalchemy.orm import Session

from pakta import startup
from pakta.accounts.models import PersonKey
from pakta.certificates import documents, service
from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.certificates.service import Accepted
from pakta.config import Config
from pakta.core import evidence as core_evidence
from pakta.core import statement as core_statement
from pakta.core.evidence import Method
from pakta.database import db, transaction
from pakta.editions.models import Edition
from pakta.keyring import Keyring
from pakta.ledger import heads, sequencer, witnessing
from pakta.ledger.models import Checkpoint
from pakta.roster import counters
from pakta.signing import service as signing
from pakta.verification import release
from pakta.web import clock, display
from tests import make
from tests.people import KNOWN, City
from tests.selfcheck.robbery import World
from tests.witness.running import Witness

SIGNED = ("siti", "budi", "joko", "lina")  # rini and ani have keys, and have signed nothing
LONG_AGO = timedelta(days=2)


@dataclass
class Scene:
    """The honest city under witnesses; `clone` copies its database and `forget` takes a copy away."""

    city: World
    witnesses: Mapping[str, Witness]
    clone: Callable[[], str]
    forget: Callable[[str], None]

    def steal(self) -> Thief:
        """Let the thief take everything there is."""
        wired = self.city.wired
        config = replace(wired.config, database_url=self.clone(), log_copy=None)
        return Thief(make.app(config, keys=wired.keyring), self)

    def head(self) -> bytes:
        """Return the honest head, with the cosignatures of its witnesses."""
        with self.city.app.app_context():
            found = witnessing.newest(db.session(), policy=self.city.wired.config.policy)
            assert found is not None
            return found.note


@dataclass
class Thief:
    """Someone with a copy of everything on the server, and nothing else."""

    app: Flask
    scene: Scene
    context: Any = field(init=False)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        """Open the copy, and take the locks off."""
        self.world = World(self.app)
        self.context = self.app.app_context()
        self.context.push()
        if db.engine.dialect.name == "postgresql":
            event.listen(db.engine, "connect", _as_owner)
            return
        with db.engine.connect() as connection:
            connection.execution_options(writing=True)
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.commit()

    def done(self) -> None:
        """Leave."""
        db.session.remove()
        db.engine.dispose()
        self.context.pop()
        self.scene.forget(self.config.database_url)

    @property
    def config(self) -> Config:
        """Return the configuration, the copy's own."""
        return self.world.wired.config

    @property
    def keyring(self) -> Keyring:
        """Return all keys of the server."""
        return self.world.wired.keyring

    @property
    def session(self) -> Session:
        """Return the copy as it stands now."""
        db.session.rollback()
        db.session.expire_all()
        return db.session()

    def run(self, statement: str, **values: object) -> None:
        """Change rows; whatever depends on them stays as it is."""
        db.session.rollback()
        with db.engine.connect() as connection:
            _unchecked(connection)
            connection.execute(text(statement), values)
            connection.commit()
            if connection.dialect.name == "sqlite":
                connection.invalidate()  # its foreign keys are off: no other may get it

    def certificate(self, who: str) -> IssuedCredential:
        """Return a person's certificate."""
        return service.of_person(self.session, person_id=self.world.person(who).id)[0]

    def evidence(self, who: str) -> bytes:
        """Return the stored evidence of a person."""
        found = service.evidence_of(self.session, row=self.certificate(who))
        assert found is not None
        return found

    def key(self, who: str) -> PersonKey:
        """Return the row of a person's first key: its public half and its record."""
        wanted = select(PersonKey).where(PersonKey.person_id == self.world.person(who).id).order_by(PersonKey.id)
        return self.session.execute(wanted).scalars().first() or PersonKey()

    def keys(self, who: str) -> list[PersonKey]:
        """Return the rows of all keys in a person's name."""
        wanted = select(PersonKey).where(PersonKey.person_id == self.world.person(who).id)
        return list(self.session.execute(wanted).scalars())

    def statement(self, who: str, *, key: str = "", at: datetime | None = None) -> bytes:
        """Write the statement that a person would sign, whose key this is to be, at a time."""
        signer, edition = signing._signer(self.world.person(who)), self.edition
        return core_statement.make(
            edition=edition.code, title=edition.title, text_sha256=edition.text_sha256, signer=signer,
            acknowledged=("a",), key=key or self.key(who).thumbprint, place="Mojokerto",
            prepared_at=at or clock.now(),
        )  # fmt: skip

    @property
    def edition(self) -> Edition:
        """Return the text that these people sign."""
        return self.session.get_one(Edition, "ASN-2026")

    def claim(
        self,
        who: str,
        *,
        proof: Mapping[str, str],
        statement: bytes | None = None,
        jwk: object = None,
        **changes: Any,
    ) -> bytes:
        """Put evidence together that a person signed, from whatever there is."""
        key = self.key(who)
        text = statement or self.statement(who)
        made: dict[str, Any] = {
            "statement": text, "method": Method(key.method), "jwk": jwk or key.jwk,
            "enrolment_record": key.record, "enrolment_index": key.ledger_index, "proof": proof,
        } | changes  # fmt: skip
        return core_evidence.make(**made)

    def issue(
        self,
        who: str,
        evidence: bytes | None,
        *,
        name: str = "",
        at: datetime | None = None,
        key: PersonKey | None = None,
    ) -> IssuedCredential:
        """Issue and enter a certificate with the issuer's key, and let the sequencer sign a head over it."""
        key, at = key or self.key(who), at or clock.now()
        person = self.world.person(who)
        made = evidence or secrets.token_bytes(40)
        what = Accepted(
            person_id=person.id, name=name or person.name, unit_id=person.unit_id, unit=person.unit.name,
            unit_short=person.unit.short_name, marked=False, edition_code=self.edition.code,
            closes_on=self.edition.closes_on, key_id=key.id, method=3 if key.kiosk else 1,
            evidence_hash=core_evidence.hash(made),
        )  # fmt: skip
        with transaction() as session:
            (number,) = service.issue(session, accepted=[what], now=at, keyring=self.keyring, config=self.config)
            if evidence is not None:
                session.add(StoredEvidence(
                    sha256=core_evidence.hash(evidence), person_id=what.person_id, edition_code=what.edition_code,
                    statement_sha256=core_evidence.hashlib.sha256(core_evidence.parse(evidence).statement).digest(),
                    evidence=evidence, accepted_at=at,
                ))  # fmt: skip
        self.world.settle()
        return service.require(self.session, text=number)

    def withdraw(self, who: str) -> None:
        """Take a person's certificate, its evidence and its mark out of the tables."""
        row, person = self.certificate(who), self.world.person(who).id
        self.run("DELETE FROM evidence WHERE sha256 = :sha256", sha256=row.evidence_hash)
        self.run("DELETE FROM credentials WHERE person_id = :person", person=person)
        self.run("DELETE FROM signed_people WHERE person_id = :person", person=person)
        with transaction() as session:
            counters.rebuild(session, now=clock.now())

    def rewrite(self, index: int, entry: bytes) -> Checkpoint:
        """Let another entry have stood at an index all along: new tiles, a new head, by the ledger's own key."""
        self.run('UPDATE ledger_entries SET entry = :entry WHERE "index" = :at', entry=entry, at=index)
        return self.sign_anew()

    def rewind(self, count: int) -> Checkpoint:
        """Let the last entries, and all that stands on them, never have been."""
        wanted = text('SELECT max("index") + 1 FROM ledger_entries')
        first = int(self.session.execute(wanted).scalar_one()) - count
        for table in ("credentials", "status_lists", "key_sets", "person_keys"):
            self.run(f"DELETE FROM {table} WHERE ledger_index >= :first", first=first)
        for table in ("ledger_payloads", "ledger_entries"):
            self.run(f'DELETE FROM {table} WHERE "index" >= :first', first=first)
        return self.sign_anew()

    def sign_anew(self) -> Checkpoint:
        """Throw away tiles, heads and what witnesses said of them, and sign one head over what stands there now."""
        for table in ("ledger_witnessed", "ledger_cosignatures", "ledger_witnesses", "ledger_checkpoints"):
            self.run(f"DELETE FROM {table}")
        self.run("DELETE FROM ledger_tiles")
        with transaction() as session:
            found = sequencer.sequence(session, keyring=self.keyring, config=self.config, now=clock.now())
        assert found is not None
        return heads.newest(self.session) or found

    def berkas(self, row: IssuedCredential, evidence: bytes) -> bytes:
        """Seal a berkas bukti, as our program does, over a head that has no witness."""
        config = replace(self.config, policy=None)
        with transaction() as session:
            made = documents.make(
                session, row=session.get_one(IssuedCredential, row.id), kind="berkas", evidence=evidence,
                display=display.moment, now=clock.now(), keyring=self.keyring, config=config,
            )  # fmt: skip
            return documents.keep(session, made=made).content


def honest(app: Flask) -> World:
    """Let the city live: four people sign, two more only have a key, the witnesses cosign."""
    world = World(app)
    world.build()
    world.activate("joko", "ani", device=True)
    world.activate("rini")
    for who in SIGNED:
        world.sign(who)
    with app.app_context(), transaction() as session:
        release.publish(session, config=world.wired.config, now=clock.now())
    world.settle()
    collect(world)
    return world


def collect(city: City) -> None:
    """Ask the witnesses until the newest head has its quorum."""
    asker = startup.collector(city.app)
    assert asker is not None
    asker.round()
    until = datetime.now(UTC) + timedelta(seconds=20)
    while asker._busy and datetime.now(UTC) < until:
        asker.round()


def names_of(who: str) -> str:
    """Return a person's name."""
    return KNOWN[who].name


def _as_owner(connection: Any, _record: object) -> None:
    """Let no trigger and no foreign key hold on this connection."""
    connection.execute("SET session_replication_role = replica")
    connection.commit()


def _unchecked(connection: Connection) -> None:
    """Let no foreign key hold on this connection."""
    if connection.dialect.name == "sqlite":
        connection.execution_options(writing=True)
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
