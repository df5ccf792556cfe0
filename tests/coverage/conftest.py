"""A small city with a head, an administrator and a supervisor, and browsers that are signed in as them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from pakta.accounts import sessions
from pakta.accounts.models import Account, RoleGrant
from pakta.coverage import publishing
from pakta.database import transaction
from pakta.editions.models import Edition
from pakta.roles import Role
from pakta.roster import counters, importing, units
from pakta.roster.models import Person
from pakta.web import clock
from tests import founding

NOW = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)
HEADER = "number,kind,name,rank,position,unit_code,status,email,phone"
SIZES = {
    "setda": 2,
    "setda-hukum": 12,
    "dinkes": 15,
    "pkm-blooto": 11,
    "inspektorat": 4,
    "polres": 20,
    "kejari": 6,
}

SignIn = Callable[..., FlaskClient]


def nip(at: int) -> str:
    """Return the number of the person at a place of the city."""
    return f"19860926201505{1 + at % 2}{at + 100:03}"


def lines() -> list[str]:
    """Return the city's people: called by their unit and place, `Orang dinkes 3`."""
    found: list[str] = []
    for code, size in SIZES.items():
        for place in range(size):
            is_police = code == "polres"
            number, kind = (f"8509{len(found):04}", "polri") if is_police else (nip(len(found)), "pns")
            found.append(f"{number},{kind},Orang {code} {place},,Analis,{code},aktif,,")
    found.append(f"{nip(len(found))},pns,Orang cuti,,=2+3,dinkes,cuti,,")
    return found


@pytest.fixture
def city(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Give an app with people, two open editions, and every second person signed."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with app.app_context():
        founding.once("coverage", build)
    return app


def build() -> None:
    """Fill the database with people, two open editions, every second person signed, and its public picture."""
    with transaction() as session:
        units.load_own(session, now=NOW)
        report = importing.import_roster(
            session, content="\n".join((HEADER, *lines())).encode(), now=NOW, pepper=lambda label: label.encode(),
            dry_run=False,
        )  # fmt: skip
        assert report.errors == ()
        for code, audience in (("ASN-1", ["pns", "pppk", "non-asn"]), ("POLRI-1", ["polri"])):
            session.add(edition(code, audience))
        session.flush()
        for at, person in enumerate(session.scalars(select(Person).order_by(Person.id))):
            if at % 2 == 0:
                code = "POLRI-1" if person.kind == "polri" else "ASN-1"
                counters.mark_signed(session, person=person, edition_code=code, now=NOW)
        assert publishing.take(session, now=NOW)


def edition(code: str, audience: list[str]) -> Edition:
    """Return an open edition, as its row; POLRI-1 closes before ASN-1."""
    return Edition(
        code=code,
        title=f"Pakta {code}",
        audience=audience,
        opens_on=date(2026, 11, 1),
        closes_on=date(2026, 11, 30 if code == "ASN-1" else 24),
        text=code.encode(),
        text_sha256=code.ljust(64, "0"),
        ledger_index=len(code),
        published_at=NOW,
    )


@pytest.fixture
def sign_in(city: Flask) -> SignIn:
    """Give a test browsers that are signed in with roles over units."""

    def sign_in(*roles: tuple[Role, str], name: str = "Orang setda 0") -> FlaskClient:
        client, now = city.test_client(), clock.now()
        with city.app_context(), transaction() as session:
            person = session.scalars(select(Person).where(Person.name == name)).one()
            account = Account(person_id=person.id, user_handle=secrets.token_bytes(32), created_at=now)
            session.add(account)
            session.flush()
            for role, code in roles:
                unit = units.by_code(session, code=code)
                assert unit is not None
                session.add(RoleGrant(account_id=account.id, role=role.value, unit_id=unit.id, granted_at=now))
            token = sessions.open(session, account=account, now=now).get_id()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
        return client

    return sign_in
