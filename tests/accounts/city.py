"""A small city for the tests of accounts, the clock that they set, and the way through activation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import select

from pakta.accounts import service
from pakta.accounts.models import Account
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey, SoftwarePasskey
from pakta.roles import Role
from pakta.roster import counters
from pakta.roster import rules as roster_rules
from pakta.roster.models import Institution, Person, Unit
from pakta.web import wired
from tests import founding

START = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)
PASSPHRASE = "budi kelapa saruma teliko"
SITI, RANGGA, DEWI = "198609262015051901", "199001012019031902", "197505052000032903"


class Clock:
    """The time that the app believes it is."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        """Return the present moment."""
        return self.at

    def pass_by(self, **time: float) -> None:
        """Let time go by."""
        self.at += timedelta(**time)


class City:
    """Three people of one office in a city, and what a test does with them."""

    def __init__(self, app: Flask, time: Clock) -> None:
        self.app, self.time = app, time
        founding.once(("accounts", self.pepper("kota")), self._build)

    def _build(self) -> None:
        with transaction() as session:
            institution = Institution(
                code="pemkot", name="Pemerintah Kota Mojokerto", short_name="Pemkot", town="Mojokerto"
            )
            session.add(institution)
            session.flush()
            root = self._unit(session, institution, "pemkot", "Pemerintah Kota Mojokerto", "institution", None)
            office = self._unit(session, institution, "dikbud", "Dinas Pendidikan", "opd", root)
            self._unit(session, institution, "sdn-1", "SD Negeri Kranggan 1", "upt", office)
            for number, name in (
                (SITI, "Siti Lestari"),
                (RANGGA, "Rangga Wilwatikta"),
                (DEWI, "Dewi Hapsara"),
            ):
                self._person(session, office, number, name)

    def _unit(self, session: Any, of: Institution, code: str, name: str, kind: str, above: Unit | None) -> Unit:
        unit = Unit(
            code=code, name=name, short_name=name, kind=kind, institution_id=of.id, institution=of, path="",
            parent_id=above.id if above else None, valid_from=date(2020, 1, 1),
        )  # fmt: skip
        session.add(unit)
        session.flush()
        unit.path = f"{above.path if above else '/'}{unit.id}/"
        session.flush()
        return unit

    def _person(self, session: Any, unit: Unit, number: str, name: str) -> None:
        person = Person(
            unit_id=unit.id, unit=unit, kind="pns", signs_as="pns", number=number, name=name,
            number_lookup=roster_rules.lookup(number, pepper=self.pepper), rank="Penata, III/c",
            position="Guru", demo=True, changed_at=START,
        )  # fmt: skip
        session.add(person)
        session.flush()
        counters.person_added(session, person=person, now=START)

    @property
    def pepper(self) -> Any:
        """Return the app's pepper."""
        return wired().keyring.pepper

    def person(self, number: str = SITI) -> Person:
        """Return a person of the city."""
        return db.session.execute(select(Person).where(Person.number == number)).scalar_one()

    def account(self, number: str = SITI) -> Account:
        """Return the account of an activated person."""
        return service.account_of(db.session(), person=self.person(number))

    def unit(self, code: str) -> Unit:
        """Return a unit of the city."""
        return db.session.execute(select(Unit).where(Unit.code == code)).scalar_one()

    def slip(self, number: str = SITI) -> str:
        """Print a slip and return its code."""
        with transaction() as session:
            return service.print_slip(session, person=self.person(number), now=self.time.at, pepper=self.pepper)

    def ticket(self, client: FlaskClient, code: str) -> str:
        """Show a slip's code as the kiosk's script does; return the ticket for the next steps."""
        return str(client.post("/aktivasi/periksa", json={"kode": code}).json["ticket"])  # type: ignore[index]

    def with_device(self, client: FlaskClient, number: str = SITI, **more: object) -> SoftwareDeviceKey:
        """Activate a person with a device key in this browser."""
        key = SoftwareDeviceKey()
        body = {"ticket": self.ticket(client, self.slip(number)), "jwk": key.jwk, "passphrase": PASSPHRASE}
        reply = client.post("/aktivasi/kunci-perangkat", json=body | more)
        assert reply.status_code == 200, reply.text
        return key

    def passkey(self) -> SoftwarePasskey:
        """Return a phone that makes passkeys for this host."""
        config = wired().config
        return SoftwarePasskey(config.relying_party, config.origin)

    def with_passkey(self, client: FlaskClient, number: str = SITI) -> SoftwarePasskey:
        """Activate a person with a passkey in this browser."""
        phone = self.passkey()
        ticket = self.ticket(client, self.slip(number))
        options = client.post("/aktivasi/kunci-sandi/mulai", json={"ticket": ticket}).json
        assert options is not None
        reply = client.post("/aktivasi/kunci-sandi", json={"ticket": ticket, "response": phone.register(options)})
        assert reply.status_code == 200, reply.text
        return phone

    def administrator(self, client: FlaskClient, number: str) -> None:
        """Activate a person, make them an administrator of the city, and sign them in."""
        self.with_device(client, number)
        with transaction() as session:
            service.grant_role(
                session, person=self.person(number), role=Role.ADMINISTRATOR, unit=self.unit("pemkot"),
                now=self.time.at,
            )  # fmt: skip
        self.sign_in(client, number)

    def sign_in(self, client: FlaskClient, number: str = SITI, passphrase: str = PASSPHRASE) -> Any:
        """Sign in with number and passphrase."""
        return client.post("/masuk", data={"nomor": number, "kata_sandi": passphrase})


class Client(FlaskClient):
    """A browser whose every request stands alone, although the test itself holds the app's context."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request; afterwards the test's own session reads afresh."""
        _read_afresh()
        with self.application.app_context():
            reply = super().open(*args, **kwargs)
        _read_afresh()
        return reply


def _read_afresh() -> None:
    if has_app_context():  # a thread of a test has none
        db.session.rollback()
