"""The people whom tests know by name, and the small city in which they work.

    siti    guru at SDN Kranggan 1, below Dikbud     budi    kepala Dikbud        rini   sekretaris Dikbud
    joko    staff of Dinkes: another office          ani     administrator        dewi   a second one
    wati    supervisor (Bawaslu)                     agus    polri, made  tni: institutions whose people stay unnamed

All are invented: their serials are 900 and above.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from pakta.accounts import service as accounts
from pakta.accounts import sessions
from pakta.accounts.models import Account, PersonKey, SignIn
from pakta.certificates import publishing
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.coverage import publishing as pictures
from pakta.database import db, transaction
from pakta.demonstration import signer
from pakta.demonstration.setting import Setting
from pakta.demonstration.signer import Activated
from pakta.editions import service as editions
from pakta.ledger import sequencer
from pakta.roles import Role
from pakta.roster import importing, units
from pakta.roster.models import Person, Unit
from pakta.web import Wired, clock
from tests import founding

HEADER = ("number", "kind", "name", "rank", "position", "unit_code", "status", "email", "phone")


@dataclass(frozen=True, slots=True)
class Known:
    """A person as the roster file says."""

    number: str
    kind: str
    name: str
    rank: str
    position: str
    unit: str

    def row(self) -> tuple[str, ...]:
        """Return the line of the roster file."""
        return (self.number, self.kind, self.name, self.rank, self.position, self.unit, "aktif", "", "")


KNOWN: Mapping[str, Known] = {
    "siti": Known("198609262015052901", "pns", "Siti Lestari", "Penata, III/c", "Guru", "sdn-kranggan-1"),
    "budi": Known("197105121996031902", "pns", "Budi Wiryawan", "Pembina Utama Muda, IV/c", "Kepala Dinas", "dikbud"),
    "rini": Known("197803042005012903", "pns", "Rini Astuti", "Pembina, IV/a", "Sekretaris", "dikbud"),
    "joko": Known("199001012019031904", "pns", "Joko Prasetyo", "Penata Muda, III/a", "Analis", "dinkes"),
    "ani": Known("198001152006042905", "pns", "Ani Kusumawati", "Penata, III/c", "Analis SDM", "bkpsdm"),
    "dewi": Known("198203172008012906", "pns", "Dewi Hapsari", "Penata, III/c", "Analis SDM", "bkpsdm"),
    "wati": Known("198504192010012907", "pns", "Wati Sulastri", "Penata, III/c", "Pengawas", "kejari"),
    "lina": Known("199203052021212908", "pppk", "Lina Marlina", "IX", "Guru", "smpn-1"),
    "agus": Known("85091901", "polri", "Agus Santoso", "Aipda", "Banit", "polres"),
    "made": Known("31980012900395", "tni", "Made Wirawan", "Serka", "Babinsa", "kodim"),
}
GRANTS: Mapping[str, tuple[Role, str]] = {
    "budi": (Role.HEAD, "dikbud"),
    "rini": (Role.DELEGATE, "dikbud"),
    "ani": (Role.ADMINISTRATOR, "pemkot"),
    "dewi": (Role.ADMINISTRATOR, "pemkot"),
    "wati": (Role.SUPERVISOR, "pemkot"),
}


@dataclass
class City:
    """A city over the database of `app`; who is activated here holds a real software key."""

    app: Flask
    keys: dict[str, tuple[int, int, signer.Signer]] = field(default_factory=dict)  # account, key, who signs

    @property
    def wired(self) -> Wired:
        """Return the configuration and the keys of the app."""
        found: Wired = self.app.extensions["pakta"]
        return found

    def build(self, *activated: str, signed: Sequence[str] = ()) -> City:
        """Fill the database: units, pact texts open today, everyone of KNOWN; these are activated and have signed."""
        with self.app.app_context():
            config = self.wired.config
            keys = self.wired.keyring
            known = (
                *(repr(replace(config, database_url=db.engine.name)), clock.today(), activated, *signed),
                *(keys.pepper("kota"), keys.issuer.kid, keys.ledger.public_bytes),
            )
            if config.log_copy or not founding.put(known, self.keys):  # a copy holds what a city did
                self._build()
                self.activate(*activated)
                for who in signed:
                    self.sign(who)
                founding.keep(known, self.keys)
        return self

    def _build(self) -> None:
        lines = io.StringIO()
        csv.writer(lines, lineterminator="\n").writerows([HEADER, *(each.row() for each in KNOWN.values())])
        today = clock.today()
        with transaction() as session:
            units.load_own(session, now=clock.now())
            for path in editions.own_texts():
                days = {"opens_on": today - timedelta(days=7), "closes_on": today + timedelta(days=90)}
                members: dict[str, Any] = tomllib.loads(path.read_text()) | days
                editions.publish(session, members=members, now=clock.now())
        with transaction() as session:
            report = importing.import_roster(
                session, content=lines.getvalue().encode(), now=clock.now(),
                pepper=self.wired.keyring.pepper, dry_run=False, demo=True,
            )  # fmt: skip
        assert not report.errors, report.errors

    def person(self, who: str) -> Person:
        """Return a person's row; inside the app's context."""
        return db.session().execute(select(Person).where(Person.number == KNOWN[who].number)).scalar_one()

    def slip(self, who: str) -> str:
        """Print a slip and return its code."""
        with self.app.app_context(), transaction() as session:
            pepper = self.wired.keyring.pepper
            return accounts.print_slip(session, person=self.person(who), now=clock.now(), pepper=pepper)

    def activate(self, *names: str, device: bool = False) -> City:
        """Give each a key (a passkey, or a kiosk's device key), and the role of GRANTS."""
        with self.app.app_context():
            for who in names:
                found = signer.activate(self._setting(), person_id=self.person(who).id, device=device)
                self.keys[who] = (found.account.id, found.key.id, found.signer)
                if who in GRANTS:
                    self.grant(who, *GRANTS[who])
        return self

    def grant(self, who: str, role: Role, over: str) -> None:
        """Give a person a role over a unit."""
        with self.app.app_context(), transaction() as session:
            unit = session.execute(select(Unit).where(Unit.code == over)).scalar_one()
            accounts.grant_role(session, person=self.person(who), role=role, unit=unit, now=clock.now())

    def sign(self, who: str) -> IssuedCredential:
        """Let a person sign today's pact with their key, and sign a checkpoint over it."""
        if who not in self.keys:
            self.activate(who)
        account_id, key_id, holder = self.keys[who]
        with self.app.app_context():
            account, key = db.session().get_one(Account, account_id), db.session().get_one(PersonKey, key_id)
            number = signer.sign(self._setting(), who=Activated(account, key, holder))
            assert number is not None
            self.settle()
            return certificates.require(db.session(), text=number)

    def settle(self) -> None:
        """Do what the worker does each second."""
        keyring, config = self.wired.keyring, self.wired.config
        with self.app.app_context():
            with transaction() as session:
                publishing.publish_key_set(session, now=clock.now(), keyring=keyring, config=config)
                if publishing.status_list_is_due(session, now=clock.now()):
                    publishing.publish_status_list(session, now=clock.now(), keyring=keyring, config=config)
            with transaction() as session:
                sequencer.sequence(session, keyring=keyring, config=config, now=clock.now())
            with transaction() as session:
                pictures.take(session, now=clock.now())

    def sign_in(self, who: str, *, ago: timedelta = timedelta(0)) -> SignIn:
        """Open a session of a person, with its token."""
        account_id, key_id, _holder = self.keys[who]
        with self.app.app_context(), transaction() as session:
            account, key = session.get_one(Account, account_id), session.get_one(PersonKey, key_id)
            return sessions.open(session, account=account, now=clock.now() - ago, device="Peramban uji", key=key)

    def visitor(self, who: str | None = None, *, ago: timedelta = timedelta(0)) -> FlaskClient:
        """Return a client: of nobody, or of a person who signed in `ago`."""
        client = self.app.test_client()
        if who is not None:
            token = self.sign_in(who, ago=ago).token
            with client.session_transaction() as cookie:
                cookie["_user_id"], cookie["_fresh"] = token, True
        return client

    def _setting(self) -> Setting:
        return Setting(self.wired.keyring, self.wired.config, lambda _line: None)
