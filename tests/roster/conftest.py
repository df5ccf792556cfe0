"""What the tests of the roster share: a database with the city's units, and rows of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from pakta.database import db, transaction
from pakta.roster import importing, units
from pakta.roster.importing import Report
from tests import founding

NOW = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)
HEADER = "number,kind,name,rank,position,unit_code,status,email,phone"
ANI = '198609262015052001,pns,Ani Lestari,"Penata, III/c",Analis,setda-hukum,aktif,ani@kota.id,0812-3456-789'
BUDI = "199001052021211014,pppk,Budi,IX,Guru,smpn-1,aktif,,"
CICI = "85091234,polri,Cici Rahayu,Aipda,Banit,polres,aktif,,"
DEDI = "31980012340395,tni,Dedi,Serka,Babinsa,kodim,aktif,,"
ENI = "K-2024-017,non-asn,Eni,,Pramubakti,kel-blooto,cuti,,"
GOOD = (ANI, BUDI, CICI, DEDI, ENI)


def pepper(label: str) -> bytes:
    """Give a pepper that differs by its label, as the keyring does."""
    return label.encode().ljust(32, b"p")


def file_of(*lines: str, header: str = HEADER) -> bytes:
    """Return a CSV file of these lines."""
    return "\n".join((header, *lines, "")).encode()


def load_units() -> None:
    """Let the database hold the city's units."""
    with transaction() as session:
        units.load_own(session, now=NOW)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Give a test a database that holds the city's units and nobody."""
    with app.app_context():
        founding.once("units", load_units)
        yield db.session()


@pytest.fixture
def take(session: Session) -> Callable[..., Report]:
    """Give a test the import, in its transaction."""

    def take(content: bytes, *, dry_run: bool = False, demo: bool = False) -> Report:
        with transaction() as writing:
            return importing.import_roster(
                writing, content=content, now=NOW, pepper=pepper, dry_run=dry_run, demo=demo
            )

    return take
